//! One pass over the JSON of an event that says whether it is worth parsing, counts the text that it brings, and tells
//! how far its choices are.

use crate::endpoint::Dialect;
use crate::members::{Member, Value, members};

/// What a glance shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Skim {
    /// A key `usage` that opens an object.
    pub(crate) has_usage: bool,
    /// A key `error` with an object or a text, or the type of an error.
    pub(crate) has_error: bool,
    /// An event after which no more is sent.
    pub(crate) is_last: bool,
    /// Anthropic's `stop_reason`.
    pub(crate) has_stopped: bool,
    /// Some choice has a `finish_reason`.
    pub(crate) has_finish_reason: bool,
    /// The choices in it: a bit for each index.
    pub(crate) choices: u128,
    /// There are choices whose index has no bit.
    pub(crate) has_more_choices: bool,
    is_response_event: bool,
    delta_bytes: u64,
    text_bytes: u64,
}

/// The member of the top that the others lie in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Choices,
    Delta,
    Other,
}

impl Skim {
    pub(crate) fn of(dialect: Dialect, json: &[u8]) -> Self {
        let (mut skim, mut within) = (Self::default(), Within::Other);
        let mut unnumbered = false;
        for member in members(json) {
            match member.depth {
                1 => {
                    within = skim.top(&member);
                    unnumbered |= within == Within::Choices;
                }
                2 if within == Within::Delta && dialect == Dialect::Anthropic => {
                    skim.has_stopped |= member.key == b"stop_reason" && member.is_text();
                }
                3 if within == Within::Choices => skim.of_choice(&member),
                _ => {}
            }
            match member.value {
                Value::Text(text) => skim.text(member.key, text),
                Value::Object => skim.object(member.key),
                Value::Array | Value::Other => {}
            }
        }
        if unnumbered && skim.choices == 0 && !skim.has_more_choices {
            skim.choices = 1;
        }
        skim
    }

    /// The bytes of output text: `content`, `text`, reasoning, refusals and tool arguments; of the Responses API the
    /// `delta` alone, since its later events repeat the text. Escapes count as what they stand for (`\uXXXX` as 3).
    pub(crate) fn output_bytes(&self) -> u64 {
        if self.is_response_event { self.delta_bytes } else { self.delta_bytes + self.text_bytes }
    }

    fn top(&mut self, member: &Member<'_>) -> Within {
        match (member.key, member.value) {
            (b"type", Value::Text(text)) => self.event(text),
            (b"choices", Value::Array) if !member.is_empty_array() => return Within::Choices,
            (b"delta", Value::Object) => return Within::Delta,
            _ => {}
        }
        Within::Other
    }

    fn event(&mut self, kind: &[u8]) {
        self.has_error |= matches!(kind, b"error" | b"response.failed");
        self.is_response_event |= kind.starts_with(b"response.");
        self.is_last |= matches!(
            kind,
            b"response.completed" | b"response.incomplete" | b"response.failed" | b"message_stop"
        );
    }

    fn of_choice(&mut self, member: &Member<'_>) {
        match member.key {
            b"finish_reason" => self.has_finish_reason |= member.is_text(),
            b"index" => {
                let index = member.number().and_then(|index| u32::try_from(index).ok());
                match index.and_then(|index| 1_u128.checked_shl(index)) {
                    Some(bit) => self.choices |= bit,
                    None => self.has_more_choices = true,
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, key: &[u8]) {
        match key {
            b"usage" => self.has_usage = true,
            b"error" => self.has_error = true,
            _ => {}
        }
    }

    fn text(&mut self, key: &[u8], text: &[u8]) {
        match key {
            b"delta" => self.delta_bytes += length(text),
            b"content" | b"text" | b"reasoning_content" | b"reasoning" | b"refusal" | b"arguments"
            | b"thinking" | b"partial_json" => self.text_bytes += length(text),
            b"error" => self.has_error = true,
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

    fn skim(json: &str) -> Skim {
        Skim::of(Dialect::OpenAi, json.as_bytes())
    }

    #[test]
    fn output_text_is_counted_once_in_every_dialect() {
        let check = |json: &str, bytes: u64| assert_eq!(skim(json).output_bytes(), bytes, "{json}");
        check(r#"{"choices":[{"delta":{"role":"assistant","content":"hello"}}],"model":"x"}"#, 5);
        check(r#"{"choices":[{"delta":{"content":"a\n\"b\" \u00fc"}}]}"#, 9);
        check(r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}"#, 2);
        check(r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"a\""}}]}}]}"#, 4);
        check(r#"{"choices":[{"text":" world","index":0}]}"#, 6);
        check(r#"{"type":"response.output_text.delta","delta":"abc"}"#, 3);
        check(r#"{"type":"response.output_text.done","text":"abc"}"#, 0);
        check(r#"{"text":"abc","type":"response.output_text.done"}"#, 0);
        check(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abc"}}"#, 3);
        check(r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"abc"}}"#, 3);
        check(
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a"}}"#,
            3,
        );
        check(r#"{"choices":[{"delta":{"content":"cut"#, 0);
    }

    #[test]
    fn only_what_is_worth_parsing_is_marked() {
        let check = |json: &str, has_usage: bool, has_error: bool| {
            let skim = skim(json);
            assert_eq!((skim.has_usage, skim.has_error), (has_usage, has_error), "{json}");
        };
        check(r#"{"usage":null}"#, false, false);
        check(r#"{"usage" : {"prompt_tokens":1}}"#, true, false);
        check(r#"{"content":"\"usage\":{ \"error\":{"}"#, false, false);
        check(r#"{"error":{"message":"x"}}"#, false, true);
        check(r#"{"error":"x"}"#, false, true);
        check(r#"{"type":"error","message":"x"}"#, false, true);
        check(r#"{"a":{"type":"error"}}"#, false, false);
        check(r#"{"response":{"error":null,"usage":null}}"#, false, false);
        check(r#"["usage","error"]"#, false, false);
        check("\"\\", false, false);
    }

    #[test]
    fn choices_are_told_apart_by_their_index() {
        let check = |json: &str, choices: u128, has_more: bool, has_finished: bool| {
            let skim = skim(json);
            let found = (skim.choices, skim.has_more_choices, skim.has_finish_reason);
            assert_eq!(found, (choices, has_more, has_finished), "{json}");
        };
        check(
            r#"{"choices":[{"index":1,"delta":{"tool_calls":[{"index":7}]},"finish_reason":null}]}"#,
            2,
            false,
            false,
        );
        check(r#"{"choices":[{"index":0,"finish_reason":"stop"},{"index" : 2}]}"#, 5, false, true);
        check(r#"{"choices":[{"delta":{}}]}"#, 1, false, false);
        check(r#"{"choices":[{"index":128}]}"#, 0, true, false);
        check(r#"{"choices":[{"index":99999999999}]}"#, 0, true, false);
        check(r#"{"choices":[],"index":1,"finish_reason":"stop"}"#, 0, false, false);
        check(r#"{"choices":[],"x":[{"index":1,"finish_reason":"stop"}]}"#, 0, false, false);
    }

    #[test]
    fn only_anthropics_stop_reason_is_one() {
        let json = br#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
        assert!(
            Skim::of(Dialect::Anthropic, json).has_stopped && !Skim::of(Dialect::OpenAi, json).has_stopped
        );
        let start = br#"{"type":"message_start","message":{"stop_reason":null}}"#;
        assert!(!Skim::of(Dialect::Anthropic, start).has_stopped);
    }
}
