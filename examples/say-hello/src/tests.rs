//! What the cases cannot say: what is remembered, and what is not.

use patchbay_sdk::testing::{Mock, run_notifier_cases};

use super::*;

fn mock() -> Mock {
    Mock::new().config(json!({ "room": "ops" }))
}

#[test]
fn every_case_holds() {
    run_notifier_cases::<SayHello>("cases");
}

#[test]
fn messages_are_counted_over_calls() {
    let mock = mock().kv().with(COUNT, "6");
    let mock = mock.http().on("POST", URL).answer(201, r#"{ "id": "a" }"#);
    assert_eq!(SayHello::send(&Message::default()), Ok(Receipt::new("a")));
    assert_eq!(mock.kept(COUNT), Some(json!("7")));
}

#[test]
fn a_message_that_was_not_taken_is_not_counted() {
    let mock = mock().http().on("POST", URL).fail("timeout", "30 s");
    assert!(SayHello::send(&Message::default()).unwrap_err().retryable);
    assert_eq!(mock.kept(COUNT), None);
}

#[test]
fn the_secret_is_a_placeholder_here() {
    let mock = mock().http().on("POST", URL).answer(201, r#"{ "id": "a" }"#);
    SayHello::send(&Message::default()).unwrap();
    let sent = &mock.calls_of("http.send")[0]["request"]["headers"][0];
    assert_eq!(*sent, json!(["authorization", "Bearer {{secret:chat-token}}"]));
}
