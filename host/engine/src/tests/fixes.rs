//! Two at one fix at the same time.

use std::sync::Arc;

use patchbay_store::{CommitError, RedbOptions, RedbStore, Store};
use patchbay_tasks::{FixState, Offered, OfferedPart};
use serde_json::{Value, json};

use super::world::{Played, World, plan};
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
