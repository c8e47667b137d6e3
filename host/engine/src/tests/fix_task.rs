//! The fix task: made, waited for over a restart, and given up.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store, StoreExt};
use patchbay_tasks::{FixState, Ladder, TaskType};
use patchbay_types::{ManualClock, Timestamp};
use serde_json::json;

use super::world::{Played, World, name};
use crate::EngineOptions;

fn at_once() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.fixes.ladder = Ladder { step_until: 0, analysis_until: 0, ..Ladder::default() };
    options.fixes.skill = Some("played".to_owned());
    options
}

fn store() -> Arc<dyn Store> {
    Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap())
}

async fn world(played: Played) -> World {
    World::over(store(), Arc::new(played), at_once()).await
}

async fn fail_outside(world: &World) {
    let check = json!({"kind": "json-path", "path": "$.ok"});
    let task = json!([{"name": "a", "skill": "played", "input": {"do": "outside"}, "checks": [check]}]);
    world.apply(task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_task_mends_the_root_cause_and_then_the_step_and_its_task_runs_again() {
    let world = world(Played::default()).await;
    fail_outside(&world).await;
    assert_eq!(world.until("a", &["succeeded", "needs-human"]).await.state, "succeeded");
    let fix = world.until_fix(FixState::Verified).await;
    assert_eq!((fix.provenance.step.as_str(), fix.results.len()), ("fix-task", 3));
    let order = ["SUB-FIX-a-001-001", "SUB-FIX-a-001-002", "FIX-a-001"];
    let mut ended = Vec::new();
    for task in order {
        let view = world.until(task, &["succeeded"]).await;
        assert_eq!(view.task.definition.kind, TaskType::Fix);
        assert_eq!(view.task.definition.labels["mends"], "a");
        assert_eq!(view.task.definition.input["cause"], "the setting is wrong");
        ended.push(world.engine.attempts(&name(task)).await.unwrap()[0].ended);
    }
    assert!(ended.is_sorted(), "{ended:?}");
    assert_eq!((world.runs("a"), world.runs("SUB-FIX-a-001-002")), (2, 1));
    // Its names are used up: it is no known fix.
    assert!(world.engine.known_fixes(&fix.fix.problem).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_fix_task_that_failed_a_person_is_asked_once() {
    let played = Played::default();
    played.fix_tasks_fail.store(true, Ordering::SeqCst);
    let world = world(played).await;
    fail_outside(&world).await;
    world.until("a", &["needs-human"]).await;
    let fixes = world.engine.fixes(None).await.unwrap();
    assert_eq!((fixes.len(), fixes[0].fix.state), (1, FixState::Failed));
    assert_eq!(world.until("SUB-FIX-a-001-001", &["dead"]).await.task.tally.failures, 1);
    for left in ["FIX-a-001", "SUB-FIX-a-001-002"] {
        world.until(left, &["voided"]).await;
    }
    assert_eq!(world.engine.problems(true).await.unwrap().len(), 1, "a fix got a problem of its own");
    let reports = world.store.last_reports(100).await.unwrap();
    assert_eq!(reports.len(), 1, "{reports:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_killed_while_a_fix_task_runs_goes_on_waiting_for_it() {
    let (store, played) = (store(), Arc::new(Played::default()));
    played.fix_tasks_hang.store(true, Ordering::SeqCst);
    let world = World::over(store.clone(), played.clone(), at_once()).await;
    fail_outside(&world).await;
    world.until("a", &["fixing"]).await;
    world.until("SUB-FIX-a-001-001", &["running"]).await;
    // It says nothing more.
    world.engine.inner.stop.cancel();
    let next = World::over(store, played.clone(), at_once()).await;
    played.fix_tasks_hang.store(false, Ordering::SeqCst);
    next.until("a", &["succeeded"]).await;
    let fixes = next.engine.fixes(None).await.unwrap();
    assert_eq!((fixes.len(), next.runs("SUB-FIX-a-001-002")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_a_problem_ends_its_fix_task() {
    let played = Played::default();
    played.fix_tasks_hang.store(true, Ordering::SeqCst);
    let world = world(played).await;
    fail_outside(&world).await;
    world.until("a", &["fixing"]).await;
    world.until("SUB-FIX-a-001-001", &["running"]).await;
    world.played.mended.store(true, Ordering::SeqCst);
    let problem = world.until_fix(FixState::Applying).await.fix.problem;
    world.engine.close_problem(&problem).await.unwrap();
    world.until("a", &["succeeded"]).await;
    for task in ["FIX-a-001", "SUB-FIX-a-001-001", "SUB-FIX-a-001-002"] {
        world.until(task, &["voided"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_task_that_never_ends_is_given_up_after_the_time_for_a_problem() {
    let played = Played::default();
    played.fix_tasks_hang.store(true, Ordering::SeqCst);
    let clock = ManualClock::at(Timestamp(1_700_000_000_000));
    let world = World::at(store(), Arc::new(played), at_once(), Arc::new(clock.clone())).await.unwrap();
    fail_outside(&world).await;
    world.until("a", &["fixing"]).await;
    clock.advance(Duration::from_secs(2 * 3_600 + 1));
    world.look_again().await;
    world.until("FIX-a-001", &["voided"]).await;
    world.until("a", &["needs-human"]).await;
}
