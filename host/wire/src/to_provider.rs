//! A request's body as it goes to a provider: with the provider's name of the model and the wish for usage, and not a
//! byte changed beside them.

use bytes::Bytes;

use crate::call::CallHead;
use crate::splice::{json_string, splice};

/// `body`, of which `head` was read, with `native_id` as its `model`. Uncopied if nothing changes.
///
/// `ask_usage` sets `stream_options.include_usage`; it is left alone in a call that is no stream, where it is not
/// allowed, and where `stream_options` is no object: that is the provider's to judge.
#[must_use]
pub fn to_provider(body: &Bytes, head: &CallHead, native_id: &str, ask_usage: bool) -> Bytes {
    let native = (head.model != native_id).then(|| json_string(native_id));
    let model = native.as_deref().map(|native| (head.model_span.clone(), native));
    let wish = head.usage_wish.clone().filter(|_| ask_usage && head.stream);
    match (model, wish) {
        (Some(model), Some(wish)) if wish.0.start < model.0.start => splice(body, &[wish, model]),
        (Some(model), Some(wish)) => splice(body, &[model, wish]),
        (Some(edit), None) | (None, Some(edit)) => splice(body, &[edit]),
        (None, None) => body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(body: &str, native: &str, ask_usage: bool) -> (Bytes, Bytes) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let head = CallHead::read(&body).unwrap();
        let sent = to_provider(&body, &head, native, ask_usage);
        (body, sent)
    }

    #[test]
    fn only_the_model_is_replaced() {
        let check = |body: &str, native: &str, expect: &str| assert_eq!(sent(body, native, false).1, expect);
        check(r#"{ "model" : "a", "x":1.0 }"#, "org/b", r#"{ "model" : "org/b", "x":1.0 }"#);
        check(r#"{"a":"model","model":"\u0061"}"#, "b\"c\\d\n", r#"{"a":"model","model":"b\"c\\d\n"}"#);
    }

    #[test]
    fn the_wish_for_usage_is_put_in_where_it_is_missing() {
        let check = |options: &str, expect: &str| {
            let (before, after) = (r#"{"stream":true,"#, r#""messages":[ 1.0 ]"#);
            for (native, model) in [("m", "m"), ("a longer name", "a longer name")] {
                let body = format!(r#"{before}{options}{after},"model":"m"}}"#);
                let expect = format!(r#"{before}{expect}{after},"model":"{model}"}}"#);
                assert_eq!(sent(&body, native, true).1, expect);
                assert!(CallHead::read(expect.as_bytes()).unwrap().include_usage.is_some());
            }
        };
        check(r#""stream_options":{},"#, r#""stream_options":{"include_usage":true},"#);
        check(r#""stream_options": { } ,"#, r#""stream_options": {"include_usage":true } ,"#);
        check(r#""stream_options":{"a":1},"#, r#""stream_options":{"include_usage":true,"a":1},"#);
        check(
            r#""stream_options":{"a":{"include_usage":true}, "include_usage" : false},"#,
            r#""stream_options":{"a":{"include_usage":true}, "include_usage" : true},"#,
        );
        check(r#""stream_options":{"include_usage":null},"#, r#""stream_options":{"include_usage":true},"#);
        check(r#""stream_options" : null,"#, r#""stream_options" : {"include_usage":true},"#);
        check(r#""stream_options":{"include_usage":true},"#, r#""stream_options":{"include_usage":true},"#);
    }

    #[test]
    fn without_options_the_wish_goes_behind_the_model() {
        let (_, sent) = sent(r#"{"model":"m", "stream":true}"#, "org/n", true);
        let expect = r#"{"model":"org/n","stream_options":{"include_usage":true}, "stream":true}"#;
        assert_eq!(sent, expect);
    }

    #[test]
    fn a_body_that_says_it_already_is_not_copied() {
        for body in [
            r#"{"model":"a"}"#,
            r#"{"model":"\u0061","stream":true,"stream_options":{"include_usage":true}}"#,
            r#"{"model":"a","stream":true,"stream_options":7}"#,
            r#"{"model":"a","stream":true,"stream_options":[]}"#,
            r#"{"model":"a","stream":true,"stream_options":{"include_usage":1}}"#,
            r#"{"model":"a","stream":true,"stream_options":{"include_usage":false,"include_usage":null}}"#,
            r#"{"model":"a","stream":false}"#,
        ] {
            let (body, sent) = sent(body, "a", true);
            assert_eq!(body.as_ptr(), sent.as_ptr());
        }
    }
}
