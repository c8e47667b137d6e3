//! Answers that are watched, however they are cut, packed or broken.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

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
    let mut tee = StreamTee::new(encoding);
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
    assert_eq!(summary(&watch(None, [stream.as_bytes()])), (Some(7), None, 4, true));
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
    let mut tee = StreamTee::new(Some("gzip"));
    bomb.chunks(16 * 1024).for_each(|piece| tee.push(piece));
    assert!(!tee.encoding.is_known());
}

#[test]
fn events_are_seen_when_they_come_also_through_gzip() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut tee = StreamTee::new(Some("gzip"));
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
