//! The chunk with which a stream states its usage if it was asked to.

use serde::de::IgnoredAny;

use crate::members::{Value, members};

/// Whether the data is JSON with `"choices":[]`, a `usage` object and no `error`. Only what looks like it is parsed.
pub(super) fn is_usage_chunk(data: &[u8]) -> bool {
    let (mut has_no_choice, mut has_usage) = (false, false);
    for member in members(data).filter(|member| member.depth == 1) {
        match (member.key, member.value) {
            (b"choices", Value::Array) if member.is_empty_array() => has_no_choice = true,
            (b"usage", Value::Object) => has_usage = true,
            (b"choices" | b"usage", _) | (b"error", Value::Object | Value::Text(_)) => return false,
            _ => {}
        }
    }
    has_no_choice && has_usage && serde_json::from_slice::<IgnoredAny>(data).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chunk_of_nothing_but_usage_is_one() {
        let check = |data: &str, expect: bool| assert_eq!(is_usage_chunk(data.as_bytes()), expect, "{data}");
        check(r#" {"id":"x","choices":[],"usage":{"prompt_tokens":1}}"#, true);
        check(r#"{"usage":{},"choices" : [ ],"error":null}"#, true);
        check(r#"{"choices":[],"usage":null}"#, false);
        check(r#"{"choices":[{"index":0}],"usage":{}}"#, false);
        check(r#"{"choices":[],"choices":[{}],"usage":{}}"#, false);
        check(r#"{"usage":{}}"#, false);
        check(r#"{"a":{"choices":[],"usage":{}}}"#, false);
        check(r#"{"choices":[],"usage":{},"error":{"message":"x"}}"#, false);
        check(r#"{"choices":[],"usage":{"prompt_tokens":1}"#, false);
        check(r#"{"choices":[],"usage":{}} {}"#, false);
    }
}
