//! What a fix is judged by, and what comes of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore};
use patchbay_tasks::{Actor, FixState, Offered, OfferedPart};
use serde_json::{Value, json};

use super::world::{Played, World, operator, plan};
use crate::{EngineOptions, FixRecord};

fn wrong() -> Value {
    json!({"do": "need", "setting": "wrong"})
}

fn check() -> Value {
    json!({"kind": "json-path", "path": "$.ok"})
}

/// A good plan that says itself what must hold.
fn checked_plan() -> Offered {
    let check = json!({"path": "$.ok"}).to_string();
    let checks = vec![OfferedPart { kind: "json-path".to_owned(), arguments: check }];
    Offered { checks, ..plan(json!({"setting": "right"})) }
}

async fn world(plans: Vec<Offered>) -> World {
    let played = Played::default();
    *played.proposals.lock().unwrap() = plans;
    World::new(played).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plans_checks_see_what_the_attempt_after_it_gave_back() {
    let world = world(vec![checked_plan()]).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    let fix = world.until_fix(FixState::Verified).await;
    let task = world.engine.find(&super::world::name("a")).await.unwrap();
    assert_eq!(fix.held_by, Some((task.id, 2)));
}

/// A fix that has held once.
async fn with_a_known_fix(world: &World) -> FixRecord {
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    let fix = world.until_fix(FixState::Verified).await;
    assert_eq!(counts(world, &fix).await, (1, 0, false));
    fix
}

/// How often it held and failed, and whether it is retired.
async fn counts(world: &World, fix: &FixRecord) -> (u32, u32, bool) {
    let known = world.engine.known_fixes(&fix.fix.problem).await.unwrap();
    assert_eq!(known.len(), 1, "{known:#?}");
    (known[0].held, known[0].failed, known[0].retired)
}

/// It fails with the same words, whatever its setting.
fn hopeless() -> Value {
    json!({"do": "fail", "says": "ValueError: wrong setting"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_fix_that_holds_again_and_one_that_does_not_are_counted_once_each() {
    let world = world(vec![checked_plan()]).await;
    let first = with_a_known_fix(&world).await;
    world.apply(json!([{"name": "b", "skill": "played", "input": wrong(), "checks": [check()]}])).await;
    world.until("b", &["succeeded"]).await;
    world.until_fix(FixState::Verified).await;
    assert_eq!(counts(&world, &first).await, (2, 0, false));
    world.apply(json!([{"name": "c", "skill": "played", "input": hopeless()}])).await;
    world.until("c", &["needs-human"]).await;
    let failed = world.until_fix(FixState::Failed).await;
    assert_eq!(failed.provenance.known, Some(first.fix.id));
    assert_eq!(counts(&world, &first).await, (2, 1, false));
    world.engine.undo_fix(failed.fix.id, &Actor::Host).await.unwrap();
    assert_eq!(counts(&world, &first).await, (2, 1, true), "a failure was counted twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_fix_that_was_taken_back_has_not_held() {
    let world = world(vec![checked_plan()]).await;
    let first = with_a_known_fix(&world).await;
    world.engine.undo_fix(first.fix.id, &Actor::Host).await.unwrap();
    assert_eq!(counts(&world, &first).await, (1, 1, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_fix_is_retired_also_when_its_problem_is_part_of_another_by_then() {
    let world = world(vec![checked_plan()]).await;
    let first = with_a_known_fix(&world).await;
    world
        .apply(json!([{"name": "z", "skill": "played", "input": {"do": "fail", "says": "KeyError: 'z'"}}]))
        .await;
    world.until("z", &["needs-human"]).await;
    let whole = world.engine.problems(true).await.unwrap().remove(0).problem.fingerprint;
    world.engine.merge_problems(&first.fix.problem, &whole, &operator()).await.unwrap();
    world.engine.undo_fix(first.fix.id, &operator()).await.unwrap();
    let known = world.engine.known_fixes(&whole).await.unwrap();
    assert_eq!((known.len(), known[0].retired), (1, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_fix_that_was_never_begun_has_not_failed() {
    let closed = Arc::new(AtomicBool::new(false));
    let (mut options, played) = (EngineOptions::default(), Played::default());
    let is_closed = closed.clone();
    options.fixes.closed_until =
        Arc::new(move |now| is_closed.load(Ordering::SeqCst).then_some(now + Duration::from_secs(3_600)));
    *played.proposals.lock().unwrap() = vec![checked_plan()];
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let world = World::over(store, Arc::new(played), options).await;
    let first = with_a_known_fix(&world).await;
    closed.store(true, Ordering::SeqCst);
    world.apply(json!([{"name": "b", "skill": "played", "input": wrong()}])).await;
    let again = world.until_fix(FixState::Planned).await;
    assert_eq!(again.provenance.known, Some(first.fix.id));
    world.engine.reject_fix(again.fix.id, "not now").await.unwrap();
    assert_eq!(counts(&world, &first).await, (1, 0, false));
}
