//! Watches the beginning of a stream: whether it has brought real output, or an error ahead of it, so that the call
//! can still be asked for elsewhere. How long to wait, and for how many bytes, is the caller's to say.

mod event;
mod stream_error;

pub use stream_error::StreamError;

use crate::encoding::Encoding;
use crate::endpoint::Dialect;
use crate::sse::{Line, Lines, data_of, name_of};

/// Make one for each stream; once it has decided it stays with that.
pub struct Opening {
    dialect: Dialect,
    encoding: Encoding,
    lines: Lines,
    /// What the open event is called, if that says something.
    name: Name,
    decided: Option<Opened>,
}

/// What a beginning is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opened {
    /// Nothing that a client has use for: comments, pings, roles, heads of answers.
    NotYet,
    /// Real output, its end, or something that is not known and may be output.
    Output,
    /// An error ahead of any output.
    Error(StreamError),
}

/// What the name of an event says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    None,
    Error,
    Ping,
}

impl Opening {
    /// With the `Content-Encoding` of the answer. What cannot be read counts as output at once.
    #[must_use]
    pub fn new(dialect: Dialect, content_encoding: Option<&str>) -> Self {
        let encoding = Encoding::named(content_encoding);
        Self { dialect, encoding, lines: Lines::new(), name: Name::None, decided: None }
    }

    /// The next piece of the stream.
    pub fn push(&mut self, bytes: &[u8]) -> Opened {
        if self.decided.is_none() {
            self.read(bytes);
        }
        self.decided.clone().unwrap_or(Opened::NotYet)
    }

    /// The stream has ended: its last line counts even if it has no end.
    pub fn finish(&mut self) -> Opened {
        let Self { dialect, lines, name, decided, .. } = self;
        lines.finish(|line| look(*dialect, name, decided, line));
        self.decided.clone().unwrap_or(Opened::NotYet)
    }

    fn read(&mut self, bytes: &[u8]) {
        let Self { dialect, encoding, lines, name, decided } = self;
        encoding.read(bytes, |piece| lines.push(piece, |line| look(*dialect, name, decided, line)));
        if decided.is_none() && (!encoding.is_known() || lines.is_too_long()) {
            *decided = Some(Opened::Output);
        }
    }
}

fn look(dialect: Dialect, name: &mut Name, decided: &mut Option<Opened>, line: Line<'_>) {
    if decided.is_some() {
        return;
    }
    let opened = match line {
        Line::Tail(_) => Opened::Output,
        Line::Whole(line) => match data_of(line) {
            Some(data) => of_data(dialect, *name, data.trim_ascii()),
            None => {
                *name = Name::after(*name, line);
                Opened::NotYet
            }
        },
    };
    *decided = Some(opened).filter(|opened| *opened != Opened::NotYet);
}

fn of_data(dialect: Dialect, name: Name, data: &[u8]) -> Opened {
    match name {
        Name::Error => Opened::Error(StreamError::of(data)),
        Name::Ping => Opened::NotYet,
        Name::None => event::judge(dialect, data),
    }
}

impl Name {
    /// An empty line ends the event, and its name with it.
    fn after(self, line: &[u8]) -> Self {
        match (line, name_of(line)) {
            (b"", _) => Self::None,
            (_, None) => self,
            (_, Some(b"error")) => Self::Error,
            (_, Some(b"ping" | b"keepalive")) => Self::Ping,
            (_, Some(_)) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests;
