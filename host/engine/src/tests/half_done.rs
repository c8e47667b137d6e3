//! Fixes that end in the midst: what was done is in their rows, can be taken back, and holds nothing up.

mod amid;
mod counts;

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{Class, FixState, Offered, OfferedPart};
use serde_json::{Value, json};

use super::counted::Counted;
use super::world::{Played, World, operator, plan};
use crate::row::problem_key;
use crate::{EngineOptions, FixRecord, ProblemRecord};

/// With `lamp.on` as a key that fixes may set.
async fn world_over(store: Arc<dyn Store>, plans: Vec<Offered>) -> World {
    let played = Played::default();
    *played.proposals.lock().unwrap() = plans;
    let mut options = EngineOptions::default();
    options.fixes.gate.config_keys = vec!["lamp.on".to_owned()];
    options.fixes.gate.approve_above = Class::Config;
    World::over(store, Arc::new(played), options).await
}

async fn world(plans: Vec<Offered>) -> World {
    world_over(Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap()), plans).await
}

fn part(kind: &str, arguments: &Value) -> OfferedPart {
    OfferedPart { kind: kind.to_owned(), arguments: arguments.to_string() }
}

fn offered(actions: Vec<OfferedPart>) -> Offered {
    Offered { actions, ..plan(json!({})) }
}

fn light() -> OfferedPart {
    part("set-config", &json!({"key": "lamp.on", "value": true}))
}

fn right() -> Offered {
    plan(json!({"setting": "right"}))
}

/// The task goes on in an hour.
fn later() -> Offered {
    offered(vec![part("retry", &json!({"after_ms": 3_600_000}))])
}

fn task(name: &str, input: Value) -> Value {
    json!([{"name": name, "skill": "played", "input": input, "checks": [{"kind": "json-path", "path": "$.ok"}]}])
}

fn wrong() -> Value {
    json!({"do": "need", "setting": "wrong"})
}

async fn problem_of(world: &World, fix: &FixRecord) -> ProblemRecord {
    let row = world.engine.inner.read::<ProblemRecord>(&problem_key(&fix.fix.problem)).await;
    row.unwrap().unwrap().record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_its_problem_and_what_is_known_of_it_are_undone_by_one_commit() {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let counted = Arc::new(Counted::over(store));
    let world = world_over(counted.clone(), vec![right()]).await;
    world.apply(task("a", wrong())).await;
    let fix = world.until_fix(FixState::Verified).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (before, _) = (counted.commits(), counted.written());
    world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap();
    assert_eq!(counted.commits() - before, 1);
    let written = counted.written();
    assert_eq!(written.keys().copied().collect::<Vec<_>>(), ["fixes", "known_fixes", "problems"]);
    assert!(world.engine.known_fixes(&fix.fix.problem).await.unwrap()[0].retired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_whose_open_fix_has_ended_is_released_also_after_a_start() {
    for ended in [FixState::Undone, FixState::Voided, FixState::Failed] {
        let world = world(vec![later(), right()]).await;
        world.apply(task("a", wrong())).await;
        world.until("a", &["backoff"]).await;
        world.apply(task("b", wrong())).await;
        world.until("b", &["diagnosing"]).await;
        let fix = world.until_fix(FixState::Applied).await;
        world.engine.close().await;
        let end = |record: &mut FixRecord| record.fix.state = ended;
        let inner = &world.engine.inner;
        inner.change_fix(&fix, FixState::Applied, patchbay_store::Batch::new(), end).await.unwrap();
        assert_eq!(problem_of(&world, &fix).await.problem.open_fix, Some(fix.fix.id));
        let next = world.again(world.played.clone()).await;
        next.until("b", &["succeeded"]).await;
        let problem = problem_of(&next, &fix).await.problem;
        assert_eq!(problem.tried.iter().filter(|tried| tried.fix == fix.fix.id).count(), 1, "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_nothing_was_done_of_cannot_be_taken_back() {
    let off = part("set-config", &json!({"key": "lamp.on", "value": false}));
    let world =
        world(vec![Offered { undo: vec![off], ..offered(vec![part("run-skill", &json!({"skill": "s"}))]) }])
            .await;
    let mut options = EngineOptions::default();
    options.fixes.gate.config_keys = vec!["lamp.on".to_owned()];
    options.fixes.closed_until = Arc::new(|now| Some(now + Duration::from_secs(3_600)));
    world.engine.configure(options);
    world.apply(task("a", wrong())).await;
    let fix = world.until_fix(FixState::Planned).await;
    world.engine.reject_fix(fix.fix.id, "no").await.unwrap();
    let refused = world.engine.undo_fix(fix.fix.id, &operator()).await;
    assert!(matches!(refused, Err(crate::EngineError::FixNotNow { .. })), "{refused:?}");
    assert!(world.played.acted.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_that_is_closed_while_somebody_thinks_gets_no_plan() {
    let world = world(vec![right()]).await;
    world.played.think_ms.store(300, std::sync::atomic::Ordering::SeqCst);
    world.apply(task("a", json!({"do": "outside"}))).await;
    world.until("a", &["diagnosing"]).await;
    while world.played.told.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    world.played.mended.store(true, std::sync::atomic::Ordering::SeqCst);
    let problem = world.engine.problems(true).await.unwrap()[0].problem.fingerprint.clone();
    world.engine.close_problem(&problem).await.unwrap();
    world.until("a", &["succeeded"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.engine.fixes(None).await.unwrap().is_empty());
    assert_eq!(world.engine.problems(false).await.unwrap()[0].problem.open_fix, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_a_problem_that_was_closed_before_a_kill_is_told_after_it() {
    let world = world(Vec::new()).await;
    world.apply(task("a", json!({"do": "outside"}))).await;
    world.until("a", &["needs-human"]).await;
    world.engine.close().await;
    world.played.mended.store(true, std::sync::atomic::Ordering::SeqCst);
    let problem = world.engine.problems(true).await.unwrap()[0].problem.fingerprint.clone();
    let inner = &world.engine.inner;
    let close = |record: &mut ProblemRecord| {
        record.problem.close(record.problem.last);
    };
    inner.change_problem(&problem, patchbay_store::Batch::new(), close).await.unwrap();
    let next = world.again(world.played.clone()).await;
    next.until("a", &["succeeded"]).await;
}
