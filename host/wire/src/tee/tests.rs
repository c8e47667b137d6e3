//! Answers that are watched, however they are cut, packed or broken.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::Dialect::{Anthropic, OpenAi, Responses};

const CHAT: &str = concat!(
    ": keep-alive\r\n\r\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}\r\n\r\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"grüße\"}}],\"usage\":null}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\" \\\"usage\\\":{}\"}}]}\r\r",
    "data: not JSON \"usage\":{\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
    "data: [DONE]\n\n",
);

fn watch<'a>(encoding: Option<&str>, pieces: impl IntoIterator<Item = &'a [u8]>) -> StreamTee {
    watch_in(OpenAi, encoding, pieces)
}

fn watch_in<'a>(
    dialect: Dialect,
    encoding: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> StreamTee {
    let mut tee = StreamTee::new(dialect, encoding);
    pieces.into_iter().for_each(|piece| tee.push(piece));
    tee.finish();
    tee
}

/// Prompt tokens, error, bytes of output, done.
fn summary(tee: &StreamTee) -> (Option<u64>, Option<&str>, u64, bool) {
    (tee.usage().map(|usage| usage.prompt.0), tee.error(), tee.output_bytes(), tee.is_done())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Pieces of 0 to 15 bytes, the same for the same seed (xorshift).
fn pieces(bytes: &[u8], mut seed: u64) -> Vec<&[u8]> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    while !rest.is_empty() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (piece, more) = rest.split_at(rest.len().min((seed % 16) as usize));
        pieces.push(piece);
        rest = more;
    }
    pieces
}

#[test]
fn a_stream_is_understood_the_same_wherever_it_is_split() {
    let expect = (Some(9), None, 18, true);
    assert_eq!(summary(&watch(None, [CHAT.as_bytes()])), expect);
    for at in 0..=CHAT.len() {
        let (head, tail) = CHAT.as_bytes().split_at(at);
        assert_eq!(summary(&watch(None, [head, tail])), expect, "split at {at}");
    }
    let zipped = gzip(CHAT.as_bytes());
    for seed in 1..200 {
        assert_eq!(summary(&watch(None, pieces(CHAT.as_bytes(), seed))), expect, "seed {seed}");
        assert_eq!(summary(&watch(Some("gzip"), pieces(&zipped, seed))), expect, "gzip, seed {seed}");
    }
}

#[test]
fn the_responses_api_is_understood() {
    let stream = concat!(
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null,\"usage\":null}}\n\n",
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"abcd\"}\n\n",
        "event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"text\":\"abcd\"}\n\n",
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"error\":null,",
        "\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n",
    );
    assert_eq!(summary(&watch_in(Responses, None, [stream.as_bytes()])), (Some(7), None, 4, true));
}

#[test]
fn an_error_event_is_seen_in_every_shape() {
    let check = |stream: &str, expect: Option<&str>| {
        assert_eq!(watch(None, [stream.as_bytes()]).error(), expect, "{stream}");
    };
    check("data: {\"error\":{\"message\":\"slow down\",\"code\":429}}\n\n", Some("slow down"));
    check("data: {\"error\":\"slow down\"}\n\n", Some("slow down"));
    check("data: {\"error\":{\"code\":7}}", Some("{\"code\":7}"));
    check("event: error\r\ndata: {\"type\":\"error\",\"message\":\"m\"}\r\n\r\n", Some("m"));
    check("event: error\r\ndata: Internal Server Error\r\n\r\n", Some("Internal Server Error"));
    check("data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"message\":\"m\"}}}\n\n", Some("m"));
    check(
        "data: {\"type\":\"response.failed\",\"response\":null}\n\n",
        Some("{\"response\":null,\"type\":\"response.failed\"}"),
    );
    check(
        "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
        Some("m"),
    );
    check("data: {\"error\":{\"message\":\"first\"}}\n\ndata: {\"error\":\"second\"}\n\n", Some("first"));
    check("data: {\"error\":null}\n\n", None);
    check("data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":{}}\"}}]}\n\n", None);
    check("event: error\nevent: message\ndata: x\n\n", None);
    let long = format!("data: {{\"error\":\"{}\"}}\n\n", "ü".repeat(300));
    check(&long, Some(&"ü".repeat(200)));
}

