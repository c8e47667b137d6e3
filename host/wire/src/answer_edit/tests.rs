//! Answers that are edited, however they are cut into pieces.

use super::*;
use crate::sse::LINE_MAX;

const STREAM: &str = concat!(
    "event: x\r\nid: \"model\":\"org/n\"\r\n",
    "data: {\"id\":\"ü\",\"model\":\"org/n\",\"choices\":[{\"model\":\"org/n\"}]}\r\n\r\n",
    "data:{\"model\" : \"org\\/n\"}\n\n",
    ": comment data: {\"model\":\"org/n\"}\n",
    "data: {\"response\":{\"model\":\"org/n\",\"usage\":null},\"type\":\"response.created\"}\n\n",
    "data: {\"response\":{\"model\":\"org/n\"},\"model\":\"org/n\"}\r\r",
    "data: {\"model\":\"org/n-2025\"}\n\n",
    "data: not JSON \"model\":\"org/n\"\n\n",
    "data: {\"message\":{\"model\":\"org/n\"},\"x\":{\"model\":\"org/n\"}}\n\n",
    "data: [\"org/n\",{\"model\":1}]\n\n",
    "data: [DONE]\n\ndata: {\"model\":\"org/n\"}",
);

const EXPECT: &str = concat!(
    "event: x\r\nid: \"model\":\"org/n\"\r\n",
    "data: {\"id\":\"ü\",\"model\":\"m\",\"choices\":[{\"model\":\"org/n\"}]}\r\n\r\n",
    "data:{\"model\" : \"m\"}\n\n",
    ": comment data: {\"model\":\"org/n\"}\n",
    "data: {\"response\":{\"model\":\"m\",\"usage\":null},\"type\":\"response.created\"}\n\n",
    "data: {\"response\":{\"model\":\"m\"},\"model\":\"m\"}\r\r",
    "data: {\"model\":\"org/n-2025\"}\n\n",
    "data: not JSON \"model\":\"org/n\"\n\n",
    "data: {\"message\":{\"model\":\"m\"},\"x\":{\"model\":\"org/n\"}}\n\n",
    "data: [\"org/n\",{\"model\":1}]\n\n",
    "data: [DONE]\n\ndata: {\"model\":\"m\"}",
);

fn model_edit() -> AnswerEdit {
    AnswerEdit::new(Some(("org/n", "m")), false).unwrap()
}

fn pass<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    pass_by(model_edit(), pieces)
}

fn pass_by<'a>(mut edit: AnswerEdit, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&edit.push(&Bytes::copy_from_slice(piece)));
    }
    out.extend_from_slice(&edit.finish());
    out
}

