//! What is proposed for a step that failed, and what is said of bad rules.

mod asked;
mod hiding;
mod ruled;

use patchbay_sdk::tasks::{PastFix, Task};
use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;

/// One failure of the task `TC-FLOW_001` at the step `open_page`.
fn problem() -> Problem {
    let attributes = [
        ("task", "TC-FLOW_001"),
        ("skill", "browse"),
        ("step", "step-fix"),
        ("kind", "logical"),
        ("code", "exit:1"),
        ("message", "step open_page\nno such host: db.example"),
        ("failing-step", "open_page"),
    ];
    Problem {
        class: "dns".into(),
        cause: "a name".into(),
        attributes: attributes.into(),
        ..Problem::default()
    }
}

fn task() -> Task {
    Task {
        name: "TC-FLOW_001".into(),
        input: json!({ "url": "https://a.example" }).to_string(),
        ..Task::default()
    }
}

fn failed(actions: &Value) -> PastFix {
    PastFix { outcome: "failed".into(), actions: actions.to_string(), ..PastFix::default() }
}

fn propose(config: Value, problem: &Problem, history: &[PastFix]) -> Result<Option<FixPlan>, PluginError> {
    let mock = history.iter().cloned().fold(Mock::new(), Mock::past_fix);
    let _mock = mock.task(task()).config(config);
    StepFix::propose(problem)
}

/// The plan's actions, as the host writes them down, once it has taken the plan.
fn taken(plan: &FixPlan) -> Value {
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
    json!(patchbay_tasks::Plan::from_contract(&offered).unwrap().actions)
}

#[test]
fn every_golden_case_holds() {
    testing::run_strategy_cases::<StepFix>("cases");
}

#[test]
fn with_nothing_set_nothing_is_asked() {
    let mock = Mock::new();
    assert_eq!(StepFix::propose(&problem()), Ok(None));
    assert!(mock.calls().is_empty());
}
