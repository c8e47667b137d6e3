//! Puts other texts into a body without touching a byte around them.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

/// `text` as a JSON string, quotes included.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `bytes` with other texts in the place of spans, which are in order and apart. Uncopied if there is none, or if one
/// lies outside.
pub(crate) fn splice(bytes: &Bytes, edits: &[(Range<usize>, &str)]) -> Bytes {
    if edits.is_empty() || edits.iter().any(|(span, _)| bytes.get(span.clone()).is_none()) {
        return bytes.clone();
    }
    let added: usize = edits.iter().map(|(_, text)| text.len()).sum();
    let mut spliced = BytesMut::with_capacity(bytes.len() + added);
    let mut copied = 0;
    for (span, text) in edits {
        spliced.extend_from_slice(bytes.get(copied..span.start).unwrap_or_default());
        spliced.extend_from_slice(text.as_bytes());
        copied = span.end;
    }
    spliced.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    spliced.freeze()
}

/// Where `part` lies in `whole`, of which it is a slice.
pub(crate) fn span_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_the_edits_stays() {
        let check = |edits: &[(Range<usize>, &str)], expect: &str| {
            assert_eq!(splice(&Bytes::from_static(b"abcdef"), edits), expect);
        };
        check(&[(0..1, "X"), (1..1, "Y"), (4..6, "")], "XYbcd");
        check(&[(6..6, "!")], "abcdef!");
        check(&[], "abcdef");
        check(&[(0..1, "X"), (5..7, "Y")], "abcdef");
    }
}
