//! Gives the model its canonical name back in what a provider answers. It reads plain text only: an answer with a
//! `Content-Encoding` passes unchanged, since nothing in it looks like a model.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::members::{Value, members};
use crate::splice::{json_string, replace, span_in};
use crate::sse::{LINE_MAX, data_of, is_line_end, may_be_data};

/// Rewrites the top-level `model`, and `response.model` (the Responses API), where they are the native id.
/// Whatever else comes in goes out byte for byte. Make one for each answer, and none where both names are equal.
pub struct ModelBack {
    native: String,
    canonical_json: String,
    open: Open,
}

/// The line of the stream that has no end yet.
enum Open {
    /// Its beginning, held back because it may name the model: at most [`LINE_MAX`] bytes.
    Held(BytesMut),
    /// Its beginning is out already: it is no data line, or too long.
    Passing,
}

impl ModelBack {
    #[must_use]
    pub fn new(native: &str, canonical: &str) -> Self {
        let open = Open::Held(BytesMut::new());
        Self { native: native.to_owned(), canonical_json: json_string(canonical), open }
    }

    /// A whole JSON body; uncopied if there is nothing to change. Its length may change.
    #[must_use]
    pub fn whole(&self, body: &Bytes) -> Bytes {
        replace(body, &self.native_in(body), &self.canonical_json)
    }

    /// The next piece of an event stream: what may go out now. Complete lines always may; of a data line without
    /// an end up to 64 KiB are held back.
    #[must_use]
    pub fn push(&mut self, chunk: &Bytes) -> Bytes {
        let Some(end) = chunk.iter().rposition(is_line_end) else { return self.keep(chunk.clone()) };
        let complete = self.close(chunk.slice(..=end));
        let rest = self.keep(chunk.slice(end + 1..));
        join(complete, rest)
    }

    /// The end of the stream: what was held back. A stream that broke off may do without it, so that no half of a
    /// line goes out.
    #[must_use]
    pub fn finish(&mut self) -> Bytes {
        self.close(Bytes::new())
    }

    /// The rest of the open line and more lines that are complete.
    fn close(&mut self, bytes: Bytes) -> Bytes {
        let (lines, start) = match std::mem::replace(&mut self.open, Open::Held(BytesMut::new())) {
            Open::Held(held) => (join(held.freeze(), bytes), 0),
            Open::Passing => {
                let end = bytes.iter().position(is_line_end).unwrap_or(bytes.len());
                (bytes, end)
            }
        };
        let spans = self.native_in_lines(&lines, start);
        replace(&lines, &spans, &self.canonical_json)
    }

    /// More of the open line.
    fn keep(&mut self, bytes: Bytes) -> Bytes {
        let Open::Held(held) = &mut self.open else { return bytes };
        held.extend_from_slice(&bytes);
        if may_be_data(held) && held.len() <= LINE_MAX {
            return Bytes::new();
        }
        let passed = std::mem::take(held).freeze();
        self.open = Open::Passing;
        passed
    }

    fn native_in_lines(&self, lines: &[u8], start: usize) -> Vec<Range<usize>> {
        let data =
            lines[start..].split(is_line_end).filter(|line| line.len() <= LINE_MAX).filter_map(data_of);
        let mut spans = Vec::new();
        for json in data {
            let offset = span_in(lines, json).start;
            spans.extend(self.native_in(json).into_iter().map(|span| offset + span.start..offset + span.end));
        }
        spans
    }

    fn native_in(&self, json: &[u8]) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        let mut in_response = false;
        for member in members(json) {
            if member.depth == 1 {
                in_response = member.key == b"response" && member.value == Value::Object;
            }
            let is_ours = member.depth == 1 || member.depth == 2 && in_response;
            match (member.key, member.value) {
                (b"model", Value::Text(text)) if is_ours && self.is_native(text) => {
                    let inside = span_in(json, text);
                    spans.push(inside.start - 1..inside.end + 1);
                }
                _ => {}
            }
        }
        spans
    }

    /// Escaped in any way: some servers write `\/` for `/`.
    fn is_native(&self, escaped: &[u8]) -> bool {
        if !escaped.contains(&b'\\') {
            return escaped == self.native.as_bytes();
        }
        let quoted = [b"\"", escaped, b"\""].concat();
        serde_json::from_slice::<String>(&quoted).is_ok_and(|model| model == self.native)
    }
}

fn join(first: Bytes, second: Bytes) -> Bytes {
    match (first.is_empty(), second.is_empty()) {
        (true, _) => second,
        (_, true) => first,
        _ => [first, second].concat().into(),
    }
}

#[cfg(test)]
mod tests;
