//! Answers as collectors give them, and what is made of them.

use http::{HeaderValue, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;

use super::*;

fn answered(
    status: u16,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Result<Accepted, DeliveryError> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let (head, ()) = response.body(()).unwrap().into_parts();
    let mut secret = HeaderValue::from_static("Bearer hunter2");
    secret.set_sensitive(true);
    let sent = HeaderMap::from_iter([(http::header::AUTHORIZATION, secret)]);
    read(&Uri::from_static("http://127.0.0.1:4318/v1/traces"), &head, body.as_ref(), &sent)
}

fn partial(rejected_spans: i64, words: &str) -> Accepted {
    let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message: words.to_owned() });
    answered(200, &[], ExportTraceServiceResponse { partial_success }.encode_to_vec()).unwrap()
}

fn asked(headers: &[(&str, &str)]) -> Option<Duration> {
    answered(429, headers, "").unwrap_err().asked()
}

#[test]
fn a_good_status_is_enough() {
    for body in ["", "{}", "<html>", "\u{1}\u{2}"] {
        let accepted = answered(200, &[], body).unwrap();
        assert_eq!((accepted.rejected, accepted.complaint), (0, None), "{body:?}");
    }
}

#[test]
fn spans_that_were_not_taken_are_told_with_the_collectors_words() {
    let accepted = partial(3, "too old");
    assert_eq!(accepted.rejected, 3);
    assert!(accepted.complaint.unwrap().contains("too old"));
    assert_eq!(partial(-1, "").rejected, 0);
    assert!(partial(0, "").complaint.is_none());
    assert!(partial(0, "a warning").complaint.is_some());
}

#[test]
fn only_what_may_pass_is_tried_again() {
    for (status, again) in [(429, true), (502, true), (503, true), (504, true), (400, false), (500, false)] {
        assert_eq!(answered(status, &[], "").unwrap_err().may_pass(), again, "{status}");
    }
}

#[test]
fn a_pause_is_seconds_or_a_date_by_the_collectors_clock() {
    let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
    assert_eq!(asked(&[]), None);
    assert_eq!(asked(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
    assert_eq!(asked(&[("retry-after", "86400")]), Some(PAUSE_MAX));
    assert_eq!(asked(&[("retry-after", "soon")]), None);
    let at = |at| asked(&[date, ("retry-after", at)]);
    assert_eq!(at("Sat, 21 Nov 2026 10:00:09 GMT"), Some(Duration::from_secs(9)));
    assert_eq!(at("Sat, 21 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(asked(&[("retry-after", date.1)]), None);
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let plain = ("content-type", "text/plain; charset=utf-8");
    let error = answered(401, &[plain], "who\r\nare you?").unwrap_err().to_string();
    let expected =
        "http://127.0.0.1:4318/v1/traces answered 401 Unauthorized (who  are you?); check the headers";
    assert!(error.starts_with(expected), "{error}");
    let protobuf = ("content-type", "application/x-protobuf");
    let message = RpcStatus { message: "bad span".to_owned() }.encode_to_vec();
    assert!(answered(400, &[protobuf], message).unwrap_err().to_string().contains("(bad span)"));
    assert!(!answered(400, &[("content-type", "text/html")], "<p>").unwrap_err().to_string().contains('('));
}

#[test]
fn a_collector_that_repeats_a_secret_does_not_make_it_public() {
    let plain = ("content-type", "text/plain");
    for words in ["unknown: Bearer hunter2", "unknown key hunter2!"] {
        let error = answered(403, &[plain], words).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_collectors_words_have_a_bound() {
    let error = answered(500, &[("content-type", "text/plain")], "é".repeat(10_000)).unwrap_err();
    assert_eq!(error.to_string().matches('é').count(), WORDS_MAX);
}
