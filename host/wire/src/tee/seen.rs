//! What the lines of a stream have said so far.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::choices::Choices;
use crate::endpoint::Dialect;
use crate::skim::Skim;
use crate::sse::{Line, data_of, is_comment, name_of};
use crate::usage::Stated;

pub(super) struct Seen {
    dialect: Dialect,
    pub(super) stated: Option<Stated>,
    pub(super) error: Option<String>,
    pub(super) output_bytes: u64,
    /// Of these, those that the last stated completion counts.
    pub(super) counted_bytes: u64,
    pub(super) is_done: bool,
    pub(super) has_stopped: bool,
    pub(super) choices: Choices,
    pub(super) long_lines: u64,
    /// Lines of an event have come, and not the empty line that ends it.
    pub(super) is_in_event: bool,
    /// The stream ended in a line that has no end.
    pub(super) is_line_open: bool,
    /// And that line is neither whole data nor a comment.
    pub(super) is_cut: bool,
    /// The event's name is `error`, and its data is still to come.
    error_follows: bool,
}

const MESSAGE_CHARS_MAX: usize = 200;

impl Seen {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            stated: None,
            error: None,
            output_bytes: 0,
            counted_bytes: 0,
            is_done: false,
            has_stopped: false,
            choices: Choices::default(),
            long_lines: 0,
            is_in_event: false,
            is_line_open: false,
            is_cut: false,
            error_follows: false,
        }
    }

    pub(super) fn line(&mut self, line: Line<'_>) {
        match line {
            Line::Whole(b"") => self.end_event(),
            Line::Whole(line) => match data_of(line) {
                Some(data) => self.data(data.trim_ascii()),
                None => self.field(line),
            },
            Line::Tail(tail) => {
                self.is_in_event = true;
                self.long_lines += 1;
                self.state(Stated::in_tail(tail));
            }
        }
    }

    /// The line that the stream ended in.
    pub(super) fn last_line(&mut self, line: Line<'_>) {
        self.is_line_open = true;
        self.is_cut = match line {
            Line::Whole(line) => !is_comment(line) && !data_of(line).is_some_and(is_whole),
            Line::Tail(_) => true,
        };
        self.line(line);
    }

    fn end_event(&mut self) {
        self.is_in_event = false;
        self.error_follows = false;
    }

    fn field(&mut self, line: &[u8]) {
        self.is_in_event |= !is_comment(line);
        if let Some(name) = name_of(line) {
            self.error_follows = name == b"error";
        }
    }

    fn data(&mut self, data: &[u8]) {
        self.is_in_event = true;
        if data == b"[DONE]" {
            self.is_done = true;
            return;
        }
        let skim = Skim::of(self.dialect, data);
        self.output_bytes += skim.output_bytes();
        self.is_done |= skim.is_last;
        self.has_stopped |= skim.has_stopped;
        self.choices.see(&skim, data);
        if skim.has_usage {
            self.state(Stated::in_json(data));
        }
        let error_follows = std::mem::take(&mut self.error_follows);
        if self.error.is_none() && (skim.has_error || error_follows) {
            self.error =
                error_in(data).or_else(|| error_follows.then(|| cut(&String::from_utf8_lossy(data))));
        }
    }

    fn state(&mut self, later: Option<Stated>) {
        let Some(later) = later else { return };
        if later.completion.is_some() {
            self.counted_bytes = self.output_bytes;
        }
        self.stated = Some(self.stated.unwrap_or_default().and_then(later));
    }
}

/// Whether a data line that has no end is there to its end.
fn is_whole(data: &[u8]) -> bool {
    data.trim_ascii() == b"[DONE]" || serde_json::from_slice::<IgnoredAny>(data).is_ok()
}

/// The message of an error event: `{"error":{"message"}}`, `{"error":"…"}`, and of the Responses API
/// `{"type":"error","message"}` and `{"response":{"error":{"message"}}}`.
fn error_in(json: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(json).ok()?;
    let stated = [event.get("error"), event.get("response").and_then(|response| response.get("error"))];
    let typed = matches!(event.get("type").and_then(Value::as_str), Some("error" | "response.failed"));
    let is_error = |value: &&Value| value.is_object() || value.is_string();
    let error = stated.into_iter().flatten().find(is_error).or(typed.then_some(&event))?;
    let message = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
    Some(message.map_or_else(|| cut(&error.to_string()), cut))
}

fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
