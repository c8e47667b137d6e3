//! How tasks are asked for and put into words.

use patchbay_admin::api::{LogView, TaskRow, TaskTree, TaskView};
use serde_json::{Value, json};

use super::*;

fn row(name: &str, state: &str) -> Value {
    json!({"id": 1, "name": name, "title": "Log in", "state": state, "verified": null, "type": "regular",
           "priority": "P1", "parent": null, "level": 1, "skill": "exec", "labels": {"env": "dev"}, "attempts": 2,
           "failures": 1, "created": 0, "changed": 1000, "rev": 5})
}

fn view() -> TaskView {
    let ask = json!({"why": "breaker", "text": "five plans did not help", "problem": "fp_v1:1"});
    let attempt = json!({"number": 2, "fence": 9, "plugin": null, "began": 0, "ended": 1500, "outcome": "exit:1",
        "message": "no such\nsetting", "tokens": 0, "cost_nano_usd": 0, "lines": 1});
    serde_json::from_value(json!({
        "state": "needs-human", "verified": null, "name": "a", "skill": "exec", "input": {"program": "make"},
        "checks": [{"kind": "human", "question": "Is it well?"}],
        "id": 1, "rev": 5, "level": 1, "root": "a", "created": 0, "changed": 1000, "attempts": 2, "failures": 2,
        "tally": {}, "stands": {"name": "needs-human", "ask": ask},
        "why": {"code": "breaker", "text": "no more fixes are tried: five plans did not help", "until": null},
        "notes": [], "lease": null, "children": 0, "last_attempts": [attempt], "last_attempt": null,
        "problem": null, "fix": null,
    }))
    .unwrap()
}

#[test]
fn a_task_is_one_line_and_success_without_a_check_is_told_apart() {
    let mut done = row("a", "succeeded");
    done["verified"] = json!(false);
    let tasks: Vec<TaskRow> = serde_json::from_value(json!([done, row("b", "running")])).unwrap();
    let text = words::list(tasks);
    assert!(text.contains("a     succeeded (unverified)  regular  P1        exec"), "{text}");
    assert!(text.contains("env=dev  Log in"), "{text}");
    assert!(words::list(Vec::new()).contains("no tasks"));
}

#[test]
fn one_screen_says_where_a_task_stands_and_what_is_asked() {
    let line = json!({"number": 1, "at": 0, "stream": "stderr", "text": "no such setting"});
    let log = json!({"attempt": 2, "state": "needs-human", "over": true, "lines": [line]});
    let log: LogView = serde_json::from_value(log).unwrap();
    let text = words::one(&view(), Some(&log));
    for expected in [
        "state     needs-human\n",
        "why       no more fixes are tried: five plans did not help\n",
        "asked     five plans did not help\n",
        "input     {\"program\":\"make\"}\n",
        "attempts  2 of 20, 2 failed\n",
        "2  1970-01-01T00:00:00Z  1.5 s  exit:1        0  0.00 USD  no such setting",
        "log of attempt 2\n  ! no such setting",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in\n{text}");
    }
}

#[test]
fn children_stand_below_their_parents() {
    let (mut root, mut child) = (row("root", "pending"), row("child", "ready"));
    (root["depth"], child["depth"]) = (json!(0), json!(1));
    let tree: TaskTree = serde_json::from_value(json!({"tasks": [root, child], "cut": true})).unwrap();
    let text = words::tree(&tree);
    assert!(text.contains("\nroot     pending") && text.contains("\n  child  ready"), "{text}");
    assert!(text.ends_with("(there are more)"), "{text}");
}

#[test]
fn what_happened_is_one_line_each() {
    let event = json!({"task": 1, "seq": 2, "at": 0, "by": "operator:cli", "cause": "paused", "reason": "later",
        "from": "ready", "to": {"name": "paused", "before": {"name": "ready"}, "reason": "later"}, "fence": 0,
        "tally": {}});
    let events: Vec<Event> = serde_json::from_value(json!([event])).unwrap();
    assert!(words::history(&events).contains("operator:cli  paused  paused  later"));
}

#[test]
fn a_value_is_json_if_it_can_be_read_so() {
    let check = |text: &str, value: Value| assert_eq!(say::field(text).unwrap().1, value, "{text}");
    check("a=3", json!(3));
    check("a=true", json!(true));
    check("a=three", json!("three"));
    check("a=[1,2]", json!([1, 2]));
    check("a=x=y", json!("x=y"));
    check("a=", json!(""));
    assert!(say::field("a").is_err() && say::field("=1").is_err());
}