#[test]
fn a_whole_body_gets_its_canonical_model_back() {
    let check = |body: &'static str, expect: &str| {
        assert_eq!(model_edit().whole(&Bytes::from_static(body.as_bytes())), expect);
    };
    check(r#"{"id":1, "model": "org/n"}"#, r#"{"id":1, "model": "m"}"#);
    check(r#"{"object":"response","model":"org/n","x":1.0}"#, r#"{"object":"response","model":"m","x":1.0}"#);
    check(r#"{"model":"other"}"#, r#"{"model":"other"}"#);
    check(r#"{"model":null,"response":"x"}"#, r#"{"model":null,"response":"x"}"#);
    check("not JSON \"model\"", "not JSON \"model\"");
    check("", "");
}

#[test]
fn a_stream_comes_out_the_same_wherever_it_is_split() {
    assert_eq!(String::from_utf8(pass([STREAM.as_bytes()])).unwrap(), EXPECT);
    for at in 0..=STREAM.len() {
        let (head, tail) = STREAM.as_bytes().split_at(at);
        assert_eq!(pass([head, tail]), EXPECT.as_bytes(), "split at {at}");
    }
    assert_eq!(pass(STREAM.as_bytes().chunks(1)), EXPECT.as_bytes());
}

#[test]
fn complete_lines_without_the_native_id_are_not_even_copied() {
    let mut edit = model_edit();
    for text in ["data: {\"model\":\"other\"}\n\n", ": \"model\"\r\n\r\n", "data: [DONE]\n\n"] {
        let chunk = Bytes::from_static(text.as_bytes());
        let out = edit.push(&chunk);
        assert_eq!((out.as_ptr(), out.len()), (chunk.as_ptr(), chunk.len()));
    }
}

#[test]
fn only_what_may_be_a_data_line_waits_for_its_end() {
    let mut edit = model_edit();
    assert_eq!(edit.push(&Bytes::from_static(b"event: hal")), "event: hal");
    assert_eq!(edit.push(&Bytes::from_static(b"f\ndata: {\"mo")), "f\n");
    assert_eq!(edit.push(&Bytes::from_static(b"del\":\"org/n\"}\n")), "data: {\"model\":\"m\"}\n");
}

#[test]
fn a_line_that_is_too_long_passes_unchanged_and_the_next_is_read_again() {
    let long = format!("data: {{\"model\":\"org/n\",\"x\":\"{}\"}}\n", "y".repeat(LINE_MAX));
    let stream = format!("{long}data: {{\"model\":\"org/n\"}}\n");
    let expect = format!("{long}data: {{\"model\":\"m\"}}\n");
    for size in [1, 1000, LINE_MAX, LINE_MAX + 1, stream.len()] {
        assert!(pass(stream.as_bytes().chunks(size)) == expect.as_bytes(), "in pieces of {size}");
    }
}

const USAGE: &str = r#"{"model":"org/n","choices":[],"usage":{"prompt_tokens":1}}"#;

fn strip_edit(model: bool) -> AnswerEdit {
    AnswerEdit::new(model.then_some(("org/n", "m")), true).unwrap()
}

/// Strips the stream with each line end, cut in every way; `USAGE` stands for the chunk.
fn check_stripped(stream: &str, expect: &str) {
    for end in ["\n", "\r\n", "\r"] {
        let stream = stream.replace("USAGE", USAGE).replace('\n', end);
        let expect = expect.replace("USAGE", USAGE).replace('\n', end);
        let stripped = |pieces: Vec<&[u8]>| String::from_utf8(pass_by(strip_edit(false), pieces)).unwrap();
        assert_eq!(stripped(vec![stream.as_bytes()]), expect, "{stream:?}");
        for at in 0..=stream.len() {
            let (head, tail) = stream.as_bytes().split_at(at);
            assert_eq!(stripped(vec![head, tail]), expect, "{stream:?} split at {at}");
        }
        assert_eq!(stripped(stream.as_bytes().chunks(1).collect()), expect, "{stream:?} in single bytes");
    }
}

#[test]
fn there_is_no_edit_where_nothing_is_to_be_done() {
    assert!(AnswerEdit::new(None, false).is_none());
    assert!(AnswerEdit::new(Some(("m", "m")), false).is_none());
    assert!(AnswerEdit::new(Some(("m", "m")), true).is_some());
    let body = Bytes::from_static(b"{\"choices\":[],\"usage\":{},\"model\":\"org/n\"}");
    assert_eq!(strip_edit(false).whole(&body).as_ptr(), body.as_ptr());
}

#[test]
fn the_usage_chunk_goes_with_its_other_lines_and_its_end() {
    check_stripped("data: {}\n\ndata: USAGE\n\ndata: [DONE]\n\n", "data: {}\n\ndata: [DONE]\n\n");
    check_stripped("event: x\nid: 7\ndata:USAGE\nretry: 5\n\ndata: [DONE]\n\n", "data: [DONE]\n\n");
    check_stripped("data: USAGE\n\n", "");
    check_stripped("data: USAGE\n: late\n\ndata: 1\n\n", "data: 1\n\n");
    check_stripped(": early\n\n: ping\ndata: USAGE\n\n: x\n", ": early\n\n: ping\n: x\n");
    check_stripped("data: 1\n\ndata: USAGE", "data: 1\n\n");
    check_stripped("data: 1\n\ndata: USAGE\n", "data: 1\n\n");
}

#[test]
fn nothing_but_the_usage_chunk_is_taken_out() {
    for stream in [
        "data: {\"choices\":[{\"index\":0}],\"usage\":{}}\n\n",
        "data: {\"choices\":[],\"usage\":null}\n\nevent: x\n\n\n\ndata\n\nid: 1",
        "data: USAGE\ndata: USAGE\n\ndata: 1\ndata: USAGE\n\n",
        "data: not JSON USAGE\n\n: USAGE\n",
        "data: {\"choices\":[],\"usage\":{\"a\":1}\n\n",
    ] {
        check_stripped(stream, stream);
    }
}

#[test]
fn the_rest_of_an_event_whose_beginning_is_out_stays_an_event() {
    check_stripped("event: x\n: ping\ndata: USAGE\n\ndata: 1\n\n", "event: x\n: ping\n\ndata: 1\n\n");
}

#[test]
fn a_comment_and_data_of_another_kind_go_out_at_once() {
    let mut edit = strip_edit(false);
    for text in
        [": ping", " pong\n", "\n", "data: {\"choices\":[{}]}\n", "id: 7", "\n\n", "data: x\n\n: y\r\n"]
    {
        let chunk = Bytes::from_static(text.as_bytes());
        let out = edit.push(&chunk);
        assert_eq!((out.as_ptr(), out.len()), (chunk.as_ptr(), chunk.len()), "{text:?}");
    }
}

#[test]
fn both_edits_are_made_in_one_stream() {
    let stream = format!(
        "data: {{\"model\":\"org/n\",\"choices\":[{{}}]}}\n\ndata: {USAGE}\ndata: x\n\ndata: {USAGE}\n\n"
    );
    let expect = concat!(
        "data: {\"model\":\"m\",\"choices\":[{}]}\n\n",
        "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\ndata: x\n\n",
    );
    for size in 1..stream.len() {
        assert_eq!(
            pass_by(strip_edit(true), stream.as_bytes().chunks(size)),
            expect.as_bytes(),
            "in pieces of {size}"
        );
    }
}

#[test]
fn an_event_too_long_to_be_held_goes_out() {
    let ids = "id: 1234567\n".repeat(LINE_MAX / 12 + 1);
    for stream in [format!("{ids}data: {USAGE}\n\n"), format!("data: {USAGE}\n{ids}\n")] {
        let stream = format!("{stream}data: {USAGE}\n\ndata: 1\n\n");
        let expect = stream.replace(&format!("\n\ndata: {USAGE}\n\ndata: 1"), "\n\ndata: 1");
        assert!(expect.len() < stream.len());
        let renamed = expect.replace("org/n", "m");
        for size in [1, 1000, LINE_MAX, stream.len()] {
            let chunks = || stream.as_bytes().chunks(size);
            assert!(pass_by(strip_edit(false), chunks()) == expect.as_bytes(), "in pieces of {size}");
            assert!(pass_by(strip_edit(true), chunks()) == renamed.as_bytes(), "in pieces of {size}");
        }
    }
}
