//! Lines of a wrapped program on their way to the host, in parts that it takes, and how many it has got. It must not know
//! how they are sent.

use std::collections::VecDeque;

use patchbay_admin::api::SaidLine;

/// Lines that wait to be sent, and their bytes as they are sent. When there are as many nothing more is taken from the
/// program, which waits.
const LINES_MAX: usize = 4_000;
const BYTES_MAX: usize = 8 << 20;
/// Of them, so many are sent at once. One line alone, of 64 KiB, is at most six times as many bytes.
const SENT_MAX: usize = 1_000;
const SENT_BYTES_MAX: usize = 512 << 10;

#[derive(Default)]
pub(super) struct Lines {
    /// Each with its bytes.
    waiting: VecDeque<(SaidLine, usize)>,
    bytes: usize,
    /// Those before the first that waits.
    said: u64,
}

impl Lines {
    pub(super) fn room(&self) -> usize {
        match self.bytes < BYTES_MAX {
            true => LINES_MAX.saturating_sub(self.waiting.len()).min(SENT_MAX),
            false => 0,
        }
    }

    pub(super) fn push(&mut self, line: SaidLine) {
        let bytes = encoded(&line);
        self.bytes += bytes;
        self.waiting.push_back((line, bytes));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn said(&self) -> u64 {
        self.said
    }

    /// What is sent next: at least one line, if one waits.
    pub(super) fn next(&self) -> Vec<SaidLine> {
        let mut sum = 0;
        let fits = |(_, bytes): &&(SaidLine, usize)| {
            let is_first = sum == 0;
            sum += bytes;
            is_first || sum <= SENT_BYTES_MAX
        };
        self.waiting.iter().take(SENT_MAX).take_while(fits).map(|(line, _)| line.clone()).collect()
    }

    /// The first of them wait no more.
    pub(super) fn were_said(&mut self, count: usize) {
        for (_, bytes) in self.waiting.drain(..count.min(self.waiting.len())) {
            self.bytes -= bytes;
            self.said += 1;
        }
    }
}

/// With the comma behind it: what JSON escapes is longer than it was.
fn encoded(line: &SaidLine) -> usize {
    serde_json::to_vec(line).map_or(0, |json| json.len() + 1)
}

#[cfg(test)]
mod tests {
    use patchbay_admin::api::LineStream;

    use super::*;

    fn line(text: String) -> SaidLine {
        SaidLine { stream: LineStream::Stdout, text }
    }

    #[test]
    fn a_part_is_bounded_by_what_it_is_once_it_is_written_as_json() {
        let mut lines = Lines::default();
        (0..100).for_each(|_| lines.push(line("\u{1}".repeat(64 << 10))));
        assert_eq!(lines.room(), 0, "more than is held");
        let part = lines.next();
        assert_eq!(part.len(), 1);
        assert!(serde_json::to_vec(&part).unwrap().len() < 512 << 10);
        lines.were_said(40);
        assert_eq!((lines.said(), lines.is_empty()), (40, false));
        lines.were_said(100);
        assert_eq!((lines.said(), lines.is_empty(), lines.room()), (100, true, SENT_MAX));
    }

    #[test]
    fn short_lines_go_a_thousand_at_once() {
        let mut lines = Lines::default();
        (0..3_500).for_each(|number| lines.push(line(number.to_string())));
        assert_eq!((lines.next().len(), lines.room()), (SENT_MAX, 500));
    }
}
