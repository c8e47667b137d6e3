//! Whatever bytes come, nothing panics, and nothing depends on how a stream is cut into pieces.

use bytes::Bytes;
use fastrand::Rng;
use patchbay_wire::{
    AnswerEdit, BodyTee, CallHead, Dialect, Guess, Opened, Opening, StreamTee, Usage, to_provider,
};

const INPUTS: usize = 10_000;
const MUTATIONS_MAX: usize = 6;

const STREAMS: [(Dialect, &str); 3] = [
    (
        Dialect::OpenAi,
        concat!(
            ": ping\r\n\r\nevent: x\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}],\"model\":\"n\"}\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\"},\"finish_reason\":\"stop\"}]}\r\r",
            "id: 1\r\ndata: {\"choices\":[],\"model\":\"n\",\"usage\":{\"prompt_tokens\":9,\"total_tokens\":11}}\r\n\r\n",
            "data: {\"error\":{\"message\":\"m\",\"code\":429}}\n\ndata: [DONE]\n\n",
        ),
    ),
    (
        Dialect::Responses,
        concat!(
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"model\":\"n\",\"usage\":null}}\n\n",
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"ab\"}\n\n",
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"},",
            "\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n",
        ),
    ),
    (
        Dialect::Anthropic,
        concat!(
            "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"n\",\"usage\":{\"input_tokens\":5}}}\r\n\r\n",
            "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"abc\"}}\n\n",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end\"},\"usage\":{\"output_tokens\":2}}\n\n",
        ),
    ),
];

const BODIES: [&str; 4] = [
    r#"{"model":"m","stream":true,"stream_options":{"include_usage":false},"user":"u","max_tokens":7}"#,
    r#"{"stream_options":null,"metadata":{"user_id":"u"},"stream":true,"model":"m","messages":[{"content":"x"}]}"#,
    r#"{"model":"\u006d","stream":true,"stream_options":{"a":[{}]},"max_completion_tokens":1}"#,
    r#"{"id":"x","model":"n","response":{"model":"n"},"usage":{"prompt_tokens":3,"completion_tokens":1.0}}"#,
];

const FORM: &str = concat!(
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\u{1}\u{2}\r\n--XX\r\n",
    "Content-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--XX--\r\n",
);

/// Pieces that break more than single bytes do.
const SCRAPS: [&str; 16] = [
    "\n",
    "\r",
    "\r\n\r\n",
    "data: ",
    "event: error\n",
    ":",
    "\"",
    "\\",
    "{",
    "[]",
    "}",
    "null",
    "--XX",
    "\u{fc}",
    "\"usage\":{\"prompt_tokens\":1}",
    "\"model\":\"n\",",
];

fn mutated(rng: &mut Rng, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.usize(0..=MUTATIONS_MAX) {
        let at = rng.usize(0..=bytes.len());
        let end = rng.usize(at..=bytes.len().min(at + 12));
        match rng.u8(0..4) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            2 => drop(bytes.splice(at..end, rng.choice(SCRAPS).expect("there are some").bytes())),
            _ => bytes[at..end].fill(rng.u8(..)),
        }
    }
    bytes
}

fn pieces<'a>(rng: &mut Rng, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let most = *rng.choice(&[1, 3, 20, 200]).expect("there are some");
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(rng.usize(0..=most.min(bytes.len())));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn edited(edit: (bool, bool), pieces: &[&[u8]]) -> Vec<u8> {
    let Some(mut edit) = AnswerEdit::new(edit.0.then_some(("n", "name")), edit.1) else {
        return pieces.concat();
    };
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&edit.push(&Bytes::copy_from_slice(piece)));
    }
    out.extend_from_slice(&edit.finish());
    out
}

fn opened(dialect: Dialect, pieces: &[&[u8]]) -> Opened {
    let mut opening = Opening::new(dialect, None);
    for piece in pieces {
        opening.push(piece);
    }
    opening.finish()
}

/// All that can be asked of it.
type Seen = (Option<Usage>, Usage, Option<String>, u64, [bool; 5]);

