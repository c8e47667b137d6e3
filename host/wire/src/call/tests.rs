//! Bodies of requests: what is read from them, and which are refused.

use super::*;

fn read(body: &str) -> CallHead {
    CallHead::read(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

/// `expect` is the message, and the field after a bar.
fn check_refused(body: impl AsRef<[u8]>, expect: &str) {
    let error = CallHead::read(body.as_ref()).expect_err("the body was taken for a call");
    assert_eq!(format!("{error} | {}", error.param().unwrap_or("-")), expect);
}

#[test]
fn a_call_is_read_wherever_its_fields_stand() {
    let check = |body: &str, model: &str, stream: bool, max_tokens: Option<u64>| {
        let head = read(body);
        assert_eq!(
            (head.model.as_str(), head.stream, head.max_tokens),
            (model, stream, max_tokens),
            "{body}"
        );
        let value: String = serde_json::from_str(&body[head.model_span]).expect("the span is a string");
        assert_eq!(value, model);
    };
    check(r#"{"model":"gpt-5"}"#, "gpt-5", false, None);
    check(r#" { "messages":[{"model":"x"}], "stream" : true , "model" : "a/b" } "#, "a/b", true, None);
    check(r#"{"stream":null,"max_tokens":null,"model":"m"}"#, "m", false, None);
    check(r#"{"stream":false,"max_tokens":7,"max_completion_tokens":9,"model":"m"}"#, "m", false, Some(9));
    check(r#"{"max_output_tokens":0,"model":"m"}"#, "m", false, Some(0));
    check(r#"{"model":"gr\u00fc\u00dfe \"q\""}"#, "grüße \"q\"", false, None);
    check(r#"{"mod\u0065l":"m"}"#, "m", false, None);
    check("{\"text\":\"ü{[\",\"model\":\"m\"}", "m", false, None);
    check(r#"{"n":1e999,"half":"\ud83d","model":"m"}"#, "m", false, None);
}

#[test]
fn a_body_that_is_no_call_is_refused_with_its_field() {
    check_refused("", "the request body is empty: expected a JSON object with a `model` | -");
    check_refused(" \n", "the request body is empty: expected a JSON object with a `model` | -");
    check_refused(
        "{\"model\":\n \"m\",}",
        "the request body is not JSON: trailing comma at line 2 column 6 | -",
    );
    check_refused(
        "{\"model\":\"m\"} x",
        "the request body is not JSON: trailing characters at line 1 column 15 | -",
    );
    check_refused(
        r#"{"model":"m""#,
        "the request body is not JSON: EOF while parsing an object at line 1 column 12 | -",
    );
    check_refused(
        b"{\"model\":\n\"\xff\"}",
        "the request body is not JSON: invalid UTF-8 at line 2 column 2 | -",
    );
    for other in ["[1]", "\"text\"", "7", "null"] {
        check_refused(other, "the request body is not a JSON object: expected {\"model\": …} | -");
    }
    check_refused(
        "{}",
        "the request body has no `model`: expected the name of a model, a string of 1 to 256 bytes | model",
    );
    for wrong in ["null", "7", "\"\"", "[\"m\"]", "{\"name\":\"m\"}"] {
        let expect =
            format!("`model` is {wrong}: expected the name of a model, a string of 1 to 256 bytes | model");
        check_refused(format!("{{\"model\":{wrong}}}"), &expect);
    }
    check_refused(r#"{"model":"m","stream":"no"}"#, "`stream` is \"no\": expected true or false | stream");
    for wrong in ["-1", "1.5", "\"9\"", "99999999999999999999", "true"] {
        let expect =
            format!("`max_tokens` is {wrong}: expected an integer that is not negative | max_tokens");
        check_refused(format!("{{\"model\":\"m\",\"max_tokens\":{wrong}}}"), &expect);
    }
}

#[test]
fn a_key_that_two_readers_could_read_differently_is_refused() {
    let check = |body: &str, param: &'static str| {
        assert_eq!(CallHead::read(body.as_bytes()), Err(CallError::Duplicate { param }))
    };
    check(r#"{"model":"cheap","model":"dear"}"#, "model");
    check(r#"{"model":"cheap","mod\u0065l":"dear"}"#, "model");
    check(r#"{"stream":false,"model":"m","stream":true}"#, "stream");
    check(r#"{"stream_options":{},"model":"m","stream_options":null}"#, "stream_options");
}

#[test]
fn the_user_is_taken_where_it_can_be_and_is_never_an_error() {
    let check = |members: &str, expect: Option<&str>| {
        assert_eq!(read(&format!(r#"{{"model":"m"{members}}}"#)).user.as_deref(), expect, "{members}");
    };
    check("", None);
    check(r#","user":"ann\u0061""#, Some("anna"));
    check(r#","user":"ann","metadata":{"user_id":"bob"}"#, Some("ann"));
    check(r#","metadata":{"a":[1],"user_id":"bob"}"#, Some("bob"));
    check(r#","user":7,"metadata":{"user_id":"bob"}"#, Some("bob"));
    check(r#","user":"ann","user":"bob""#, None);
    for odd in ["null", "\"\"", "7", "[\"bob\"]", "{\"user_id\":7}", "{\"user_id\":\"a\",\"user_id\":\"b\"}"]
    {
        check(&format!(r#","metadata":{odd},"user":{odd}"#), None);
    }
    let name = "n".repeat(256);
    check(&format!(r#","user":"{name}""#), Some(&name));
    check(&format!(r#","user":"{name}n""#), None);
}

#[test]
fn what_the_client_said_of_usage_is_known() {
    let check = |options: &str, expect: Option<bool>| {
        let head = read(&format!(r#"{{"stream_options":{options},"model":"m"}}"#));
        assert_eq!(head.include_usage, expect, "{options}");
    };
    check(r#"{"include_usage":true}"#, Some(true));
    check(r#"{"other":[], "include\u005fusage":false}"#, Some(false));
    for nothing in
        ["{}", "null", "true", "[true]", r#"{"include_usage":null}"#, r#"{"include_usage":"true"}"#]
    {
        check(nothing, None);
    }
    assert_eq!(read(r#"{"model":"m"}"#).include_usage, None);
}

#[test]
fn nesting_has_a_limit_that_brackets_in_text_do_not_count_for() {
    let nested =
        |levels: usize| format!("{{\"model\":\"m\",\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(CallHead::read(nested(127).as_bytes()).is_ok());
    check_refused(nested(128), "the request body is nested deeper than 128 levels | -");
    check_refused(nested(1_000_000), "the request body is nested deeper than 128 levels | -");
    read(&format!(r#"{{"model":"m","a":"{}\"{{"}}"#, "[".repeat(1000)));
    read(&format!(r#"{{"model":"m","a":[{}{{}}]}}"#, "{},".repeat(1000)));
}

#[test]
fn a_long_wrong_value_is_cut_in_the_message() {
    let body = format!("{{\"model\":\"{}\"}}", "ü".repeat(300));
    let message = CallHead::read(body.as_bytes()).expect_err("too long").to_string();
    assert!(message.len() < 250 && message.contains('…'), "{message}");
}

#[test]
fn the_prefix_hash_is_stable_and_sees_the_first_kibibyte_only() {
    let body = |tail: &str| format!(r#"{{"model":"m","text":"{}{tail}"}}"#, "x".repeat(1024));
    assert_eq!(read(&body("a")).prefix_hash, read(&body("b")).prefix_hash);
    assert_ne!(read(r#"{"model":"m","a":1}"#).prefix_hash, read(r#"{"model":"m","a":2}"#).prefix_hash);
    assert_eq!(read(r#"{"model":"gpt-5"}"#).prefix_hash, 4_462_292_280_396_511_861);
}
