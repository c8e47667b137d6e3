//! What is restarted, and how often.

use patchbay_sdk::tasks::{PastFix, Task};
use patchbay_sdk::testing::{self, Mock};
use serde_json::Value;

use super::*;

fn stuck(class: &str) -> Problem {
    let attributes = [("kind", "stuck"), ("code", "stuck")].into();
    Problem { class: class.into(), attributes, ..Problem::default() }
}

fn past(outcome: &str, actions: Value) -> PastFix {
    PastFix { outcome: outcome.into(), actions: actions.to_string(), ..PastFix::default() }
}

fn restarted(outcome: &str, after_ms: u64) -> PastFix {
    past(outcome, json!([{ "kind": "kill", "task": null }, { "kind": "retry", "after_ms": after_ms }]))
}

/// How long the plan waits before the new run.
fn wait(config: Value, problem: &Problem, history: &[PastFix]) -> Option<u64> {
    let mock = history.iter().cloned().fold(Mock::new(), Mock::past_fix);
    let _mock = mock.task(Task::default()).config(config);
    let plan = RestartStuck::propose(problem).unwrap()?;
    let kinds: Vec<&str> = plan.actions.iter().map(|action| action.kind.as_str()).collect();
    assert_eq!(kinds, ["kill", "retry"]);
    for action in &plan.actions {
        patchbay_tasks::Action::from_parts(&action.kind, &action.arguments.to_string()).unwrap();
    }
    plan.actions[1].arguments["after_ms"].as_u64()
}

#[test]
fn every_golden_case_holds() {
    testing::run_strategy_cases::<RestartStuck>("cases");
}

#[test]
fn after_two_restarts_in_vain_there_is_none() {
    let mut history = Vec::new();
    for expected in [Some(0), Some(1000), None] {
        assert_eq!(wait(json!({}), &stuck("stuck"), &history), expected);
        assert_eq!(wait(json!({}), &stuck("stuck"), &history), expected, "the same again");
        history.push(restarted("failed", expected.unwrap_or(0)));
    }
}

#[test]
fn restarts_that_helped_and_other_plans_do_not_count() {
    let history = [
        restarted("verified", 0),
        restarted("verified", 0),
        past("failed", json!([{ "kind": "kill" }])),
        past("failed", json!([{ "kind": "retry" }, { "kind": "kill" }])),
        past("failed", json!("?")),
        restarted("undone", 0),
    ];
    assert_eq!(wait(json!({}), &stuck("stuck"), &history), Some(1000));
}

#[test]
fn only_what_is_stuck_is_restarted() {
    for kind in ["logical", "transient"] {
        let problem = Problem { attributes: [("kind", kind)].into(), ..stuck("stuck") };
        assert_eq!(wait(json!({}), &problem, &[]), None);
    }
    assert_eq!(wait(json!({}), &Problem::default(), &[]), None);
}

#[test]
fn the_first_class_that_fits_has_its_own_numbers() {
    let config = || {
        json!({
            "wait_ms": 5,
            "classes": [
                { "class": "loop-*", "restarts_max": 0 },
                { "class": "silent", "restarts_max": 1, "wait_ms": 9000 },
                { "class": "*", "restarts_max": 3 },
            ],
        })
    };
    assert_eq!(wait(config(), &stuck("loop-abab"), &[]), None);
    assert_eq!(wait(config(), &stuck("silent"), &[]), Some(9000));
    assert_eq!(wait(config(), &stuck("silent"), &[restarted("failed", 9000)]), None);
    let three = [restarted("failed", 5), restarted("failed", 1005)];
    assert_eq!(wait(config(), &stuck("other"), &three), Some(2005));
}
