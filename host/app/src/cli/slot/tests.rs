//! Slots in words.

use serde_json::{Value, json};

use super::*;

/// A generation of `slot` as the API shows it.
pub fn generation(slot: &str, number: u64, state: &str) -> Value {
    json!({
        "id": format!("{slot}/{number}"), "number": number, "digest": format!("sha256:{}", "ab".repeat(32)),
        "name": "hook", "version": "1.0.0", "contract": "0.2.0", "state": state, "origin": "load", "reason": null,
        "created": 0, "in_flight": 0, "calls": 7, "refused": 1, "traps": 1, "timeouts": 0, "invalid": 0, "busy": 1,
        "p50_us": 12.5, "p99_us": 80.0, "grants": ["http h.example", "secret token"], "signed_by": "release",
        "effects": {"ended": 5, "failed": 1, "p50_ms": 20.0, "p99_ms": 90.0, "cost_nano_usd": 1_500_000},
    })
}

pub fn trial(candidate: &str, mode: Value) -> Value {
    json!({
        "candidate": candidate, "mode": mode, "since": 0, "calls": 10, "agree": 7, "differ": 1, "diverged": 1,
        "failed": 1, "missed": 2,
    })
}

fn slot(name: &str, trial: Value) -> SlotRow {
    let active = format!("{name}/2");
    let row = json!({"slot": name, "active": active, "trial": trial, "generations": [generation(name, 2, "active")]});
    serde_json::from_value(row).unwrap()
}

#[test]
fn a_slot_says_its_kind_what_it_may_who_signed_it_and_how_its_trial_goes() {
    let shadow = trial("notifiers/ops/3", json!({"shadow": {"sample": 0.5}}));
    let text = shown(slot("notifiers/ops", shadow));
    for words in [
        "kind       notifiers\n",
        "in charge  notifiers/ops/2 hook@1.0.0\n",
        "signed by  release\n",
        "may        http h.example\nmay        secret token\n",
        "notifiers/ops/3 hears 50 % of the calls: 10 calls, 7 agree, 1 differ, 1 diverged, 1 failed, 2 missed",
        "abababababab",
    ] {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
    let canary = trial("routing/3", json!({"canary": {"percent": 5.0}}));
    let list = slots(vec![slot("routing", canary)]);
    assert!(
        list.contains("routing/3 decides for 5 %") && list.contains("http h.example, secret token"),
        "{list}"
    );
}

#[test]
fn a_slot_that_is_not_loaded_yet_says_so_and_why_it_could_not_be() {
    let row =
        json!({"slot": "skills/exec", "active": null, "loaded": false, "not_loaded_because": "no room"});
    let waits: SlotRow = serde_json::from_value(row).unwrap();
    let text = shown(waits);
    for words in ["in charge      not loaded yet", "does not load  no room", "when the first task needs it"] {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
    let row = json!({
        "slot": "skills/exec", "active": null, "loaded": false,
        "expected": {"generation": "skills/exec/2", "digest": "sha256:ab"},
        "generations": [generation("skills/exec", 2, "not-loaded")],
    });
    let text = shown(serde_json::from_value(row).unwrap());
    assert!(text.contains("skills/exec/2 hook@1.0.0, not loaded yet"), "{text}");
}

#[test]
fn an_empty_slot_says_who_answers_instead() {
    let empty = |name: &str| SlotRow { active: None, generations: Vec::new(), ..slot(name, Value::Null) };
    let list = slots(vec![empty("routing"), empty("notifiers/ops")]);
    assert!(list.contains("the native policy") && list.contains("nobody"), "{list}");
    let text = shown(empty("notifiers/ops"));
    assert!(text.contains("patchbay plugin load FILE.wasm --slot notifiers/ops"), "{text}");
}
