//! Lines of a server-sent event stream. A line ends with LF, CR or CRLF; the last leaves an empty line behind, which
//! means nothing to anyone here.

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

/// Whether a line that begins like this may turn out to be a data line.
pub(crate) fn may_be_data(start: &[u8]) -> bool {
    start.starts_with(DATA) || DATA.starts_with(start)
}

/// Cuts a stream into lines, wherever the pieces that it comes in begin and end.
pub(crate) struct Lines {
    /// The line that has no end yet.
    open: Kept,
}

/// A line without its end.
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// The last bytes of a line longer than [`LINE_MAX`].
    Tail(&'a [u8]),
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self { open: Kept::up_to(LINE_MAX) }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some(end) = bytes.iter().position(is_line_end) {
            let line = &bytes[..end];
            bytes = &bytes[end + 1..];
            if self.open.is_empty() && line.len() <= LINE_MAX {
                each(Line::Whole(line));
                continue;
            }
            self.open.push(line);
            self.finish(&mut each);
        }
        self.open.push(bytes);
    }

    /// Gives out the last line, if it has no end.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if self.open.is_empty() {
            return;
        }
        each(match self.open.is_whole() {
            true => Line::Whole(self.open.bytes()),
            false => Line::Tail(self.open.bytes()),
        });
        self.open.clear();
    }
}
