//! Bytes to lines: whole ones, of bounded length, as text. It must not know where the bytes come from.

/// Where a line was written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A line of output, without its end. What is no UTF-8 is replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub stream: Stream,
    pub text: String,
}

/// Gathers the bytes of one stream until a line is whole.
pub(crate) struct Splitter {
    /// Of the line that has not ended; never as many as `line_bytes_max` after a push.
    rest: Vec<u8>,
    line_bytes_max: usize,
}

impl Stream {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl Splitter {
    pub(crate) fn new(line_bytes_max: usize) -> Self {
        Self { rest: Vec::new(), line_bytes_max }
    }

    /// The lines that `bytes` complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.whole(&mut lines);
            }
            self.overlong(&mut lines);
        }
        lines
    }

    /// What is left when the stream has ended without a line's end.
    pub(crate) fn finish(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.rest.is_empty() {
            self.whole(&mut lines);
        }
        lines
    }

    fn whole(&mut self, lines: &mut Vec<String>) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        pieces(line, self.line_bytes_max, lines);
        self.rest.clear();
    }

    /// Gives out what is too long to wait for its end, but for a character that may not be complete.
    fn overlong(&mut self, lines: &mut Vec<String>) {
        if self.rest.len() < self.line_bytes_max {
            return;
        }
        let end = before_open_character(&self.rest);
        pieces(&self.rest[..end], self.line_bytes_max, lines);
        self.rest.drain(..end);
    }
}

/// Replacing makes a text longer, so it is measured after that.
fn pieces(line: &[u8], bytes_max: usize, lines: &mut Vec<String>) {
    let text = String::from_utf8_lossy(line);
    let mut rest: &str = &text;
    while rest.len() > bytes_max {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(bytes_max));
        lines.push(piece.to_owned());
        rest = after;
    }
    lines.push(rest.to_owned());
}

/// Where a character begins in the last three bytes that goes on after them; else the end.
fn before_open_character(bytes: &[u8]) -> usize {
    let starts = |at: &usize| {
        let left = bytes.len() - at;
        bytes.get(*at).is_some_and(|byte| match byte {
            0xC2..=0xDF => left < 2,
            0xE0..=0xEF => left < 3,
            0xF0..=0xF4 => left < 4,
            _ => false,
        })
    };
    (bytes.len().saturating_sub(3)..bytes.len()).find(starts).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests;