fn seen(dialect: Dialect, pieces: &[&[u8]]) -> Seen {
    let mut tee = StreamTee::new(dialect, None);
    pieces.iter().for_each(|piece| tee.push(piece));
    let is_between = tee.is_between_events();
    tee.finish();
    let flags = [tee.is_done(), tee.is_finished(), is_between, tee.is_between_events(), tee.ended_whole()];
    (tee.usage(), tee.usage_or_estimate(100), tee.error().map(str::to_owned), tee.output_bytes(), flags)
}

fn check_stream(rng: &mut Rng, dialect: Dialect, bytes: &[u8]) {
    let (whole, cut) = ([bytes], pieces(rng, bytes));
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(opened(dialect, &whole), opened(dialect, &cut), "{shown:?}");
    assert_eq!(seen(dialect, &whole), seen(dialect, &cut), "{shown:?}");
    let edit = *rng.choice(&[(true, false), (false, true), (true, true)]).expect("there are some");
    let out = edited(edit, &whole);
    assert_eq!(out, edited(edit, &cut), "{shown:?}");
    assert!(edit != (false, true) || is_within(&out, bytes), "{shown:?}");
}

/// Whether `part` is `whole` with something taken out.
fn is_within(part: &[u8], whole: &[u8]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|byte| rest.any(|other| other == byte))
}

fn check_call(bytes: Vec<u8>) {
    let body = Bytes::from(bytes);
    let Ok(head) = CallHead::read(&body) else { return };
    let sent = to_provider(&body, &head, "org/\"native\"", true);
    let again = CallHead::read(&sent).expect("what is sent is a call");
    assert_eq!((again.model.as_str(), again.stream), ("org/\"native\"", head.stream));
    assert_eq!((again.max_tokens, again.user), (head.max_tokens, head.user));
    assert!(head.include_usage.is_none() || !head.stream || again.include_usage == Some(true), "{sent:?}");
}

fn check_guess(content_type: Option<&str>, bytes: Vec<u8>) {
    let body = Bytes::from(bytes);
    let guess = Guess::of(content_type, &body);
    let sent = Guess::of(content_type, &guess.to_provider(&body, "native"));
    assert_eq!(sent.model.as_deref(), guess.model.as_ref().map(|_| "native"), "{body:?}");
    assert_eq!(sent.stream, guess.stream);
}

fn check_packed(rng: &mut Rng, bytes: &[u8]) {
    for encoding in ["gzip", "deflate", "br"] {
        let mut stream = StreamTee::new(Dialect::OpenAi, Some(encoding));
        let mut body = BodyTee::new(Some(encoding));
        let mut opening = Opening::new(Dialect::OpenAi, Some(encoding));
        for piece in pieces(rng, bytes) {
            stream.push(piece);
            body.push(piece);
            opening.push(piece);
        }
        stream.finish();
        opening.finish();
        let _ = body.finish();
    }
}

#[test]
fn mutated_streams_are_read_and_edited_the_same_wherever_they_are_split() {
    let mut rng = Rng::with_seed(4);
    for _ in 0..INPUTS / 2 {
        let (dialect, text) = *rng.choice(&STREAMS).unwrap();
        let bytes = mutated(&mut rng, text);
        check_stream(&mut rng, dialect, &bytes);
    }
}

#[test]
fn mutated_bodies_never_panic_and_what_is_sent_is_what_was_admitted() {
    let mut rng = Rng::with_seed(5);
    for _ in 0..INPUTS / 4 {
        let text = rng.choice(BODIES).unwrap();
        let bytes = mutated(&mut rng, text);
        let _ = Usage::in_json(&bytes);
        let edit = AnswerEdit::new(Some(("n", "name")), false).unwrap();
        let _ = edit.whole(&Bytes::copy_from_slice(&bytes));
        check_call(bytes.clone());
        check_guess(Some("application/json"), bytes);
        check_guess(Some("multipart/form-data; boundary=XX"), mutated(&mut rng, FORM));
    }
}

#[test]
fn packed_bytes_of_any_kind_are_survived() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..INPUTS / 10 {
        let length = rng.usize(0..200);
        let mut bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
        if rng.bool() {
            let head: &[u8] = rng.choice(&[&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], b"\x78\x9c"]).unwrap();
            bytes.splice(..0, head.iter().copied());
        }
        check_packed(&mut rng, &bytes);
    }
}