#[test]
fn the_last_usage_counts_and_an_odd_one_does_not_replace_it() {
    let stream = concat!(
        "data: {\"usage\":{\"prompt_tokens\":1}}\n\ndata: {\"usage\":{\"prompt_tokens\":2}}\n\n",
        "data: {\"usage\":{\"prompt_tokens\":\"x\"}}\n\ndata: {\"usage\":null}\n\n",
    );
    assert_eq!(summary(&watch(None, [stream.as_bytes()])).0, Some(2));
}

#[test]
fn a_stream_that_was_cut_off_is_estimated_by_its_text() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"12345678\"}}]}\n\ndata: {\"choi";
    let usage = watch(None, [stream.as_bytes()]).usage_or_estimate(40);
    assert_eq!((usage.prompt.0, usage.completion.0, usage.estimated), (10, 2, true));
}

#[test]
fn a_line_that_is_too_long_is_counted_and_its_usage_still_found() {
    let text = "x".repeat(200_000);
    let completed = format!(
        "data: {{\"response\":{{\"instructions\":\"{text}\",\"usage\":{{\"input_tokens\":7}}}}}}\ndata: [DONE]\n"
    );
    for size in [1000, 70_000, completed.len()] {
        let tee = watch(None, completed.as_bytes().chunks(size));
        assert_eq!((summary(&tee), tee.long_lines()), ((Some(7), None, 0, true), 1), "in pieces of {size}");
    }
}

#[test]
fn what_cannot_be_read_counts_as_it_came() {
    let tee = watch(Some("br"), [CHAT.as_bytes()]);
    assert_eq!(summary(&tee), (None, None, CHAT.len() as u64, false));
    let mut broken = gzip(CHAT.as_bytes());
    broken[0] = 0;
    let tee = watch(Some(" GZIP "), [broken.as_slice()]);
    assert_eq!((tee.usage(), tee.output_bytes()), (None, broken.len() as u64));
}

#[test]
fn a_bomb_is_given_up() {
    let bomb = gzip(&vec![b'x'; 80 * 1024 * 1024]);
    let mut tee = StreamTee::new(OpenAi, Some("gzip"));
    bomb.chunks(16 * 1024).for_each(|piece| tee.push(piece));
    assert!(!tee.encoding.is_known());
}

#[test]
fn events_are_seen_when_they_come_also_through_gzip() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut tee = StreamTee::new(OpenAi, Some("gzip"));
    for count in 1..=3 {
        encoder.write_all(b"data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\n").unwrap();
        encoder.flush().unwrap();
        tee.push(&std::mem::take(encoder.get_mut()));
        assert_eq!(tee.output_bytes(), 3 * count);
    }
}

#[test]
fn the_usage_of_a_body_is_found_whole_long_zipped_or_cut_off() {
    let check = |encoding: Option<&str>, body: &[u8], expect: Option<u64>| {
        let mut tee = BodyTee::new(encoding);
        body.chunks(10_000).for_each(|piece| tee.push(piece));
        assert_eq!(tee.bytes(), body.len() as u64);
        assert_eq!(tee.finish().map(|usage| usage.prompt.0), expect);
    };
    let short = r#"{"usage":{"prompt_tokens":8,"total_tokens":8},"data":[]}"#.as_bytes();
    let numbers = "0.123,".repeat(400_000);
    let long = format!("{{\"data\":[{numbers}0],\"usage\":{{\"prompt_tokens\":9}}}}");
    check(None, short, Some(8));
    check(None, &short[..short.len() - 3], Some(8));
    check(None, long.as_bytes(), Some(9));
    check(Some("gzip"), &gzip(short), Some(8));
    check(Some("gzip"), &gzip(long.as_bytes()), Some(9));
    check(Some("br"), short, None);
    check(None, b"<html>", None);
    check(None, b"", None);
}

#[test]
fn deflate_is_read_too() {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(CHAT.as_bytes()).unwrap();
    let zipped = encoder.finish().unwrap();
    for seed in 1..50 {
        assert_eq!(summary(&watch(Some("deflate"), pieces(&zipped, seed))), (Some(9), None, 18, true));
    }
}

const MESSAGE: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"c\",\"stop_reason\":null,",
    "\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":100,\"cache_creation_input_tokens\":7,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"12345678\"}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

#[test]
fn anthropics_events_are_understood_and_their_usage_is_put_together() {
    let tee = watch_in(Anthropic, None, [MESSAGE.as_bytes()]);
    let usage = tee.usage_or_estimate(4000);
    let counts = [usage.prompt, usage.cached, usage.cache_write, usage.completion, usage.total];
    assert_eq!(counts.map(|tokens| tokens.0), [132, 100, 7, 15, 147]);
    assert!(!usage.estimated && tee.is_done() && tee.is_finished() && tee.is_between_events());
    assert_eq!(tee.output_bytes(), 8);
}

