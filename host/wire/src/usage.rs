//! The tokens that a call used: as the provider says, or estimated from the bytes that went by.

use patchbay_types::Tokens;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Tokens of one call. `cached` is part of `prompt`. `reasoning` is part of `completion` with OpenAI; some others
/// count it apart, and it shows in `total` only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    pub prompt: Tokens,
    pub completion: Tokens,
    pub cached: Tokens,
    pub reasoning: Tokens,
    pub total: Tokens,
    /// Counted by us, not by the provider.
    pub estimated: bool,
}

/// A rule of thumb for English text and code; other scripts use more tokens for their bytes.
const BYTES_PER_TOKEN: u64 = 4;

/// How many candidates in the end of a cut body are tried: a bound on what hostile bytes can cost.
const TRIES_MAX: usize = 8;

const USAGE_KEY: &[u8] = b"\"usage\"";

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

impl Usage {
    /// The usage that a JSON answer or the JSON of one event states: `usage` or `response.usage`, with
    /// `prompt_tokens` and `completion_tokens` or `input_tokens` and `output_tokens`.
    ///
    /// What is no count is taken for zero; none at all, for no usage.
    #[must_use]
    pub fn in_json(json: &[u8]) -> Option<Usage> {
        let outer = Outer::read(json)?;
        let inner = || Outer::read(outer.response?.get().as_bytes())?.usage;
        outer.usage.and_then(Self::in_raw).or_else(|| inner().and_then(Self::in_raw))
    }

    /// The last usage in the end of a JSON text whose beginning is gone.
    pub(crate) fn in_tail(json: &[u8]) -> Option<Usage> {
        let mut rest = json;
        for _ in 0..TRIES_MAX {
            let at = rest.windows(USAGE_KEY.len()).rposition(|bytes| bytes == USAGE_KEY)?;
            let value = json[at + USAGE_KEY.len()..].trim_ascii_start().strip_prefix(b":");
            let mut values = serde_json::Deserializer::from_slice(value.unwrap_or_default()).into_iter();
            if let Some(usage) = values.next().and_then(Result::ok).and_then(|value| Self::in_value(&value)) {
                return Some(usage);
            }
            rest = &json[..at];
        }
        None
    }

    /// Four bytes to a token, rounded up: for calls whose provider states nothing, and for those that were cut off.
    #[must_use]
    pub fn estimate(request_bytes: u64, output_bytes: u64) -> Usage {
        let prompt = Tokens(request_bytes.div_ceil(BYTES_PER_TOKEN));
        let completion = Tokens(output_bytes.div_ceil(BYTES_PER_TOKEN));
        Usage { prompt, completion, total: prompt + completion, estimated: true, ..Usage::default() }
    }

    fn in_raw(raw: &RawValue) -> Option<Usage> {
        Self::in_value(&serde_json::from_str(raw.get()).ok()?)
    }

    fn in_value(usage: &Value) -> Option<Usage> {
        let either = |names: [&str; 2]| names.into_iter().find_map(|name| count(usage.get(name)?));
        let detail = |parts: [&str; 2], name: &str| {
            parts.into_iter().find_map(|part| count(usage.get(part)?.get(name)?)).unwrap_or_default()
        };
        let prompt = either(["prompt_tokens", "input_tokens"]);
        let completion = either(["completion_tokens", "output_tokens"]);
        let total = usage.get("total_tokens").and_then(count);
        prompt.or(completion).or(total)?;
        let (prompt, completion) = (prompt.unwrap_or_default(), completion.unwrap_or_default());
        Some(Usage {
            prompt,
            completion,
            cached: detail(["prompt_tokens_details", "input_tokens_details"], "cached_tokens"),
            reasoning: detail(["completion_tokens_details", "output_tokens_details"], "reasoning_tokens"),
            total: total.unwrap_or(prompt + completion),
            estimated: false,
        })
    }
}

impl<'a> Outer<'a> {
    /// Only of an object: serde would take an array for one too.
    fn read(json: &'a [u8]) -> Option<Self> {
        json.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(json).ok())?
    }
}

