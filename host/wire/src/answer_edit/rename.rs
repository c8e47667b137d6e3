//! Gives the model the client's name for it back.

use std::ops::Range;

use bytes::Bytes;

use crate::members::{Value, members};
use crate::splice::{json_string, span_in, splice};

/// Rewrites the top-level `model`, `response.model` (the Responses API) and `message.model` (Anthropic's), where they
/// are the native id.
pub(super) struct Rename {
    native: String,
    canonical_json: String,
}

impl Rename {
    pub(super) fn new(native: &str, canonical: &str) -> Self {
        Self { native: native.to_owned(), canonical_json: json_string(canonical) }
    }

    /// A JSON body; uncopied if there is nothing to change.
    pub(super) fn whole(&self, body: &Bytes) -> Bytes {
        let edits: Vec<_> = self.native_in(body).map(|span| (span, self.canonical_json.as_str())).collect();
        splice(body, &edits)
    }

    /// A data line in parts; `data` is a part of it.
    pub(super) fn data(&self, line: &[u8], data: &[u8], mut put: impl FnMut(&[u8])) {
        let offset = span_in(line, data).start;
        let mut done = 0;
        for span in self.native_in(data) {
            put(line.get(done..offset + span.start).unwrap_or_default());
            put(self.canonical_json.as_bytes());
            done = offset + span.end;
        }
        put(line.get(done..).unwrap_or_default());
    }

    /// Where it stands, quotes included, in order.
    fn native_in(&self, json: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut is_outer = false;
        members(json).filter_map(move |member| {
            if member.depth == 1 {
                is_outer = matches!(member.key, b"response" | b"message") && member.value == Value::Object;
            }
            let is_ours = member.depth == 1 || member.depth == 2 && is_outer;
            match (member.key, member.value) {
                (b"model", Value::Text(text)) if is_ours && self.is_native(text) => {
                    let inside = span_in(json, text);
                    Some(inside.start - 1..inside.end + 1)
                }
                _ => None,
            }
        })
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
