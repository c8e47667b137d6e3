//! A message without what differs from one occurrence to the next: addresses, ids, dates, numbers, quoted parts.
//! A pass goes from left to right; at each place the first of: quoted, URL, CJK date, word. It must not know traces.

mod host;
mod number;
mod word;

/// Characters that a quoted part may have; a longer one is no quote.
const QUOTED_CHARS_MAX: usize = 200;

/// What one pass leaves may look like something else to the next; it is over when nothing changes.
const PASSES_MAX: usize = 8;

/// Words behind which a quoted name is no parameter.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "relation", "table", "column", "constraint", "field", "attribute", "property", "function", "method",
    "module", "argument", "option", "package", "reading", "字段", "列", "表",
];

/// What stands for a parameter. A text that holds them already keeps them.
const MARKS: &[&str] =
    &["<str>", "<url>", "<email>", "<host>", "<id>", "<date>", "<dur>", "<hex>", "<num>", "<dir>"];

/// The text with its parameters replaced, runs of space made one. A second pass changes nothing.
///
/// `<email>`, `<url>`, `<host>` (name or address, with its port), `<id>` (UUID, hash, random token), `<date>` (date or
/// time of day), `<dur>`, `<hex>`, `<num>`, `<str>` (quoted), `<dir>` (the folders of an absolute path).
pub(crate) fn template(text: &str) -> String {
    let mut once = pass(text);
    for _ in 1..PASSES_MAX {
        let twice = pass(&once);
        if twice == once {
            break;
        }
        once = twice;
    }
    once
}

fn pass(text: &str) -> String {
    let mut out = Template { out: String::with_capacity(text.len()) };
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let taken = out.step(rest, char);
        rest = rest.get(taken.max(char.len_utf8())..).unwrap_or_default();
    }
    out.out.trim().to_owned()
}

struct Template {
    out: String,
}

impl Template {
    /// Takes the next piece; the answer is its length in bytes.
    fn step(&mut self, rest: &str, char: char) -> usize {
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            return self.mark(mark, mark.len());
        }
        if self.out.ends_with("<date>")
            && let Some(length) = number::fraction(rest)
        {
            return length;
        }
        if char.is_whitespace() {
            return self.space(rest);
        }
        if let Some(length) = quoted(rest, char, self.before()) {
            if let Some(name) = rest.get(..length).filter(|name| self.is_part_of_program(name)) {
                self.out.push_str(name);
                return length;
            }
            return self.mark("<str>", length);
        }
        if let Some(length) = word::url(rest) {
            return self.mark("<url>", length);
        }
        if char.is_ascii_digit()
            && let Some((mark, length)) = number::with_unit(rest, self.before())
        {
            return self.mark(mark, length);
        }
        let run = word::run(rest, self.before());
        let joint = char == ':' && !rest.starts_with("::");
        if run.is_empty() || joint {
            self.push(char);
            return char.len_utf8();
        }
        let (replaced, length) = word::classify(run, &self.out);
        self.word(&replaced);
        length
    }

    fn before(&self) -> Option<char> {
        self.out.chars().next_back()
    }

    fn push(&mut self, char: char) {
        if is_cjk(char) && self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push(char);
    }

    /// One space for many; none beside a CJK character.
    fn space(&mut self, rest: &str) -> usize {
        if !self.before().is_none_or(|char| char == ' ' || is_cjk(char)) && !self.is_after_cjk_stop() {
            self.out.push(' ');
        }
        rest.len() - rest.trim_start().len()
    }

    /// A quoted name behind a word for a part of a program or a schema: another name is another error.
    fn is_part_of_program(&self, quoted: &str) -> bool {
        let name = quoted.trim_matches(['"', '\'']);
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || matches!(c, '_' | '.'));
        let before = self.out.trim_end_matches([' ', ':']);
        plain && PARTS.iter().any(|part| before.ends_with(part))
    }

    /// A stop that was full-width before it was made plain has its space within.
    fn is_after_cjk_stop(&self) -> bool {
        let mut last = self.out.chars().rev();
        last.next().is_some_and(|char| matches!(char, ':' | ',' | ';' | '.' | '!' | '?'))
            && last.next().is_some_and(is_cjk)
    }

    fn word(&mut self, word: &str) {
        match MARKS.iter().find(|mark| **mark == word) {
            Some(mark) => {
                self.mark(mark, 0);
            }
            None if word.starts_with(is_cjk) && self.out.ends_with(' ') => {
                self.out.pop();
                self.out.push_str(word);
            }
            None => self.out.push_str(word),
        }
    }

    /// A list of parameters of one sort counts as one.
    fn mark(&mut self, mark: &str, length: usize) -> usize {
        let before = self.out.trim_end_matches([' ', ',']).len();
        let joined = self.out.get(..before).is_some_and(|out| out.ends_with(mark));
        if joined {
            self.out.truncate(before);
        } else {
            self.out.push_str(mark);
        }
        length
    }
}

/// The length of a quoted part that begins here. An apostrophe inside a word is no quote.
fn quoted(rest: &str, quote: char, before: Option<char>) -> Option<usize> {
    let in_word = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
    if !matches!(quote, '"' | '\'') || (quote == '\'' && in_word(before)) {
        return None;
    }
    let inner = rest.get(1..)?;
    let ends = inner.char_indices().take(QUOTED_CHARS_MAX).take_while(|(_, char)| *char != '\n');
    let mut ends = ends.filter(|(_, char)| *char == quote);
    let after = |at: usize| inner.get(at + 1..).and_then(|rest| rest.chars().next());
    ends.find(|(at, _)| quote == '"' || !in_word(after(*at))).map(|(at, _)| at + 2)
}

fn is_cjk(char: char) -> bool {
    matches!(char, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests;
