//! A task that is made where nobody waits and a place is free has its lease from the first moment.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_store::{RedbOptions, RedbStore};
use patchbay_tasks::{LaneConfig, What, replay};
use serde_json::{Value, json};

use super::world::{Played, World, name, operator};
use crate::EngineOptions;

async fn with_places(places: u32) -> World {
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let lane = LaneConfig { concurrency: places, ..LaneConfig::DEFAULT };
    let options = EngineOptions { places, regular_lane: lane, fix_lane: lane, ..EngineOptions::default() };
    World::over(store, Arc::new(Played::default()), options).await
}

/// The state in which it was acknowledged.
async fn given(world: &World, task: Value) -> &'static str {
    let definition = serde_json::from_value(task).unwrap();
    let applied = world.engine.apply(vec![definition], false, &operator()).await.unwrap();
    applied[0].task.as_ref().unwrap().state.name().as_str()
}

async fn cancel(world: &World, task: &str) {
    let id = world.engine.find(&name(task)).await.unwrap().id;
    let what = What::Cancelled { reason: "a test".to_owned() };
    world.engine.happen(id, operator(), what).await.unwrap();
}

/// The lanes know what is stored.
async fn settled() -> World {
    let world = with_places(1).await;
    world.apply(json!([{"name": "first", "skill": "played"}])).await;
    world.until("first", &["succeeded"]).await;
    while world.engine.running().0 > 0 {
        tokio::task::yield_now().await;
    }
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_place_is_free_it_is_leased_when_it_is_acknowledged() {
    let world = settled().await;
    assert_eq!(given(&world, json!({"name": "a", "skill": "played"})).await, "leased");
    let view = world.until("a", &["succeeded"]).await;
    let events = world.engine.history(&name("a"), 0, 100).await.unwrap();
    let causes: Vec<&str> = events.iter().map(|event| event.cause.as_ref()).collect();
    assert_eq!(causes, ["created", "dependencies-met", "claimed", "worker-succeeded"]);
    assert_eq!(replay(&events).unwrap(), *view.task);
    assert_eq!(world.runs("a"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_none_is_free_it_waits_and_nobody_overtakes_it() {
    let world = settled().await;
    let hangs = json!({"name": "hangs", "skill": "played", "input": {"do": "hang"}});
    assert_eq!(given(&world, hangs).await, "leased");
    assert_eq!(given(&world, json!({"name": "b", "skill": "played"})).await, "ready");
    assert_eq!(given(&world, json!({"name": "c", "skill": "played"})).await, "ready");
    assert_eq!((world.runs("b"), world.runs("c")), (0, 0));
    cancel(&world, "hangs").await;
    let (b, c) = (world.until("b", &["succeeded"]).await, world.until("c", &["succeeded"]).await);
    assert!(b.task.fence < c.task.fence, "{:?} {:?}", b.task.fence, c.task.fence);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_begin_takes_no_place() {
    let world = settled().await;
    let past = 1_000;
    for (task, state) in [
        (json!({"name": "lacks", "skill": "played", "input": {"lacks": "a program"}}), "ready"),
        (json!({"name": "late", "skill": "played", "deadline": past}), "ready"),
        (json!({"name": "outside", "skill": "wrap"}), "ready"),
    ] {
        let told = task.to_string();
        assert_eq!(given(&world, task).await, state, "{told}");
    }
    world.until("late", &["dead"]).await;
    let draft = serde_json::from_value(json!({"name": "draft", "skill": "played"})).unwrap();
    world.engine.apply(vec![draft], true, &operator()).await.unwrap();
    assert_eq!(world.until("draft", &["draft"]).await.task.tally.attempts, 0);
    world.apply(json!([{"name": "last", "skill": "played"}])).await;
    world.until("last", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_taken_gives_the_place_back() {
    let world = settled().await;
    // A host that has just started does not know the name, and finds it in the store.
    let world = world.again(world.played.clone()).await;
    let edited = json!({"name": "first", "skill": "played", "priority": "P0"});
    let definition = serde_json::from_value(edited).unwrap();
    world.engine.apply(vec![definition], false, &operator()).await.unwrap_err();
    assert_eq!(world.engine.running().0, 0);
    assert_eq!(world.runs("first"), 1);
    world.apply(json!([{"name": "next", "skill": "played"}])).await;
    world.until("next", &["succeeded"]).await;
}

// One thread: nobody else runs before the first wait.
#[tokio::test]
async fn it_is_made_and_runs_though_whoever_gave_it_has_gone() {
    let world = settled().await;
    let definition = serde_json::from_value(json!({"name": "a", "skill": "played"})).unwrap();
    let by = operator();
    let mut giving = Box::pin(world.engine.apply(vec![definition], false, &by));
    // Up to the first wait: it is handed over.
    let first = std::future::poll_fn(|context| std::task::Poll::Ready(giving.as_mut().poll(context)));
    assert!(first.await.is_pending());
    drop(giving);
    while world.engine.find(&name("a")).await.is_err() {
        tokio::task::yield_now().await;
    }
    let view = world.until("a", &["succeeded"]).await;
    assert_eq!((view.task.tally.attempts, world.runs("a")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_the_hosts_own_makes_no_task_says_what_it_was_and_frees_its_place() {
    let world = settled().await;
    world.played.breaks.store(true, Ordering::SeqCst);
    let task = json!([{"name": "a", "skill": "played"}]);
    let definitions = serde_json::from_value(task.clone()).unwrap();
    let error = world.engine.apply(definitions, false, &operator()).await.unwrap_err().to_string();
    assert!(error.contains("the floor gave way") && error.contains("please report it"), "{error}");
    assert!(world.engine.find(&name("a")).await.is_err());
    world.played.breaks.store(false, Ordering::SeqCst);
    world.apply(task).await;
    world.until("a", &["succeeded"]).await;
}
