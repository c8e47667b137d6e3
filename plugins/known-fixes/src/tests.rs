//! Which known fix is proposed, and which never again.

use patchbay_sdk::tasks::PastFix;
use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;

fn known(fix: u64, held: u32, failed: u32) -> Value {
    json!({
        "fix": fix, "title": format!("fix {fix}"), "reason": "it was slow", "held": held, "failed": failed,
        "actions": [{ "kind": "set-input", "patch": { "fix": fix } }, { "kind": "retry", "after_ms": 0 }],
        "checks": [{ "kind": "json-path", "path": "$.ok" }],
        "undo": [{ "kind": "set-input", "patch": { "fix": null } }],
    })
}

fn problem(known: &[Value]) -> Problem {
    let mut problem = Problem::default();
    for (number, fix) in (1..).zip(known) {
        problem.attributes.push(format!("known.{number}"), fix.to_string());
    }
    problem
}

fn past(outcome: &str, actions: &Value) -> PastFix {
    PastFix { outcome: outcome.into(), actions: actions.to_string(), ..PastFix::default() }
}

/// The number of the fix that is proposed.
fn proposed(known: &[Value], history: &[PastFix]) -> Option<u64> {
    let mock = history.iter().cloned().fold(Mock::new(), Mock::past_fix);
    let mock = mock.task(patchbay_sdk::tasks::Task::default());
    let plan = KnownFixes::propose(&problem(known)).unwrap();
    drop(mock);
    plan.map(|plan| plan.attributes.get("known-fix").unwrap().parse().unwrap())
}

/// As the host reads it.
fn taken(plan: &FixPlan) -> patchbay_tasks::Plan {
    let part = |kind: &str, arguments: &Value| patchbay_tasks::OfferedPart {
        kind: kind.to_owned(),
        arguments: arguments.to_string(),
    };
    let offered = patchbay_tasks::Offered {
        title: plan.title.clone(),
        reason: plan.reason.clone(),
        actions: plan.actions.iter().map(|action| part(&action.kind, &action.arguments)).collect(),
        checks: plan.checks.iter().map(|check| part(&check.kind, &check.arguments)).collect(),
        undo: plan.undo.iter().map(|action| part(&action.kind, &action.arguments)).collect(),
        confidence: plan.confidence,
    };
    patchbay_tasks::Plan::from_contract(&offered).unwrap()
}

#[test]
fn every_golden_case_holds() {
    testing::run_strategy_cases::<KnownFixes>("cases");
}

#[test]
fn the_best_rate_comes_first_and_among_equals_the_oldest() {
    assert_eq!(proposed(&[known(1, 1, 0), known(2, 9, 1)], &[]), Some(2), "2 of 3 and 10 of 12");
    assert_eq!(proposed(&[known(7, 2, 0), known(5, 2, 0), known(6, 2, 0)], &[]), Some(5));
    assert_eq!(proposed(&[known(1, 0, 2), known(2, 0, 0)], &[]), Some(2));
    assert_eq!(proposed(&[known(1, u32::MAX, u32::MAX), known(2, u32::MAX, 0)], &[]), Some(2));
}

#[test]
fn what_failed_is_never_proposed_again_however_it_is_written() {
    let (best, second) = (known(1, 9, 0), known(2, 1, 0));
    let both = [best.clone(), second];
    let flat = json!([{ "patch": { "fix": 1 }, "kind": "set-input" }, { "kind": "retry" }]);
    let contract = json!([
        { "kind": "set-input", "arguments": { "patch": { "fix": 1 } } },
        { "kind": "retry", "arguments": "{\"after_ms\":0}" },
    ]);
    for actions in [&best["actions"], &flat, &contract] {
        for outcome in ["failed", "undone", "rejected"] {
            assert_eq!(proposed(&both, &[past(outcome, actions)]), Some(2), "{outcome} {actions}");
        }
        for outcome in ["verified", "voided", "planned"] {
            assert_eq!(proposed(&both, &[past(outcome, actions)]), Some(1), "{outcome}");
        }
    }
}

#[test]
fn when_all_were_tried_in_vain_there_is_none() {
    let fixes: Vec<Value> = (1..5).map(|fix| known(fix, 1, 0)).collect();
    let mut history = Vec::new();
    for round in 1..5 {
        assert_eq!(proposed(&fixes, &history), Some(round));
        assert_eq!(proposed(&fixes, &history), Some(round), "the same again");
        history.push(past("failed", &fixes[usize::try_from(round).unwrap() - 1]["actions"]));
    }
    assert_eq!(proposed(&fixes, &history), None);
}

#[test]
fn what_the_host_wrote_is_a_plan_that_it_takes_and_the_same_one() {
    let _mock = Mock::new().task(patchbay_sdk::tasks::Task::default());
    let plan = KnownFixes::propose(&problem(&[known(3, 3, 0)])).unwrap().unwrap();
    let taken = taken(&plan);
    let (actions, wanted) = (json!(taken.actions), known(3, 3, 0)["actions"].clone());
    assert_eq!(actions, wanted);
    assert_eq!((taken.checks.len(), taken.undo.len()), (1, 1));
    assert!((plan.confidence - 0.8).abs() < 1e-9, "{}", plan.confidence);
}

#[test]
fn what_makes_no_sense_is_passed_over_and_told() {
    let mut problem = problem(&[json!({ "fix": 1 }), known(2, 0, 0)]);
    problem.attributes.push("known.x", "{");
    problem.attributes.push("known.3", "no JSON");
    let _mock = Mock::new().task(patchbay_sdk::tasks::Task::default());
    let plan = KnownFixes::propose(&problem).unwrap().unwrap();
    assert_eq!(plan.title, "fix 2");
    assert_eq!(testing::logs().len(), 2);
}
