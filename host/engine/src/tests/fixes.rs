//! Two at one fix at the same time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_store::{Batch, CommitError, RedbOptions, RedbStore, Store};
use patchbay_tasks::{FixState, Offered, OfferedPart};
use serde_json::{Value, json};

use super::world::{Played, World, operator, plan};
use crate::{EngineError, EngineOptions, FixRecord};

async fn world(proposal: Offered) -> World {
    let played = Played::default();
    *played.proposals.lock().unwrap() = vec![proposal];
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let mut options = EngineOptions::default();
    options.fixes.gate.config_keys = vec!["lamp.on".to_owned()];
    World::over(store, Arc::new(played), options).await
}

fn wrong() -> Value {
    json!([{"name": "a", "skill": "played", "input": {"do": "need", "setting": "wrong"}}])
}

fn part(kind: &str, arguments: &Value) -> OfferedPart {
    OfferedPart { kind: kind.to_owned(), arguments: arguments.to_string() }
}

/// The task goes on in an hour.
fn later(undo: Vec<OfferedPart>) -> Offered {
    Offered { actions: vec![part("retry", &json!({"after_ms": 3_600_000}))], undo, ..plan(json!({})) }
}

async fn applied(world: &World) -> FixRecord {
    world.apply(wrong()).await;
    world.until("a", &["backoff"]).await;
    world.until_fix(FixState::Applied).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_to_a_fix_that_was_begun_meanwhile_changes_nothing() {
    let world = world(later(Vec::new())).await;
    let now = applied(&world).await;
    let mut seen = now.clone();
    seen.fix.state = FixState::Planned;
    seen.results = Vec::new();
    let late = world.engine.inner.fail_fix(&seen, "a person said no").await;
    assert!(matches!(late, Err(EngineError::Commit(CommitError::Conflict { .. }))), "{late:?}");
    assert_eq!(world.until_fix(FixState::Applied).await, now);
    let refused = world.engine.reject_fix(now.fix.id, "no").await;
    assert!(matches!(refused, Err(EngineError::FixNotNow { .. })), "{refused:?}");
}

fn lamp_off() -> Vec<OfferedPart> {
    vec![part("set-config", &json!({"key": "lamp.on", "value": false}))]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_take_a_fix_back_at_once_take_it_back_once() {
    let world = world(later(lamp_off())).await;
    let fix = applied(&world).await;
    world.played.act_ms.store(50, Ordering::SeqCst);
    let by = operator();
    let undo = || world.engine.undo_fix(fix.fix.id, &by);
    let (first, second) = tokio::join!(undo(), undo());
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert_eq!(world.played.acted.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_that_is_judged_while_it_is_taken_back_is_undone() {
    let world = world(later(lamp_off())).await;
    let fix = applied(&world).await;
    world.played.act_ms.store(200, Ordering::SeqCst);
    let by = operator();
    let judged = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let set = |record: &mut FixRecord| record.fix.state = FixState::Verified;
        world.engine.inner.change_fix(&fix, FixState::Applied, Batch::new(), set).await
    };
    let (undone, judged) = tokio::join!(world.engine.undo_fix(fix.fix.id, &by), judged);
    assert_eq!(judged.unwrap().fix.state, FixState::Verified);
    assert_eq!(undone.unwrap().fix.state, FixState::Undone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plans_undo_whose_task_is_gone_is_an_error_and_the_fix_stays_as_it_is() {
    let world = world(later(lamp_off())).await;
    let fix = applied(&world).await;
    let gone = |record: &mut FixRecord| record.provenance.task = Some("gone".parse().unwrap());
    world.engine.inner.change_fix(&fix, FixState::Applied, Batch::new(), gone).await.unwrap();
    let error = world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap_err().to_string();
    assert!(error.contains("task gone, which is gone"), "{error}");
    world.until_fix(FixState::Applied).await;
}
