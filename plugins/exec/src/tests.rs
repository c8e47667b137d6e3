//! The golden cases, natively, and what they cannot show.

use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;
use crate::tail::{TAIL_MAX, Tail};

fn run(input: Value) -> Outcome {
    let invocation = Invocation { input: input.to_string(), ..Invocation::default() };
    Exec::run(&invocation).unwrap()
}

/// The stream and the text of each line.
fn logged(mock: &Mock) -> Vec<[String; 2]> {
    let calls = mock.calls_of("job.log-lines").into_iter();
    calls
        .flat_map(|call| serde_json::from_value::<Vec<[String; 2]>>(call["lines"].clone()).unwrap())
        .collect()
}

#[test]
fn every_golden_case_holds() {
    testing::run_skill_cases::<Exec>("cases");
}

#[test]
fn every_line_is_in_the_log_as_it_came() {
    let mock = Mock::new().process().on("make").lines(["one", "two"]).errors(["three"]).exit(0);
    run(json!({ "program": "make" }));
    assert_eq!(logged(&mock), [["stdout", "one"], ["stdout", "two"], ["stderr", "three"]]);
}

#[test]
fn a_hundred_thousand_lines_are_all_logged_by_few_calls_and_the_last_are_the_output() {
    let lines: Vec<String> = (0..100_000).map(|number| format!("line {number}")).collect();
    let mock = Mock::new().process().on("chatty").lines(lines).exit(0);
    let outcome = run(json!({ "program": "chatty" }));
    assert_eq!(logged(&mock).len(), 100_000);
    assert!(mock.calls().len() < 250, "{} calls", mock.calls().len());
    let tail = outcome.output["stdout_tail"].as_str().unwrap();
    assert!(tail.len() <= TAIL_MAX && tail.ends_with("line 99998\nline 99999\n"), "{tail}");
}

#[test]
fn a_program_whose_time_is_up_is_ended() {
    let mock = Mock::new()
        .answer(json!({ "call": "process.spawn" }), json!({ "ok": { "child": { "exit": null } } }));
    let outcome = run(json!({ "program": "server", "timeout_s": 1 }));
    assert_eq!((&*outcome.status, &*outcome.code), ("failed", "timeout"));
    assert_eq!(outcome.summary, "server ended with signal 15, after its time was up");
    drop(mock);
}

#[test]
fn a_program_that_has_ended_is_not_cancelled_any_more() {
    let mock = Mock::new().process().on("quick").exit(0).cancel_after(0);
    assert_eq!(run(json!({ "program": "quick" })).status, "succeeded");
    assert!(mock.calls_of("process.kill").is_empty());
}

#[test]
fn the_input_schema_knows_every_field() {
    let skills = Exec::describe().unwrap();
    let fields: Vec<&String> = skills[0].input_schema["properties"].as_object().unwrap().keys().collect();
    let mut whole = json!({
        "program": "p", "args": [], "env": {}, "dir": "/", "stdin": "", "timeout_s": 1, "success_codes": [0],
    });
    assert_eq!(fields.len(), whole.as_object().unwrap().len());
    for field in fields {
        whole.as_object_mut().unwrap().remove(field).unwrap();
    }
}

#[test]
fn a_tail_keeps_whole_lines_and_the_end_of_a_long_one() {
    let mut tail = Tail::default();
    tail.push("first");
    tail.push(&format!("{}end", "频".repeat(TAIL_MAX)));
    let text = tail.text();
    assert!(text.len() <= TAIL_MAX && text.starts_with('频') && text.ends_with("频end\n"));
    tail.push("last");
    assert_eq!(tail.text(), "last\n", "the long one went whole");
}
