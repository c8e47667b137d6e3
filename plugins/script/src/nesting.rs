//! How far the parts of a text lie in each other: what the engine's parser, which calls itself, would spend the stack on.
//! It knows no grammar but that of strings and comments, and no more is needed: whoever outwits it ends the component,
//! which is the host's to bear.

/// The most of a text that is JSON or JavaScript.
#[derive(Default)]
pub(crate) struct Nesting {
    /// Brackets in each other.
    pub(crate) brackets: usize,
    /// Signs of operators with none of `;`, `,`, `{`, `}` between them.
    pub(crate) operators: usize,
}

pub(crate) fn of(text: impl Iterator<Item = u16>) -> Nesting {
    let mut scan = Scan::default();
    text.for_each(|unit| scan.step(u8::try_from(unit).unwrap_or(b'x')));
    scan.most
}

/// What is no code.
#[derive(Clone, Copy)]
enum Aside {
    /// A string, until this.
    Quote(u8),
    LineComment,
    BlockComment,
}

#[derive(Default)]
struct Scan {
    most: Nesting,
    brackets: usize,
    operators: usize,
    aside: Option<Aside>,
    /// The last byte; none if it stands for nothing but itself.
    last: Option<u8>,
}

impl Scan {
    fn step(&mut self, byte: u8) {
        let last = self.last.replace(byte);
        match self.aside {
            None => self.code(last, byte),
            Some(aside) => self.aside(aside, last, byte),
        }
    }

    fn aside(&mut self, aside: Aside, last: Option<u8>, byte: u8) {
        match (aside, byte) {
            (Aside::Quote(_), _) if last == Some(b'\\') => self.last = None,
            (Aside::Quote(quote), _) if quote == byte => self.aside = None,
            // A string of one line that does not end was none.
            (Aside::Quote(b'"' | b'\'') | Aside::LineComment, b'\n') => self.aside = None,
            (Aside::BlockComment, b'/') if last == Some(b'*') => self.aside = None,
            _ => {}
        }
    }

    fn code(&mut self, last: Option<u8>, byte: u8) {
        match byte {
            b'"' | b'\'' | b'`' => self.aside = Some(Aside::Quote(byte)),
            b'/' if last == Some(b'/') => self.aside = Some(Aside::LineComment),
            b'*' if last == Some(b'/') => self.aside = Some(Aside::BlockComment),
            b'(' | b'[' | b'{' => self.open(),
            b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'!' | b'~' | b'=' | b'<' | b'>' | b'?' | b':' | b'&'
            | b'|' | b'^' => self.operator(),
            _ => {}
        }
        if matches!(byte, b';' | b',' | b'{' | b'}') {
            self.operators = 0;
        }
    }

    fn open(&mut self) {
        self.brackets += 1;
        self.most.brackets = self.most.brackets.max(self.brackets);
    }

    fn operator(&mut self) {
        self.operators += 1;
        self.most.operators = self.most.operators.max(self.operators);
    }
}
