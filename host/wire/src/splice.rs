//! Puts another model's name into a body without touching a byte around it.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

/// `body` with the value at `span` (see [`crate::CallHead::model_span`]) replaced by `native` as a JSON string.
/// The same bytes, uncopied, if that is what stands there, or if `span` lies outside of the body.
#[must_use]
pub fn splice_model(body: &Bytes, span: &Range<usize>, native: &str) -> Bytes {
    let native = json_string(native);
    match body.get(span.clone()) {
        Some(found) if found != native.as_bytes() => replace(body, std::slice::from_ref(span), &native),
        _ => body.clone(),
    }
}

/// `text` as a JSON string, quotes included.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `bytes` with `text` in the place of each of `spans`, which are in order and within it. Uncopied if there is none.
pub(crate) fn replace(bytes: &Bytes, spans: &[Range<usize>], text: &str) -> Bytes {
    if spans.is_empty() {
        return bytes.clone();
    }
    let mut replaced = BytesMut::with_capacity(bytes.len() + spans.len() * text.len());
    let mut copied = 0;
    for span in spans {
        replaced.extend_from_slice(&bytes[copied..span.start]);
        replaced.extend_from_slice(text.as_bytes());
        copied = span.end;
    }
    replaced.extend_from_slice(&bytes[copied..]);
    replaced.freeze()
}

/// Where `part` lies in `whole`, of which it is a slice.
pub(crate) fn span_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallHead;

    fn splice(body: &str, native: &str) -> (Bytes, Bytes) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let head = CallHead::read(&body).unwrap();
        let spliced = splice_model(&body, &head.model_span, native);
        (body, spliced)
    }

    #[test]
    fn only_the_model_is_replaced() {
        let check = |body: &str, native: &str, expect: &str| assert_eq!(splice(body, native).1, expect);
        check(r#"{ "model" : "a", "x":1.0 }"#, "org/b", r#"{ "model" : "org/b", "x":1.0 }"#);
        check(r#"{"a":"model","model":"\u0061"}"#, "b\"c\\d\n", r#"{"a":"model","model":"b\"c\\d\n"}"#);
    }

    #[test]
    fn a_body_that_says_it_already_is_not_copied() {
        let (body, spliced) = splice(r#"{"model":"a"}"#, "a");
        assert_eq!(body.as_ptr(), spliced.as_ptr());
        assert_eq!(splice_model(&body, &(5..500), "b"), body);
    }
}
