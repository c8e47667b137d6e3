//! The last lines of a stream: what a person, or an analyzer, reads first when something has failed.

use std::collections::VecDeque;

/// In bytes.
pub(crate) const TAIL_MAX: usize = 8 * 1024;

#[derive(Default)]
pub(crate) struct Tail {
    lines: VecDeque<String>,
    /// With an end for each line.
    bytes: usize,
}

impl Tail {
    /// The oldest lines go first; of a line that is too long by itself its end stays.
    pub(crate) fn push(&mut self, line: &str) {
        let line = end_of(line, TAIL_MAX - 1);
        self.bytes += line.len() + 1;
        self.lines.push_back(line.to_owned());
        while self.bytes > TAIL_MAX {
            self.bytes -= self.lines.pop_front().map_or(self.bytes, |oldest| oldest.len() + 1);
        }
    }

    /// Each line with its end.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

/// At most `bytes` bytes, and no half character.
fn end_of(line: &str, bytes: usize) -> &str {
    let mut start = line.len().saturating_sub(bytes);
    while !line.is_char_boundary(start) {
        start += 1;
    }
    &line[start..]
}
