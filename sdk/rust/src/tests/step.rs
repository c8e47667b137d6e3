//! Steps of plans in both of their forms, past fixes, and the moment of a message.

use serde_json::{Value, json};

use crate::tasks::PastFix;
use crate::{FixPlan, Message, step};

fn past(outcome: &str, actions: &str) -> PastFix {
    PastFix { outcome: outcome.into(), actions: actions.into(), ..PastFix::default() }
}

#[test]
fn a_step_is_the_same_in_either_form_and_with_or_without_its_defaults() {
    let same = [
        json!({ "kind": "retry" }),
        json!({ "kind": "retry", "after_ms": 0 }),
        json!({ "kind": "retry", "arguments": {} }),
        json!({ "kind": "retry", "arguments": { "after_ms": 0 } }),
        json!({ "kind": "retry", "arguments": "{\"after_ms\": 0}" }),
    ];
    for written in same {
        assert_eq!(step::plain(&[written]), [json!({ "kind": "retry" })]);
    }
    let defaults = json!({ "kind": "x", "grants": {}, "severity": "info", "model": null, "text": "" });
    assert_eq!(step::plain(&[defaults]), [json!({ "kind": "x", "text": "" })]);
}

#[test]
fn what_is_no_step_stays_as_it_is() {
    for odd in [json!(1), json!({ "arguments": {} }), json!({ "kind": "x", "arguments": "{" })] {
        assert_eq!(step::flat(&odd), odd);
    }
}

#[test]
fn flat_steps_become_a_plan_if_each_has_a_kind() {
    let retry = json!({ "kind": "retry", "after_ms": 5 });
    let plan = FixPlan::new("t", "r").steps(&[retry], &[json!({ "kind": "human" })], &[]).unwrap();
    assert_eq!((&*plan.actions[0].kind, &plan.actions[0].arguments), ("retry", &json!({ "after_ms": 5 })));
    assert_eq!((&*plan.checks[0].kind, plan.undo.len()), ("human", 0));
    for odd in [json!({ "after_ms": 5 }), json!({ "kind": 1 }), json!("retry")] {
        assert_eq!(FixPlan::new("t", "r").steps(&[], &[odd], &[]), None);
    }
}

#[test]
fn a_past_fix_has_failed_or_may_still_help() {
    for outcome in ["failed", "undone", "rejected"] {
        assert!(past(outcome, "[]").has_failed(), "{outcome}");
    }
    for outcome in ["verified", "voided", "planned", "applied"] {
        assert!(!past(outcome, "[]").has_failed(), "{outcome}");
    }
}

#[test]
fn the_steps_of_a_past_fix_are_flat_and_none_if_they_cannot_be_read() {
    let fix = past("failed", r#"[{"kind": "kill", "task": null}, {"kind": "retry", "arguments": "{}"}]"#);
    assert_eq!(fix.steps(), [json!({ "kind": "kill", "task": null }), json!({ "kind": "retry" })]);
    assert_eq!(past("failed", "?").steps(), Vec::<Value>::new());
}

#[test]
fn moments_are_written_as_people_read_them() {
    let table = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (1_700_000_000_999, "2023-11-14T22:13:20Z"),
        (1_709_251_199_000, "2024-02-29T23:59:59Z"),
        (4_102_444_800_000, "2100-01-01T00:00:00Z"),
    ];
    for (at_ms, expected) in table {
        assert_eq!(Message { at_ms, ..Message::default() }.at(), expected);
    }
    let last = Message { at_ms: u64::MAX, ..Message::default() };
    assert!(last.at().ends_with('Z'), "whatever it is, it is no panic");
}

#[test]
fn a_message_as_json_has_its_moment_and_its_attributes_by_name() {
    let message =
        Message { title: "hello".into(), attributes: [("slot", "routing")].into(), ..Message::default() };
    let expected = json!({
        "id": "message-1", "severity": "info", "subject": "", "title": "hello", "body": "",
        "at": "1970-01-01T00:00:00Z", "attributes": { "slot": "routing" },
    });
    assert_eq!(message.json(), expected);
}
