//! What waiting mends, what only a person can bring, and what is mended.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, StoreExt};
use serde_json::json;

use super::world::{Played, World};
use crate::EngineOptions;

async fn world(set: impl FnOnce(&mut EngineOptions)) -> World {
    let mut options = EngineOptions::default();
    set(&mut options);
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    World::over(store, Arc::new(Played::default()), options).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_waits_five_times_from_the_pause_that_is_set_and_then_is_a_problem() {
    let world = world(|options| options.fixes.backoff = Some(Duration::from_millis(1))).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "wait"}}])).await;
    let view = world.until("a", &["needs-human"]).await;
    assert_eq!((world.runs("a"), view.task.tally.failures), (6, 6));
    let problems = world.engine.problems(true).await.unwrap();
    assert_eq!((problems.len(), problems[0].problem.failures), (1, 1));
    assert_eq!(world.played.diagnoses.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_person_can_bring_goes_to_a_person_at_once() {
    let world = world(|_| ()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "lack"}}])).await;
    world.until("a", &["needs-human"]).await;
    assert_eq!((world.runs("a"), world.played.diagnoses.load(Ordering::SeqCst)), (1, 0));
    assert!(world.engine.problems(true).await.unwrap().is_empty());
    let reports = world.store.last_reports(10).await.unwrap();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].1.title.contains("No module named 'lamp'"), "{}", reports[0].1.title);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_may_have_what_lacks_looked_at_as_well() {
    let world = world(|options| options.fixes.environment_to_person = false).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "lack"}}])).await;
    world.until("a", &["needs-human"]).await;
    assert_eq!(world.played.diagnoses.load(Ordering::SeqCst), 1);
}
