//! How long is waited, how often, and for what.

use patchbay_sdk::tasks::{PastFix, Task};
use patchbay_sdk::testing::{self, Mock};
use serde_json::Value;

use super::*;

fn problem(tried: u32, attributes: &[(&str, &str)]) -> Problem {
    let mut problem = Problem { fixes_tried: tried, class: "timeout".into(), ..Problem::default() };
    attributes.iter().for_each(|(name, value)| problem.attributes.push(*name, *value));
    problem
}

fn waited(actions: Value) -> PastFix {
    PastFix { outcome: "failed".into(), actions: actions.to_string(), ..PastFix::default() }
}

fn propose(config: Value, problem: &Problem, history: &[PastFix]) -> Option<FixPlan> {
    let mock = history.iter().cloned().fold(Mock::new(), Mock::past_fix);
    let _mock = mock.task(Task::default()).config(config);
    RetryBackoff::propose(problem).unwrap()
}

/// How long the plan's retry waits.
fn wait(config: Value, problem: &Problem, history: &[PastFix]) -> Option<u64> {
    let plan = propose(config, problem, history)?;
    plan.actions.last().and_then(|retry| retry.arguments["after_ms"].as_u64())
}

const TRANSIENT: &[(&str, &str)] = &[("kind", "transient")];

#[test]
fn every_golden_case_holds() {
    testing::run_strategy_cases::<RetryBackoff>("cases");
}

#[test]
fn each_fix_that_was_tried_doubles_the_wait_up_to_the_longest() {
    let config = || json!({ "first_wait_ms": 1000, "wait_ms_max": 5000 });
    let waits: Vec<_> = (0..5).map(|tried| wait(config(), &problem(tried, TRANSIENT), &[])).collect();
    assert_eq!(waits, [1000, 2000, 4000, 5000, 5000].map(Some));
    assert_eq!(wait(config(), &problem(u32::MAX, TRANSIENT), &[]), Some(5000));
}

#[test]
fn what_the_other_side_asks_for_is_the_least() {
    let asked = |ms| problem(0, &[("kind", "transient"), ("retry-after-ms", ms)]);
    assert_eq!(wait(json!({}), &asked("90000"), &[]), Some(90_000));
    assert_eq!(wait(json!({ "wait_ms_max": 1 }), &asked("90000"), &[]), Some(90_000));
    assert_eq!(wait(json!({}), &asked("10"), &[]), Some(60_000));
    assert_eq!(wait(json!({}), &asked("soon"), &[]), Some(60_000));
    assert_eq!(wait(json!({}), &asked("86400001"), &[]), None);
}

#[test]
fn only_waits_count_and_after_so_many_there_is_none() {
    let other = waited(json!([{ "kind": "set-input", "patch": {} }, { "kind": "retry" }]));
    let one = waited(json!([{ "kind": "retry", "after_ms": 60_000 }]));
    let cooled =
        waited(json!([{ "kind": "cool-provider", "provider": "a", "for_ms": 1 }, { "kind": "retry" }]));
    let broken = PastFix { actions: "?".into(), ..PastFix::default() };
    let past = |history: &[&PastFix]| {
        let history: Vec<PastFix> = history.iter().map(|fix| (*fix).clone()).collect();
        wait(json!({ "tries_max": 2 }), &problem(0, TRANSIENT), &history)
    };
    assert_eq!(past(&[&other, &broken, &other]), Some(60_000));
    assert_eq!(past(&[&cooled, &other]), Some(60_000));
    assert_eq!(past(&[&one, &cooled]), None);
    assert_eq!(wait(json!({ "tries_max": 0 }), &problem(0, TRANSIENT), &[]), None);
}

#[test]
fn a_wait_that_was_tried_is_another_one() {
    let history = [1000, 2000].map(|ms| waited(json!([{ "kind": "retry", "after_ms": ms }])));
    let config = json!({ "first_wait_ms": 1000, "wait_ms_max": 1000 });
    assert_eq!(wait(config, &problem(2, TRANSIENT), &history), Some(3000));
}

#[test]
fn other_failures_are_tried_again_only_if_their_class_is_listed() {
    let config = || json!({ "classes": ["time*", "http:4??"] });
    let logical = |code| problem(0, &[("kind", "logical"), ("code", code)]);
    assert!(propose(json!({}), &logical("exit:1"), &[]).is_none());
    assert!(propose(config(), &logical("exit:1"), &[]).is_some(), "by its class");
    let by_code = Problem { class: "refused".into(), ..logical("http:409") };
    assert!(propose(config(), &by_code, &[]).is_some());
    assert!(propose(config(), &Problem { class: "refused".into(), ..logical("exit:1") }, &[]).is_none());
    assert!(propose(config(), &problem(0, &[("kind", "stuck")]), &[]).is_none());
}

#[test]
fn a_provider_in_trouble_is_left_alone_if_the_operator_says_so() {
    let target = r#"{"kind":"provider","provider":"acme"}"#;
    let kinds = |cool: bool, code: &str, target: &str| {
        let problem = problem(0, &[("kind", "transient"), ("code", code), ("target", target)]);
        let plan = propose(json!({ "cool_provider": cool }), &problem, &[]).unwrap();
        taken(&plan);
        plan.actions.len()
    };
    for code in ["429", "http:429", "http:503", "500"] {
        assert_eq!(kinds(true, code, target), 2, "{code}");
    }
    assert_eq!(kinds(false, "429", target), 1);
    for code in ["http:404", "exit:1", "timeout"] {
        assert_eq!(kinds(true, code, target), 1, "{code}");
    }
    assert_eq!(kinds(true, "429", r#"{"kind":"agent","agent":"a"}"#), 1);
    assert_eq!(kinds(true, "429", "?"), 1);
}

/// As the host reads it.
fn taken(plan: &FixPlan) -> patchbay_tasks::Plan {
    let part = |action: &patchbay_sdk::Action| patchbay_tasks::OfferedPart {
        kind: action.kind.clone(),
        arguments: action.arguments.to_string(),
    };
    let offered = patchbay_tasks::Offered {
        title: plan.title.clone(),
        reason: plan.reason.clone(),
        actions: plan.actions.iter().map(part).collect(),
        confidence: plan.confidence,
        ..patchbay_tasks::Offered::default()
    };
    patchbay_tasks::Plan::from_contract(&offered).unwrap()
}
