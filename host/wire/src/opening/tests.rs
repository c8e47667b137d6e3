//! Beginnings of streams, however they are cut into pieces.

use bytes::Bytes;

use Dialect::{Anthropic, OpenAi, Responses};

use super::*;

const IDLE: [(Dialect, &str); 12] = [
    (OpenAi, ": OPENROUTER PROCESSING\n\n"),
    (OpenAi, "event: ping\ndata: {}\n\n"),
    (OpenAi, "data: {\"type\":\"ping\"}\n\n"),
    (OpenAi, "data: {\"choices\":[]}\r\n\r\n"),
    (OpenAi, "data: {\"choices\":[],\"prompt_filter_results\":[{\"index\":0}],\"error\":null}\n\n"),
    (
        OpenAi,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[]},\"finish_reason\":null}]}\n\n",
    ),
    (
        OpenAi,
        "data: {\"choices\":[{\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}]}\r\r",
    ),
    (
        Responses,
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n",
    ),
    (Responses, "data: {\"type\":\"response.in_progress\"}\n\ndata: {\"type\":\"response.queued\"}\n\n"),
    (Anthropic, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"),
    (
        Anthropic,
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    ),
    (
        Anthropic,
        "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
    ),
];

const OUTPUT: [(Dialect, &str); 22] = [
    (OpenAi, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"delta\":{\"refusal\":\"a\"}}]}\n"),
    (
        OpenAi,
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\"}}]}}]}\n",
    ),
    (OpenAi, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"delta\":{\"audio\":{\"data\":\"x\"}}}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"text\":\" \"}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"index\":0}]}\n"),
    (OpenAi, "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}},{\"delta\":{\"content\":\"b\"}}]}\n"),
    (OpenAi, "data: [DONE]\n"),
    (OpenAi, "data: {\"choices\":\n"),
    (OpenAi, "data:\n"),
    (OpenAi, "data: {\"type\":\"response.created\"}\n"),
    (OpenAi, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n"),
    (Responses, "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n"),
    (Responses, "data: {\"type\":\"response.output_item.added\"}\n"),
    (Responses, "data: {\"type\":\"response.completed\"}\n"),
    (
        Anthropic,
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n",
    ),
    (
        Anthropic,
        "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{}}}\n",
    ),
    (Anthropic, "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n"),
    (Anthropic, "data: {\"type\":\"message_stop\"}\n"),
    (Anthropic, "event: something\ndata: {}\n"),
];

/// What the pieces came to, with the stream's end.
fn open<'a>(dialect: Dialect, pieces: impl IntoIterator<Item = &'a [u8]>) -> Opened {
    let mut opening = Opening::new(dialect, None);
    for piece in pieces {
        opening.push(piece);
    }
    opening.finish()
}

fn check(dialect: Dialect, stream: &str, expect: &Opened) {
    assert_eq!(&open(dialect, [stream.as_bytes()]), expect, "{stream}");
    for at in 0..=stream.len() {
        let (head, tail) = stream.as_bytes().split_at(at);
        assert_eq!(&open(dialect, [head, tail]), expect, "{stream} split at {at}");
    }
    assert_eq!(&open(dialect, stream.as_bytes().chunks(1)), expect, "{stream} in single bytes");
}

#[test]
fn what_no_client_has_use_for_is_not_output_yet() {
    for (dialect, idle) in IDLE {
        check(dialect, idle, &Opened::NotYet);
    }
}

#[test]
fn output_its_end_and_what_is_not_known_are_output() {
    for (dialect, output) in OUTPUT {
        check(dialect, output, &Opened::Output);
        let idle: String = IDLE.iter().filter(|(of, _)| *of == dialect).map(|(_, idle)| *idle).collect();
        check(dialect, &format!("{idle}{output}data: {{\"error\":\"late\"}}\n\n"), &Opened::Output);
    }
}

#[test]
fn an_error_ahead_of_output_is_one_with_its_status() {
    let check_error = |dialect, json: &str, status| {
        let error = Opened::Error(StreamError { status, json: Bytes::copy_from_slice(json.as_bytes()) });
        let idle: String = IDLE.iter().filter(|(of, _)| *of == dialect).map(|(_, idle)| *idle).collect();
        let output = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
        check(dialect, &format!("{idle}data: {json}\n\n{output}"), &error);
        check(dialect, &format!("{idle}event: error\r\ndata: {json}"), &error);
    };
    check_error(OpenAi, r#"{"error":{"message":"slow down","code":429}}"#, Some(429));
    check_error(OpenAi, r#"{"error":{"message":"m","code":"503","type":"rate_limit_error"}}"#, Some(503));
    check_error(OpenAi, r#"{"error":{"type":"invalid_request_error","code":"invalid_api_key"}}"#, Some(401));
    check_error(OpenAi, r#"{"error":{"type":"insufficient_quota","code":null}}"#, Some(429));
    check_error(OpenAi, r#"{"error":{"http_code":402,"code":7}}"#, Some(402));
    check_error(OpenAi, r#"{"error":"overloaded_error"}"#, Some(529));
    check_error(OpenAi, r#"{"error":{"code":700,"type":"odd"}}"#, None);
    check_error(
        OpenAi,
        r#"{"error":{"message":"m"},"status":500,"choices":[{"delta":{"content":"a"}}]}"#,
        Some(500),
    );
    check_error(Responses, r#"{"type":"error","code":"rate_limit_exceeded","message":"m"}"#, Some(429));
    check_error(
        Responses,
        r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}}"#,
        Some(500),
    );
    check_error(
        Anthropic,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
        Some(529),
    );
    check_error(Anthropic, r#"{"type":"error","error":{"type":"timeout_error","message":"m"}}"#, Some(504));
}

#[test]
fn the_name_of_an_event_holds_for_that_event_alone() {
    let error =
        Opened::Error(StreamError { status: None, json: Bytes::from_static(b"Internal Server Error") });
    check(OpenAi, "event: error\ndata: Internal Server Error\n\n", &error);
    check(OpenAi, "event: error\r\n\r\ndata: {\"choices\":[]}\r\n\r\n", &Opened::NotYet);
    check(OpenAi, "event: ping\n\ndata: {\"a\":1}\n\n", &Opened::Output);
}

#[test]
fn what_cannot_be_read_and_what_is_too_long_is_output_at_once() {
    assert_eq!(Opening::new(OpenAi, Some("br")).push(b"\x0b"), Opened::Output);
    assert_eq!(Opening::new(OpenAi, Some("gzip")).push(b"no gzip at all"), Opened::Output);
    let mut opening = Opening::new(OpenAi, None);
    assert_eq!(opening.push(&[b'x'; 64 * 1024]), Opened::NotYet);
    assert_eq!(opening.push(b"x"), Opened::Output);
    assert_eq!(opening.push(b"\n"), Opened::Output);
}

#[test]
fn of_a_long_error_the_beginning_is_kept() {
    let stream = format!("data: {{\"error\":{{\"code\":429,\"message\":\"{}\"}}}}\n\n", "x".repeat(10_000));
    let Opened::Error(error) = open(OpenAi, [stream.as_bytes()]) else { panic!("no error") };
    assert_eq!((error.status, error.json.len()), (Some(429), 4096));
}
