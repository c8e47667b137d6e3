//! The person at the played engine, who says the same after each start until it was heard. It must not know what was
//! said before.

use std::fs;
use std::path::Path;
use std::time::Duration;

use patchbay_engine::Engine;
use patchbay_tasks::{Action, Actor, Fingerprint, FixState, TaskName, What};
use serde_json::{Map, json};

use super::load;

const LOOK: Duration = Duration::from_millis(10);

/// Goes on until it is dropped. What is refused is said again, if it is wanted still.
pub(crate) async fn attend(engine: &Engine, folder: &Path) {
    loop {
        for (task, _) in load::EXPECTED {
            let Ok(view) = engine.show(&name(task)).await else { continue };
            attend_to(engine, folder, task, view.state).await;
        }
        attend_to_fixes(engine, folder).await;
        tokio::time::sleep(LOOK).await;
    }
}

async fn attend_to(engine: &Engine, folder: &Path, task: &str, state: &str) {
    let reason = || "a person said so".to_owned();
    let what = match (task, state) {
        ("cancelled", "running") | ("left-alone", "fix-planned") => What::Cancelled { reason: reason() },
        ("paused", "running") => What::Paused { reason: reason() },
        ("paused", "paused") => What::Resumed,
        ("not-now", "ready") => return engine.look_again(),
        ("edited", "ready") => {
            let _ = engine.apply(vec![load::edited()], false, &actor()).await;
            return;
        }
        ("escalated", "needs-human") => {
            let fields = Map::from_iter([("setting".to_owned(), json!("right"))]);
            let _ = engine.answer(&name(task), &actor(), fields, None).await;
            return;
        }
        ("merged", "needs-human") => return merge_problem(engine, task, "unknown").await,
        ("unknown", "needs-human") => {
            let (whole, part) = (problem_of(engine, task).await, problem_of(engine, "merged").await);
            if whole.is_none() || whole != part {
                return;
            }
            let _ = fs::write(folder.join("mended"), "");
            return close_problem(engine, task).await;
        }
        ("closed-amid", "needs-human") => {
            let _ = fs::write(folder.join("closed"), "");
            return close_problem(engine, task).await;
        }
        _ => return,
    };
    let _ = engine.command(&name(task), None, &actor(), what).await;
}

async fn problem_of(engine: &Engine, task: &str) -> Option<Fingerprint> {
    engine.show(&name(task)).await.ok()?.task.state.problem().cloned()
}

async fn close_problem(engine: &Engine, task: &str) {
    if let Some(problem) = problem_of(engine, task).await {
        let _ = engine.close_problem(&problem).await;
    }
}

/// Once they are one, whoever waits for it still is told again that it is over, if it is.
async fn merge_problem(engine: &Engine, task: &str, into: &str) {
    let (part, whole) = (problem_of(engine, task).await, problem_of(engine, into).await);
    match (part, whole) {
        (Some(part), Some(whole)) if part != whole => {
            let _ = engine.merge_problems(&part, &whole, &actor()).await;
        }
        (Some(_), None) => close_problem(engine, task).await,
        _ => {}
    }
}

async fn attend_to_fixes(engine: &Engine, folder: &Path) {
    for record in engine.fixes(None).await.unwrap_or_default() {
        let id = record.fix.id;
        let task = record.provenance.task.as_ref().map_or("", TaskName::as_str);
        let waits = matches!(record.fix.plan.actions.as_slice(), [Action::Retry { .. }]);
        match (task, record.fix.state) {
            ("approved", FixState::WaitsForApproval) => drop(engine.approve_fix(id, &actor()).await),
            ("undone", FixState::Verified) => drop(engine.undo_fix(id, &actor()).await),
            ("taken-back", FixState::Applied) if waits => drop(engine.undo_fix(id, &actor()).await),
            ("closed-amid", FixState::Applying | FixState::Applied) => {
                let _ = fs::write(folder.join("closed"), "");
                let _ = engine.close_problem(&record.fix.problem).await;
            }
            _ => {}
        }
    }
}

pub(crate) fn actor() -> Actor {
    Actor::Operator("played".to_owned())
}

pub(crate) fn name(text: &str) -> TaskName {
    text.parse().expect("the load has good names")
}
