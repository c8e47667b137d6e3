//! One pass over the JSON of an event that says whether it is worth parsing, and counts the text that it brings.

use crate::members::{Value, members};

/// What a glance shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Skim {
    /// A key `usage` that opens an object.
    pub(crate) has_usage: bool,
    /// A key `error` with an object or a text, or the type `error`.
    pub(crate) has_error: bool,
    /// An event after which the Responses API sends no more.
    pub(crate) is_last: bool,
    is_response_event: bool,
    delta_bytes: u64,
    text_bytes: u64,
}

impl Skim {
    pub(crate) fn of(json: &[u8]) -> Self {
        let mut skim = Self::default();
        for member in members(json) {
            match (member.key, member.value) {
                (key, Value::Text(text)) => skim.text(key, text),
                (b"usage", Value::Object) => skim.has_usage = true,
                (b"error", Value::Object) => skim.has_error = true,
                _ => {}
            }
        }
        skim
    }

    /// The bytes of output text: `content`, `text`, reasoning, refusals and tool arguments; of the Responses API the
    /// `delta` alone, since its later events repeat the text. Escapes count as what they stand for (`\uXXXX` as 3).
    pub(crate) fn output_bytes(&self) -> u64 {
        if self.is_response_event { self.delta_bytes } else { self.delta_bytes + self.text_bytes }
    }

    fn text(&mut self, key: &[u8], text: &[u8]) {
        match key {
            b"delta" => self.delta_bytes += length(text),
            b"content" | b"text" | b"reasoning_content" | b"reasoning" | b"refusal" | b"arguments" => {
                self.text_bytes += length(text);
            }
            b"error" => self.has_error = true,
            b"type" => {
                self.has_error |= text == b"error";
                self.is_response_event |= text.starts_with(b"response.");
                self.is_last |=
                    matches!(text, b"response.completed" | b"response.incomplete" | b"response.failed");
            }
            _ => {}
        }
    }
}

/// The bytes that an escaped text stands for, nearly.
fn length(escaped: &[u8]) -> u64 {
    let (mut rest, mut length) = (escaped, 0);
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (worth, taken) = if rest.get(at + 1) == Some(&b'u') { (3, 6) } else { (1, 2) };
        length += at + worth;
        rest = rest.get(at + taken..).unwrap_or_default();
    }
    (length + rest.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_text_is_counted_once_in_every_dialect() {
        let check =
            |json: &str, bytes: u64| assert_eq!(Skim::of(json.as_bytes()).output_bytes(), bytes, "{json}");
        check(r#"{"choices":[{"delta":{"role":"assistant","content":"hello"}}],"model":"x"}"#, 5);
        check(r#"{"choices":[{"delta":{"content":"a\n\"b\" \u00fc"}}]}"#, 9);
        check(r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}"#, 2);
        check(r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"a\""}}]}}]}"#, 4);
        check(r#"{"choices":[{"text":" world","index":0}]}"#, 6);
        check(r#"{"type":"response.output_text.delta","delta":"abc"}"#, 3);
        check(r#"{"type":"response.output_text.done","text":"abc"}"#, 0);
        check(r#"{"text":"abc","type":"response.output_text.done"}"#, 0);
        check(r#"{"choices":[{"delta":{"content":"cut"#, 0);
    }

    #[test]
    fn only_what_is_worth_parsing_is_marked() {
        let check = |json: &str, has_usage: bool, has_error: bool| {
            let skim = Skim::of(json.as_bytes());
            assert_eq!((skim.has_usage, skim.has_error), (has_usage, has_error), "{json}");
        };
        check(r#"{"usage":null}"#, false, false);
        check(r#"{"usage" : {"prompt_tokens":1}}"#, true, false);
        check(r#"{"content":"\"usage\":{ \"error\":{"}"#, false, false);
        check(r#"{"error":{"message":"x"}}"#, false, true);
        check(r#"{"error":"x"}"#, false, true);
        check(r#"{"type":"error","message":"x"}"#, false, true);
        check(r#"{"response":{"error":null,"usage":null}}"#, false, false);
        check(r#"["usage","error"]"#, false, false);
        check("\"\\", false, false);
    }
}
