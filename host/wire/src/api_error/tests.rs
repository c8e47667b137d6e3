//! Errors as clients of each dialect see them.

use super::*;
use crate::{CallHead, StreamTee};

const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Responses, Dialect::Anthropic];

fn exhausted() -> ApiError {
    ApiError::new("AllPoolsExhausted", "wait \"a\"\nbit").code("all_pools_exhausted").status(503)
}

#[test]
fn an_error_has_openais_shape() {
    let check = |error: ApiError, expect: &str| assert_eq!(error.to_json(), expect);
    check(
        exhausted(),
        r#"{"error":{"message":"wait \"a\"\nbit","type":"AllPoolsExhausted","code":"all_pools_exhausted","param":null}}"#,
    );
    check(
        ApiError::from(&CallHead::read(br#"{"model":"m","stream":1}"#).unwrap_err()),
        r#"{"error":{"message":"`stream` is 1: expected true or false","type":"invalid_request_error","code":null,"param":"stream"}}"#,
    );
    assert_eq!(exhausted().to_json_for(Dialect::OpenAi), exhausted().to_json());
    assert_eq!(exhausted().to_json_for(Dialect::Responses), exhausted().to_json());
}

#[test]
fn an_error_has_anthropics_shape_and_words() {
    let body = |error: ApiError| error.to_json_for(Dialect::Anthropic);
    assert_eq!(
        body(exhausted()),
        r#"{"type":"error","error":{"type":"overloaded_error","message":"wait \"a\"\nbit","code":"all_pools_exhausted","param":null}}"#
    );
    assert_eq!(
        body(ApiError::new("invalid_request_error", "no").code("model_not_found").param("model")),
        r#"{"type":"error","error":{"type":"not_found_error","message":"no","code":"model_not_found","param":"model"}}"#
    );
}

#[test]
fn anthropics_word_follows_from_the_status_where_there_is_one() {
    let refused = ApiError::new("invalid_request_error", "no").code("missing_api_key");
    let kind = |error: ApiError| {
        let body: serde_json::Value = serde_json::from_slice(&error.to_json_for(Dialect::Anthropic)).unwrap();
        body["error"]["type"].as_str().unwrap().to_owned()
    };
    assert_eq!(kind(refused.clone().status(401)), "authentication_error");
    assert_eq!(kind(refused.clone().code("invalid_api_key")), "authentication_error");
    assert_eq!(kind(refused), "invalid_request_error");
}

#[test]
fn an_error_event_has_the_shape_of_its_dialect() {
    let error = ApiError::new("upstream_error", "gone").code("stream_interrupted");
    let event = |dialect| error.to_sse_for(dialect, true);
    let openais =
        r#"{"message":"gone","type":"upstream_error","code":"stream_interrupted","param":null}"#.to_owned();
    assert_eq!(event(Dialect::OpenAi), format!("data: {{\"error\":{openais}}}\n\n"));
    assert_eq!(
        event(Dialect::Responses),
        format!(
            "event: error\ndata: {{\"type\":\"error\",\"code\":\"stream_interrupted\",\"message\":\"gone\",\
             \"param\":null,\"error\":{openais}}}\n\n"
        )
    );
    assert_eq!(
        event(Dialect::Anthropic),
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"gone\",\
         \"code\":\"stream_interrupted\",\"param\":null}}\n\n"
    );
}

#[test]
fn an_error_event_is_an_event_of_its_own_wherever_the_stream_broke_off() {
    let error = ApiError::new("upstream_error", "gone\r\n\n");
    for dialect in DIALECTS {
        for sent in
            ["", "data: {\"a\":1}\n\n", "data: {\"a\":1}\n", "data: {\"a", "data: {\"a\":1}\r", "data: x\r\n"]
        {
            let mut tee = StreamTee::new(dialect, None);
            tee.push(sent.as_bytes());
            let event = error.to_sse_for(dialect, tee.is_between_events());
            let stream = [sent.as_bytes(), &event].concat();
            let text = String::from_utf8(stream).unwrap().replace("\r\n", "\n").replace('\r', "\n");
            let last = text.trim_end().rsplit("\n\n").next().unwrap().trim_start();
            assert!(
                last.starts_with("event: error\ndata: {") || last.starts_with("data: {\"error\""),
                "{text:?}"
            );
            tee.push(&event);
            assert_eq!((tee.error(), tee.is_between_events()), (Some("gone\r\n\n"), true));
        }
    }
}
