//! Recorded calls in words, and one to use elsewhere.

use patchbay_runtime::FailureClass;
use patchbay_types::{Digest, SlotKind};
use serde_json::{Value, json};

use super::*;

/// A call of a routing policy that ranked `order`.
pub fn recorded(call: &str, order: &[u32]) -> Recorded {
    let value = json!({
        "call": call, "at": 1_700_000_000_000_u64, "generation": "routing/2",
        "digest": Digest::of(b"component"), "plugin": "steady@1.0.0", "config": "{}", "grants": {},
        "start": {"seed": 1, "now_nanos": 2}, "input": input(), "tape": {"exchanges": []},
        "answer": {"output": {"decision": decision(order)}}, "took_us": 12,
    });
    serde_json::from_value(value).unwrap()
}

fn input() -> Input {
    let candidates =
        json!([{"provider": "alpha"}, {"provider": "beta", "available": false, "health": "cooling"}]);
    Input::read(SlotKind::Routing, json!({"candidates": candidates})).unwrap()
}

fn decision(order: &[u32]) -> Value {
    json!({"order": order, "reason": "because\n", "otherwise": null})
}

fn said(order: &[u32]) -> Answer {
    serde_json::from_value(json!({"output": {"decision": decision(order)}})).unwrap()
}

#[test]
fn a_decision_is_shown_by_the_names_of_its_candidates() {
    assert!(answer(&said(&[1, 0]), &input()).starts_with("beta, alpha  {\"decision\""));
    assert!(answer(&said(&[7]), &input()).starts_with("?  "));
    assert!(answer(&said(&[]), &input()).starts_with("nobody  "));
    let asked = question(&input());
    assert!(asked.ends_with("0 alpha (healthy), 1 beta (cooling, not available)"), "{asked}");
}

#[test]
fn a_difference_shows_what_was_asked_and_both_answers() {
    let verdict = Verdict::Differ { fields: vec!["order".to_owned()] };
    let found = Difference { recorded: recorded("req_1#1", &[0]), verdict, candidate: said(&[1]) };
    let text = difference(&found);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("req_1#1  2023-11-14T22:13:20Z  differ: order"), "{text}");
    assert!(lines[1].starts_with("  asked      rank for model"), "{text}");
    assert!(lines[2].starts_with("  routing/2: alpha  {"), "{text}");
    assert!(lines[3].starts_with("  candidate: beta  {"), "{text}");
}

#[test]
fn what_a_plugin_says_is_cut_and_stays_on_its_line() {
    let message = format!("\u{1b}[2J\n{}", "x".repeat(5_000));
    let failed = Answer::Failed { class: FailureClass::Trap, message, code: String::new() };
    let text = answer(&failed, &input());
    assert!(text.chars().count() <= SHOWN_CHARACTERS_MAX + 1 && !text.contains(['\u{1b}', '\n']), "{text}");
}
