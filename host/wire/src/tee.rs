//! Watches an answer go by, for accounting and health. It never changes, delays or fails what the client gets, and
//! keeps a bounded part of it.

use serde_json::Value;

use crate::encoding::Encoding;
use crate::kept::Kept;
use crate::skim::Skim;
use crate::sse::{Line, Lines, data_of};
use crate::usage::Usage;

/// Watches an event stream. All it has seen can be asked for at any time: a client may leave at any time.
pub struct StreamTee {
    encoding: Encoding,
    lines: Lines,
    seen: Seen,
    /// Bytes that could not be read.
    unread_bytes: u64,
}

/// Watches a JSON answer: keeps it up to 1 MiB, beyond that its last 64 KiB, where `usage` stands.
pub struct BodyTee {
    encoding: Encoding,
    kept: Kept,
    bytes: u64,
}

#[derive(Default)]
struct Seen {
    usage: Option<Usage>,
    error: Option<String>,
    output_bytes: u64,
    is_done: bool,
    long_lines: u64,
    /// The event's name is `error`, and its data is still to come.
    error_follows: bool,
}

const BODY_MAX: usize = 1024 * 1024;
const MESSAGE_CHARS_MAX: usize = 200;

impl StreamTee {
    /// With the `Content-Encoding` of the answer. gzip is read; of others nothing is known but how much there is.
    #[must_use]
    pub fn new(content_encoding: Option<&str>) -> Self {
        Self {
            encoding: Encoding::named(content_encoding),
            lines: Lines::new(),
            seen: Seen::default(),
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
        self.lines.finish(|line| self.seen.line(line));
    }

    /// The last usage that was stated.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.seen.usage
    }

    /// The usage that was stated, else an estimate of it.
    #[must_use]
    pub fn usage_or_estimate(&self, request_bytes: u64) -> Usage {
        self.usage().unwrap_or_else(|| Usage::estimate(request_bytes, self.output_bytes()))
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

    /// The stream said that it is complete: `[DONE]`, or the last event of the Responses API.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.seen.is_done
    }

    /// Lines over 64 KiB, in whose end only a usage was looked for.
    #[must_use]
    pub fn long_lines(&self) -> u64 {
        self.seen.long_lines
    }
}

impl Seen {
    fn line(&mut self, line: Line<'_>) {
        match line {
            Line::Whole(line) => match data_of(line) {
                Some(data) => self.data(data.trim_ascii()),
                None => self.field(line),
            },
            Line::Tail(tail) => {
                self.long_lines += 1;
                self.usage = Usage::in_tail(tail).or(self.usage);
            }
        }
    }

    fn field(&mut self, line: &[u8]) {
        if let Some(name) = line.strip_prefix(b"event:") {
            self.error_follows = name.trim_ascii() == b"error";
        }
    }

    fn data(&mut self, data: &[u8]) {
        if data == b"[DONE]" {
            self.is_done = true;
            return;
        }
        let skim = Skim::of(data);
        self.output_bytes += skim.output_bytes();
        self.is_done |= skim.is_last;
        if skim.has_usage {
            self.usage = Usage::in_json(data).or(self.usage);
        }
        let error_follows = std::mem::take(&mut self.error_follows);
        if self.error.is_none() && (skim.has_error || error_follows) {
            self.error =
                error_in(data).or_else(|| error_follows.then(|| cut(&String::from_utf8_lossy(data))));
        }
    }
}

impl BodyTee {
    /// With the `Content-Encoding` of the answer.
    #[must_use]
    pub fn new(content_encoding: Option<&str>) -> Self {
        Self { encoding: Encoding::named(content_encoding), kept: Kept::up_to(BODY_MAX), bytes: 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let kept = &mut self.kept;
        self.encoding.read(bytes, |piece| kept.push(piece));
        self.bytes += bytes.len() as u64;
    }

    /// The usage that the answer states; of an answer that was cut off or is too long, the last that its end states.
    #[must_use]
    pub fn finish(self) -> Option<Usage> {
        let json = self.kept.bytes();
        let whole = if self.kept.is_whole() { Usage::in_json(json) } else { None };
        whole.or_else(|| Usage::in_tail(json))
    }

    /// How many bytes went by, as they came: for an estimate where nothing is stated.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The message of an error event: OpenAI's `{"error":{"message"}}`, `{"error":"…"}`, and of the Responses API
/// `{"type":"error","message"}` and `{"response":{"error":{"message"}}}`.
fn error_in(json: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(json).ok()?;
    let stated = [event.get("error"), event.get("response").and_then(|response| response.get("error"))];
    let typed = event.get("type").and_then(Value::as_str) == Some("error");
    let is_error = |value: &&Value| value.is_object() || value.is_string();
    let error = stated.into_iter().flatten().find(is_error).or(typed.then_some(&event))?;
    let message = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
    Some(message.map_or_else(|| cut(&error.to_string()), cut))
}

fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
