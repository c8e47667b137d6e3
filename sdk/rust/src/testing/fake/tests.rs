//! Answers by what was given, and by what is real.

use super::*;

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap()
}

#[test]
fn the_first_unused_answer_that_fits_is_taken_once() {
    let mut host = FakeHost::new();
    let get =
        |url: &str| json!({ "call": "http.send", "request": { "method": "GET", "url": url }, "body": "" });
    host.give(
        json!({ "call": "http.send", "request": { "url": "https://b" } }),
        json!({ "ok": { "response": {} } }),
    );
    host.give(json!({ "call": "http.send" }), json!({ "error": { "code": "timeout" } }));
    assert_eq!(code(&host.answer(&get("https://a"))), "timeout");
    assert_eq!(host.unused().len(), 1);
    assert_eq!(host.answer(&get("https://b"))["ok"]["response"]["response"]["status"], 200);
    assert_eq!(code(&host.answer(&get("https://b"))), "not-mocked");
    assert!(host.unused().is_empty());
    assert_eq!(host.calls().len(), 3);
}

#[test]
fn a_call_without_an_answer_is_named() {
    let answer = FakeHost::new().answer(&json!({ "call": "llm.complete" }));
    assert!(answer["error"]["message"].as_str().unwrap().contains("llm.complete"));
}

#[test]
fn a_child_says_its_lines_and_ends() {
    let mut host = FakeHost::new();
    let child = json!({ "lines": ["a", { "stream": "stderr", "text": "b" }], "exit": { "code": 3 } });
    host.give(json!({ "call": "process.spawn" }), json!({ "ok": { "child": child } }));
    assert_eq!(
        host.answer(&json!({ "call": "process.spawn", "command": {} })),
        json!({ "ok": { "child": 1 } })
    );
    let wait = json!({ "call": "process.wait", "child": 1, "wait_ms": 0 });
    assert_eq!(host.answer(&wait)["ok"]["exit"], Value::Null);
    let lines = host.answer(&json!({ "call": "process.lines", "child": 1, "count": 9, "wait_ms": 0 }));
    assert_eq!(lines["ok"]["lines"][1]["text"], "b");
    assert_eq!(host.answer(&wait)["ok"]["exit"]["code"], 3);
}

#[test]
fn a_run_is_cancelled_when_it_was_asked_often_enough() {
    let mut host = FakeHost::new();
    let mut cancelled = || host.answer(&json!({ "call": "job.cancelled" }))["ok"]["flag"] == true;
    assert!(!cancelled() && !cancelled());
    host.cancel_after(1);
    let mut cancelled = || host.answer(&json!({ "call": "job.cancelled" }))["ok"]["flag"] == true;
    assert!(!cancelled() && cancelled());
}
