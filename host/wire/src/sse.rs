//! Lines of a server-sent event stream. A line ends with LF, CR or CRLF; an empty one ends an event.

use crate::kept::Kept;

/// The longest line that is looked at as a whole.
pub(crate) const LINE_MAX: usize = 64 * 1024;

const DATA: &[u8] = b"data:";

pub(crate) fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// What stands behind `data:` in a line.
pub(crate) fn data_of(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(DATA)
}

/// What stands behind `event:` in a line.
pub(crate) fn name_of(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"event:").map(<[u8]>::trim_ascii)
}

pub(crate) fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b":")
}

/// Whether a line that begins like this may turn out to be a data line.
pub(crate) fn may_be_data(start: &[u8]) -> bool {
    start.starts_with(DATA) || DATA.starts_with(start)
}

/// Cuts a stream into lines, wherever the pieces that it comes in begin and end.
pub(crate) struct Lines {
    /// The line that has no end yet.
    open: Kept,
    /// The last line ended with CR: an LF right behind it belongs to it.
    after_cr: bool,
}

/// A line without its end.
#[derive(Clone, Copy)]
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// The last bytes of a line longer than [`LINE_MAX`].
    Tail(&'a [u8]),
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self { open: Kept::up_to(LINE_MAX), after_cr: false }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some((first, rest)) = bytes.split_first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                bytes = rest;
                continue;
            }
            let Some(end) = bytes.iter().position(is_line_end) else { return self.open.push(bytes) };
            let (line, from_end) = bytes.split_at(end);
            self.end_line(line, &mut each);
            self.after_cr = from_end.first() == Some(&b'\r');
            bytes = from_end.get(1..).unwrap_or_default();
        }
    }

    /// Gives out the last line, if it has no end.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if self.is_open() {
            self.end_line(b"", &mut each);
        }
    }

    /// Whether a line has begun that has no end yet.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether it is too long to be looked at as a whole.
    pub(crate) fn is_too_long(&self) -> bool {
        !self.open.is_whole()
    }

    fn end_line(&mut self, line: &[u8], each: &mut impl FnMut(Line<'_>)) {
        if !self.is_open() && line.len() <= LINE_MAX {
            return each(Line::Whole(line));
        }
        self.open.push(line);
        each(match self.open.is_whole() {
            true => Line::Whole(self.open.bytes()),
            false => Line::Tail(self.open.bytes()),
        });
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let (mut lines, mut shown) = (Lines::new(), String::new());
        let mut show = |line: Line<'_>| match line {
            Line::Whole(line) | Line::Tail(line) => {
                shown.push_str(&format!("{}|", String::from_utf8_lossy(line)))
            }
        };
        pieces.into_iter().for_each(|piece| lines.push(piece, &mut show));
        lines.finish(&mut show);
        shown
    }

    #[test]
    fn every_line_end_is_one_wherever_the_stream_is_split() {
        let check = |stream: &str, expect: &str| {
            for at in 0..=stream.len() {
                let (head, tail) = stream.as_bytes().split_at(at);
                assert_eq!(lines([head, tail]), expect, "{stream:?} split at {at}");
            }
            assert_eq!(lines(stream.as_bytes().chunks(1)), expect);
        };
        check("a\n\nb", "a||b|");
        check("a\r\n\r\nb\r\n", "a||b|");
        check("a\r\rb\r", "a||b|");
        check("\n\r\n\r\n\n\r", "|||||");
        check("", "");
    }
}