/// A count, also one that some gateways write as `12.0`.
fn count(value: &Value) -> Option<Tokens> {
    let whole = || format!("{:.0}", value.as_f64()?).parse().ok();
    value.as_u64().or_else(whole).map(Tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expect`: prompt, completion, cached, reasoning, total.
    fn check(json: &str, expect: Option<[u64; 5]>) {
        let counts = |usage: Usage| {
            let Usage { prompt, completion, cached, reasoning, total, .. } = usage;
            [prompt, completion, cached, reasoning, total].map(|tokens| tokens.0)
        };
        assert_eq!(Usage::in_json(json.as_bytes()).map(counts), expect, "{json}");
        assert!(Usage::in_json(json.as_bytes()).is_none_or(|usage| !usage.estimated));
    }

    #[test]
    fn usage_is_found_in_every_dialect() {
        check(
            r#"{"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#,
            Some([9, 12, 0, 0, 21]),
        );
        check(
            r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,
                "prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":5}}}"#,
            Some([9, 12, 8, 5, 21]),
        );
        check(r#"{"object":"list","usage":{"prompt_tokens":8,"total_tokens":8}}"#, Some([8, 0, 0, 0, 8]));
        check(
            r#"{"usage":{"input_tokens":36,"output_tokens":87,"input_tokens_details":{"cached_tokens":30},
                "output_tokens_details":{"reasoning_tokens":7},"total_tokens":123}}"#,
            Some([36, 87, 30, 7, 123]),
        );
        check(
            r#"{"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":4}}}"#,
            Some([3, 4, 0, 0, 7]),
        );
    }

    #[test]
    fn odd_usage_is_zero_or_nothing_and_never_an_error() {
        for nothing in [
            "",
            "null",
            "[]",
            "{}",
            "not JSON",
            "[{\"prompt_tokens\":1}]",
            r#"{"usage":null}"#,
            r#"{"usage":"7"}"#,
            r#"{"usage":[1]}"#,
            r#"{"usage":{}}"#,
            r#"{"usage":{"prompt_tokens":-1,"completion_tokens":"9"}}"#,
            r#"{"response":7}"#,
            r#"{"response":{"usage":null}}"#,
            r#"{"usage":{"prompt_tokens":1}"#,
        ] {
            check(nothing, None);
        }
        check(
            r#"{"usage":{"prompt_tokens":5.0,"completion_tokens":null,"prompt_tokens_details":null}}"#,
            Some([5, 0, 0, 0, 5]),
        );
        check(r#"{"usage":{"prompt_tokens":-3,"completion_tokens":2}}"#, Some([0, 2, 0, 0, 2]));
        check(
            r#"{"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":2}}"#,
            Some([u64::MAX, 2, 0, 0, u64::MAX]),
        );
        check(r#"{"usage":null,"response":{"usage":{"input_tokens":1}}}"#, Some([1, 0, 0, 0, 1]));
    }

    #[test]
    fn the_last_usage_is_found_in_a_tail() {
        let check = |tail: &str, expect: Option<u64>| {
            assert_eq!(Usage::in_tail(tail.as_bytes()).map(|usage| usage.prompt.0), expect, "{tail}");
        };
        check(r#"0.1]}],"usage" : {"prompt_tokens":8,"total_tokens":8}}"#, Some(8));
        check(
            r#""usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2},"usage":null,"x":{"usage":{}}}"#,
            Some(2),
        );
        check(r#""text":"\"usage\":{\"prompt_tokens\":1}"}"#, None);
        check(r#""usage":{"prompt_tokens":1"#, None);
        check("", None);
        check(&r#"{"usage":"#.repeat(5000), None);
    }

    #[test]
    fn an_estimate_rounds_up_and_says_so() {
        let usage = Usage::estimate(401, 8);
        assert_eq!((usage.prompt, usage.completion, usage.total), (Tokens(101), Tokens(2), Tokens(103)));
        assert!(usage.estimated);
    }
}
