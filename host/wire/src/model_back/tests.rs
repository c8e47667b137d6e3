//! The model's name in answers, however they are cut into pieces.

use super::*;

const STREAM: &str = concat!(
    "event: x\r\nid: \"model\":\"org/n\"\r\n",
    "data: {\"id\":\"ü\",\"model\":\"org/n\",\"choices\":[{\"model\":\"org/n\"}]}\r\n\r\n",
    "data:{\"model\" : \"org\\/n\"}\n\n",
    ": comment data: {\"model\":\"org/n\"}\n",
    "data: {\"response\":{\"model\":\"org/n\",\"usage\":null},\"type\":\"response.created\"}\n\n",
    "data: {\"response\":{\"model\":\"org/n\"},\"model\":\"org/n\"}\r\r",
    "data: {\"model\":\"org/n-2025\"}\n\n",
    "data: not JSON \"model\":\"org/n\"\n\n",
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
    "data: [\"org/n\",{\"model\":1}]\n\n",
    "data: [DONE]\n\ndata: {\"model\":\"m\"}",
);

fn pass<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut back = ModelBack::new("org/n", "m");
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&back.push(&Bytes::copy_from_slice(piece)));
    }
    out.extend_from_slice(&back.finish());
    out
}

#[test]
fn a_whole_body_gets_its_canonical_model_back() {
    let check = |body: &'static str, expect: &str| {
        assert_eq!(ModelBack::new("org/n", "m").whole(&Bytes::from_static(body.as_bytes())), expect);
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
    let mut back = ModelBack::new("org/n", "m");
    for text in ["data: {\"model\":\"other\"}\n\n", ": \"model\"\r\n\r\n", "data: [DONE]\n\n"] {
        let chunk = Bytes::from_static(text.as_bytes());
        let out = back.push(&chunk);
        assert_eq!((out.as_ptr(), out.len()), (chunk.as_ptr(), chunk.len()));
    }
}

#[test]
fn only_what_may_be_a_data_line_waits_for_its_end() {
    let mut back = ModelBack::new("org/n", "m");
    assert_eq!(back.push(&Bytes::from_static(b"event: hal")), "event: hal");
    assert_eq!(back.push(&Bytes::from_static(b"f\ndata: {\"mo")), "f\n");
    assert_eq!(back.push(&Bytes::from_static(b"del\":\"org/n\"}\n")), "data: {\"model\":\"m\"}\n");
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
