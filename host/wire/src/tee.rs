//! Watches an answer go by, for accounting and health. It never changes, delays or fails what the client gets, and
//! keeps a bounded part of it.

mod body;
mod choices;
mod seen;

pub use body::BodyTee;

use crate::encoding::Encoding;
use crate::endpoint::Dialect;
use crate::sse::Lines;
use crate::usage::Usage;
use seen::Seen;

/// Watches an event stream. All it has seen can be asked for at any time: a client may leave at any time.
pub struct StreamTee {
    encoding: Encoding,
    lines: Lines,
    seen: Seen,
    /// Bytes that could not be read.
    unread_bytes: u64,
}

impl StreamTee {
    /// With the `Content-Encoding` of the answer. gzip and deflate are read; of others nothing is known but how much
    /// there is.
    #[must_use]
    pub fn new(dialect: Dialect, content_encoding: Option<&str>) -> Self {
        Self {
            encoding: Encoding::named(content_encoding),
            lines: Lines::new(),
            seen: Seen::new(dialect),
            unread_bytes: 0,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let (lines, seen) = (&mut self.lines, &mut self.seen);
        self.encoding.read(bytes, |piece| lines.push(piece, |line| seen.line(line)));
        if !self.encoding.is_known() {
            self.unread_bytes += bytes.len() as u64;
        }
    }

    /// The stream has ended: its last line counts even if it has no end.
    pub fn finish(&mut self) {
        self.lines.finish(|line| self.seen.last_line(line));
    }

    /// The usage that was stated so far; what of it was not stated is zero. What a later event states wins.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.seen.stated.map(|stated| stated.usage())
    }

    /// The usage that was stated, and an estimate of what was not: of the prompt, and of the output since the last
    /// event that stated one. So a stream that counts in each chunk and is cut off is not counted twice.
    #[must_use]
    pub fn usage_or_estimate(&self, request_bytes: u64) -> Usage {
        let Some(stated) = self.seen.stated else {
            return Usage::estimate(request_bytes, self.output_bytes());
        };
        let uncounted = self.output_bytes() - self.seen.counted_bytes;
        let mut usage = stated.usage();
        if stated.completion.is_none() || uncounted > 0 {
            usage = usage.and_output_of(uncounted);
        }
        if stated.lacks_prompt() { usage.and_prompt_of(request_bytes) } else { usage }
    }

    /// What the first `error` event said, up to 200 characters.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.seen.error.as_deref()
    }

    /// Bytes of output text so far. Bytes that could not be read all count: too many rather than free.
    #[must_use]
    pub fn output_bytes(&self) -> u64 {
        self.seen.output_bytes + self.unread_bytes
    }

    /// The stream said that it is complete: `[DONE]`, `message_stop`, or the last event of the Responses API.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.seen.is_done
    }

    /// The stream said that it is complete, or that every choice seen is (`finish_reason`, `stop_reason`): what may
    /// still come is no output. Always false of an encoding that is not read.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.seen.is_done || self.seen.has_stopped || self.seen.choices.are_finished()
    }

    /// Nothing but whole events went by, comments aside, each ended by its empty line: what is sent next is an event of
    /// its own. Always false of an encoding that is not read.
    #[must_use]
    pub fn is_between_events(&self) -> bool {
        let is_in_line = self.lines.is_open() || self.seen.is_line_open;
        self.is_readable() && !is_in_line && !self.seen.is_in_event
    }

    /// After [`Self::finish`]: the stream did not break off within a line. An event counts as whole although its empty
    /// line is missing, if its last line had an end or is whole JSON: many servers leave the last line ends out.
    /// Always false of an encoding that is not read.
    #[must_use]
    pub fn ended_whole(&self) -> bool {
        self.is_readable() && !self.seen.is_cut
    }

    /// Whether the bytes so far were in an encoding that is read here: without it, nothing else is known.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.encoding.is_known()
    }

    /// Lines over 64 KiB, in whose end only a usage was looked for.
    #[must_use]
    pub fn long_lines(&self) -> u64 {
        self.seen.long_lines
    }
}

#[cfg(test)]
mod tests;
