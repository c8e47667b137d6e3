//! The golden cases, natively, and what they cannot show.

use std::time::Duration;

use patchbay_sdk::testing::{self, Mock};
use serde_json::json;

use super::*;

const URL: &str = "https://hooks.example.com/in";

fn answered(status: u16, body: &str) -> Result<Receipt, SendError> {
    let mock = Mock::new().config(json!({ "url": URL })).http().on("POST", URL).answer(status, body);
    let sent = Webhook::send(&Message::default());
    assert!(mock.unused().is_empty());
    sent
}

#[test]
fn every_golden_case_holds() {
    testing::run_notifier_cases::<Webhook>("cases");
}

#[test]
fn each_status_is_a_receipt_or_worth_another_try_or_not() {
    for status in [200, 201, 202, 204, 299] {
        assert!(answered(status, "").is_ok(), "{status}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        assert!(answered(status, "").unwrap_err().retryable, "{status}");
    }
    for status in [101, 300, 302, 304, 400, 401, 403, 404, 410, 413, 422, 600] {
        assert!(!answered(status, "").unwrap_err().retryable, "{status}");
    }
}

#[test]
fn an_id_is_a_text_or_a_number_and_is_cut() {
    let id = |body: &str| answered(200, body).unwrap().id;
    assert_eq!(id(r#"{"id":"abc"}"#), "abc");
    assert_eq!(id(r#"{"id":7}"#), "7");
    assert_eq!(id(r#"{"id":null}"#), "");
    assert_eq!(id(r#"["id"]"#), "");
    assert_eq!(id(&json!({ "id": "频".repeat(1_000) }).to_string()), "频".repeat(200));
}

#[test]
fn what_a_receiver_says_is_quoted_and_cut() {
    let error = answered(400, &format!("\u{1b}[31m{}", "x".repeat(1_000))).unwrap_err();
    assert!(error.message.starts_with(r#"the receiver answered 400: "\u{1b}[31mxxx"#), "{}", error.message);
    assert!(error.message.len() < 300);
}

#[test]
fn a_pause_is_at_most_a_day_and_never_negative() {
    let asked = |retry_after: &str| {
        let mock = Mock::new().config(json!({ "url": URL })).http().on("POST", URL);
        let date = "Tue, 14 Nov 2023 22:13:20 GMT";
        let mock = mock.header("retry-after", retry_after).header("date", date).answer(429, "");
        let error = Webhook::send(&Message::default()).unwrap_err();
        drop(mock);
        error.retry_after_ms.map(Duration::from_millis)
    };
    assert_eq!(asked("0"), Some(Duration::ZERO));
    assert_eq!(asked("99999999"), Some(Duration::from_secs(86_400)));
    assert_eq!(asked("Tue, 14 Nov 2023 22:13:10 GMT"), Some(Duration::ZERO));
    assert_eq!(asked("soon"), None);
}
