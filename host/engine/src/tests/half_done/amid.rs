//! A host that dies, a problem that is closed or merged, an action that fails: each in the midst of a plan.

use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_store::StoreExt;
use patchbay_tasks::{FixState, What};
use serde_json::json;

use super::{light, offered, part, problem_of, right, task, world, wrong};
use crate::FixRecord;
use crate::tests::world::{World, name, operator};

/// A plan whose first action makes light and takes its time; another is to follow.
async fn in_the_midst(act_ms: u64) -> (World, FixRecord) {
    let world = world(vec![offered(vec![light(), part("run-skill", &json!({"skill": "s"}))])]).await;
    world.played.act_ms.store(act_ms, Ordering::SeqCst);
    world.apply(task("a", json!({"do": "outside"}))).await;
    while world.played.acted.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let fix = world.until_fix(FixState::Applying).await;
    (world, fix)
}

/// It stays done, a person is told, and can have it taken back.
async fn stays_and_is_taken_back(world: &World, fix: &FixRecord, result: &str) {
    assert_eq!((fix.fix.state, fix.begun), (FixState::Voided, false));
    assert_eq!(fix.results, [result]);
    assert_eq!(world.played.acted.lock().unwrap().len(), 1, "what was to follow was done");
    assert!(world.played.mended.load(Ordering::SeqCst));
    assert_eq!(problem_of(world, fix).await.problem.open_fix, None);
    let title = format!("Fix {} ended, and what it did stays: set it", fix.fix.id);
    let told = world.store.last_reports(10).await.unwrap();
    assert_eq!(told.iter().filter(|(_, report)| report.title == title).count(), 1, "{told:#?}");
    let undone = world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap();
    assert_eq!(undone.fix.state, FixState::Undone);
    assert_eq!(*world.played.undone.lock().unwrap(), [result]);
    assert!(!world.played.mended.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_host_had_begun_is_found_when_its_task_is_cancelled_and_is_taken_back() {
    let (world, fix) = in_the_midst(3_600_000).await;
    assert!(fix.begun && fix.results.is_empty(), "{fix:#?}");
    // It does nothing more.
    world.engine.inner.stop.cancel();
    world.engine.inner.gone.cancel();
    let cancelled = What::Cancelled { reason: "not wanted".to_owned() };
    world.engine.command(&name("a"), None, &operator(), cancelled).await.unwrap();
    let next = world.again(world.played.clone()).await;
    let voided = next.until_fix(FixState::Voided).await;
    stays_and_is_taken_back(&next, &voided, "found").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_that_is_closed_amid_an_action_waits_for_its_end_and_no_other_is_begun() {
    let (world, fix) = in_the_midst(300).await;
    world.engine.close_problem(&fix.fix.problem).await.unwrap();
    let voided = world.engine.fix(fix.fix.id).await.unwrap();
    world.until("a", &["succeeded"]).await;
    stays_and_is_taken_back(&world, &voided, "done").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_that_is_merged_amid_an_action_ends_with_its_fix_in_one_change() {
    let (world, fix) = in_the_midst(300).await;
    world.apply(task("b", json!({"do": "fail"}))).await;
    world.until("b", &["needs-human"]).await;
    let task = world.engine.find(&name("b")).await.unwrap();
    let into = task.state.problem().cloned().unwrap();
    world.engine.merge_problems(&fix.fix.problem, &into, &operator()).await.unwrap();
    let voided = world.engine.fix(fix.fix.id).await.unwrap();
    assert!(problem_of(&world, &voided).await.problem.closed.is_some());
    stays_and_is_taken_back(&world, &voided, "done").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_before_an_action_that_fails_is_told_and_taken_back() {
    let broken = offered(vec![light(), part("run-skill", &json!({"skill": "broken"}))]);
    let world = world(vec![broken, right()]).await;
    world.apply(task("a", wrong())).await;
    world.until("a", &["succeeded"]).await;
    let fix = world.engine.fixes(None).await.unwrap().swap_remove(0);
    assert_eq!((fix.fix.state, fix.begun), (FixState::Failed, false));
    assert_eq!(fix.results, ["done"]);
    let told = world.store.last_reports(10).await.unwrap();
    assert!(told.iter().any(|(_, report)| report.title.contains("what it did stays")), "{told:#?}");
    world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap();
    assert_eq!(*world.played.undone.lock().unwrap(), ["done"]);
}