#[test]
fn output_that_anthropic_did_not_count_yet_is_estimated() {
    let check = |until: &str, completion: u64, is_finished: bool| {
        let cut = &MESSAGE[..MESSAGE.find(until).unwrap()];
        let tee = watch_in(Anthropic, None, [cut.as_bytes()]);
        let usage = tee.usage_or_estimate(4000);
        let found = (usage.prompt.0, usage.completion.0, usage.total.0, usage.estimated, tee.is_finished());
        assert_eq!(found, (132, completion, 132 + completion, !is_finished, is_finished), "{until}");
    };
    check("event: content_block_start", 0, false);
    check("event: message_delta", 2, false);
    check("event: message_stop", 15, true);
}

#[test]
fn a_stream_that_counts_in_each_chunk_is_not_counted_twice() {
    let chunk = |tokens: u64| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"12345678\"}}}}],\"usage\":{{\"prompt_tokens\":9,\
             \"completion_tokens\":{tokens},\"total_tokens\":{}}}}}\n\n",
            9 + tokens
        )
    };
    let usage = |stream: String| watch(None, [stream.as_bytes()]).usage_or_estimate(4000);
    let stated = usage(chunk(3) + &chunk(6));
    assert_eq!((stated.prompt.0, stated.completion.0, stated.total.0, stated.estimated), (9, 6, 15, false));
    let more = "data: {\"choices\":[{\"delta\":{\"content\":\"1234\"}}]}\n\n";
    let partly = usage(chunk(3) + more);
    assert_eq!((partly.prompt.0, partly.completion.0, partly.total.0, partly.estimated), (9, 4, 13, true));
}

#[test]
fn a_prompt_that_is_not_stated_is_estimated() {
    let usage = watch(None, [&b"data: {\"usage\":{\"completion_tokens\":3}}\n\n"[..]]).usage_or_estimate(40);
    assert_eq!((usage.prompt.0, usage.completion.0, usage.total.0, usage.estimated), (10, 3, 13, true));
}

#[test]
fn a_stream_is_finished_when_every_choice_is() {
    let check = |choices: &[&str], expect: bool| {
        let chunk = |choices: &&str| format!("data: {{\"choices\":[{choices}]}}\n\n");
        let stream: String = choices.iter().map(chunk).collect();
        let tee = watch(None, [stream.as_bytes()]);
        assert_eq!((tee.is_finished(), tee.is_done()), (expect, false), "{choices:?}");
    };
    let (one, two) = (r#"{"index":0,"finish_reason":"stop"}"#, r#"{"index":1,"finish_reason":"length"}"#);
    check(&[], false);
    check(&[""], false);
    check(&[r#"{"index":0,"finish_reason":null}"#], false);
    check(&[r#"{"index":0,"finish_reason":null}"#, one], true);
    check(&[r#"{"delta":{"content":"x"}}"#, r#"{"finish_reason":"stop"}"#], true);
    check(&[r#"{"index":0},{"index":1}"#, one], false);
    check(&[r#"{"index":0},{"index":1}"#, one, two], true);
    check(&[&format!("{one},{two}")], true);
    check(&[&format!("{one},{{\"index\":500}}")], false);
}

#[test]
fn a_stream_stands_between_events_or_within_one() {
    let check = |stream: &str, is_between: bool, ended_whole: bool| {
        let mut tee = StreamTee::new(OpenAi, None);
        tee.push(stream.as_bytes());
        assert_eq!(tee.is_between_events(), is_between, "{stream:?}");
        tee.finish();
        assert_eq!(
            (tee.is_between_events(), tee.ended_whole()),
            (is_between, ended_whole),
            "{stream:?} at its end"
        );
    };
    check("", true, true);
    check("data: {}\n\n", true, true);
    check("data: {}\r\n\r", true, true);
    check("data: {}\n\n: ping\n", true, true);
    check("data: {}\n\n: pi", false, true);
    check("data: {}\n", false, true);
    check("data: {}\r\n", false, true);
    check("data: {\"a\":1}", false, true);
    check("data: [DONE]", false, true);
    check("data: {\"a\":1", false, false);
    check("data: {}\n\nevent: x", false, false);
    let unread = watch(Some("br"), []);
    assert!(!unread.is_between_events() && !unread.ended_whole() && !unread.is_readable());
}
