//! The golden cases, natively, and what they cannot show.

use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;

/// What the program gets for a message.
fn started(config: Value, message: &Message) -> Value {
    let mock = Mock::new().config(config).process().on("page").exit(0);
    Command::send(message).unwrap();
    mock.calls_of("process.spawn")[0].clone()
}

#[test]
fn every_golden_case_holds() {
    testing::run_notifier_cases::<Command>("cases");
}

#[test]
fn a_report_is_cut_to_what_a_kernel_takes() {
    let message = Message { title: "频".repeat(100_000), body: "a\0b".into(), ..Message::default() };
    let call = started(json!({ "program": "page", "args": ["{title}", "{body}"] }), &message);
    let arguments = &call["command"]["arguments"];
    assert!(arguments[0].as_str().unwrap().len() <= 64 * 1024);
    assert_eq!(arguments[1], "ab");
    let input: Value = serde_json::from_str(call["input"].as_str().unwrap()).unwrap();
    assert_eq!(input["title"].as_str(), Some(&*message.title), "on standard input it is whole");
}

#[test]
fn the_operators_variables_count_more() {
    let config = json!({ "program": "page", "env": { "PATCHBAY_MESSAGE": "mine" } });
    let call = started(config, &Message::default());
    let variables = json!([["OWNER_REPORT_MESSAGE", "\n\n"], ["PATCHBAY_MESSAGE", "mine"]]);
    assert_eq!(call["command"]["environment"], variables);
}

#[test]
fn the_first_line_with_words_is_the_receipt_and_is_cut() {
    let first = "x".repeat(1_000);
    let mock = Mock::new().config(json!({ "program": "page" }));
    let mock = mock.process().on("page").errors(["a warning"]).lines(["", "  ", &first, "other"]).exit(0);
    assert_eq!(Command::send(&Message::default()).unwrap().id, "x".repeat(200));
    assert!(mock.unused().is_empty());
}

#[test]
fn a_program_that_does_not_end_is_ended() {
    let child = json!({ "ok": { "child": { "exit": null } } });
    let mock = Mock::new().config(json!({ "program": "page" }));
    let mock = mock.answer(json!({ "call": "process.spawn" }), child);
    let error = Command::send(&Message::default()).unwrap_err();
    assert_eq!((&*error.code, error.retryable), ("timeout", true));
    assert_eq!(error.message, "page did not end within 60 s");
    assert_eq!(mock.calls_of("process.kill").len(), 1);
}
