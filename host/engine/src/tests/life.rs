//! Tasks from their making to their end.

use std::sync::Arc;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{What, replay};
use patchbay_types::Digest;
use serde_json::json;

use super::world::{Played, World, name, operator};
use crate::EngineOptions;

const CHECK: &str = r#"{"kind": "json-path", "path": "$.ok"}"#;

fn check() -> serde_json::Value {
    serde_json::from_str(CHECK).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_runs_is_checked_by_somebody_else_and_can_be_rebuilt_from_its_events() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "checks": [check()]}])).await;
    let view = world.until("a", &["succeeded"]).await;
    assert_eq!(view.verified, Some(true));
    let events = world.engine.history(&name("a"), 0, 100).await.unwrap();
    let causes: Vec<&str> = events.iter().map(|event| event.cause.as_ref()).collect();
    assert_eq!(causes, ["created", "dependencies-met", "claimed", "worker-succeeded", "checks-passed"]);
    assert_eq!(replay(&events).unwrap(), *view.task);
    let attempts = world.engine.attempts(&name("a")).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].outcome.as_str()), (1, "succeeded"));
    assert_eq!(attempts[0].plugin, Some(Digest::of(b"skill")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_check_success_is_shown_as_unverified() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played"}])).await;
    assert_eq!(world.until("a", &["succeeded"]).await.verified, Some(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_and_dependencies_go_first() {
    let world = World::new(Played::default()).await;
    world
        .apply(json!([
            {"name": "last", "skill": "played", "depends_on": ["root"]},
            {"name": "root", "skill": "played"},
            {"name": "child-1", "skill": "played", "parent": "root", "depends_on": ["child-2"]},
            {"name": "child-2", "skill": "played", "parent": "root"},
        ]))
        .await;
    world.until("last", &["succeeded"]).await;
    let ended = |task: &'static str| {
        let engine = world.engine.clone();
        async move { engine.attempts(&name(task)).await.unwrap()[0].ended }
    };
    assert!(ended("child-2").await <= ended("child-1").await);
    assert!(ended("root").await <= ended("last").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_changes_nothing() {
    let world = World::new(Played::default()).await;
    let refused = [
        (json!([{"name": "a", "depends_on": ["b"]}, {"name": "b", "depends_on": ["a"]}]), "circle"),
        (json!([{"name": "a"}, {"name": "b", "parent": "nobody"}]), "nobody"),
        (json!([{"name": "a"}, {"name": "a"}]), "twice"),
        (json!([{"name": "a"}, {"name": "b", "checks": [{"kind": "file", "path": "never"}]}]), "not allowed"),
    ];
    for (tasks, word) in refused {
        let definitions = serde_json::from_value(tasks).unwrap();
        let error = world.engine.apply(definitions, false, &operator()).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(world.engine.find(&name("a")).await.is_err(), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_again_changes_nothing_and_another_one_edits() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "a program"}}])).await;
    let before = world.engine.find(&name("a")).await.unwrap();
    world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "a program"}}])).await;
    assert_eq!(world.engine.find(&name("a")).await.unwrap().rev, before.rev);
    world.apply(json!([{"name": "a", "skill": "played", "input": {}}])).await;
    world.until("a", &["succeeded"]).await;
    assert_eq!(world.runs("a"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lacks_something_costs_no_attempt_and_says_what() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "program `x`"}}])).await;
    let said = async {
        loop {
            let why = world.engine.why(&name("a")).await.unwrap();
            if why.text.contains("program `x`") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), said).await.expect("it never said what lacks");
    assert_eq!((world.runs("a"), world.until("a", &["ready"]).await.task.tally.attempts), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_paused_is_stopped_and_goes_on_when_resumed() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "hang"}}])).await;
    world.until("a", &["running"]).await;
    let pause = What::Paused { reason: "lunch".to_owned() };
    world.engine.command(&name("a"), None, &operator(), pause).await.unwrap();
    world.until("a", &["paused"]).await;
    world.engine.command(&name("a"), None, &operator(), What::Resumed).await.unwrap();
    world.until("a", &["running"]).await;
    assert_eq!(world.runs("a"), 2);
    let cancel = What::Cancelled { reason: "enough".to_owned() };
    world.engine.command(&name("a"), None, &operator(), cancel).await.unwrap();
    world.until("a", &["cancelled"]).await;
    world.engine.close().await;
    assert_eq!(world.engine.running().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_host_had_is_done_by_the_next() {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let played = Arc::new(Played::default());
    let world = World::over(store.clone(), played.clone(), EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "hang"}}])).await;
    let fence = world.until("a", &["running"]).await.task.fence;
    // The first host says nothing more: its lease stays behind.
    world.engine.inner.stop.cancel();
    let next = World::over(store, played, EngineOptions::default()).await;
    let seen = async {
        loop {
            let view = next.engine.show(&name("a")).await.unwrap();
            if view.state == "running" && view.task.fence > fence {
                return view;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let view =
        tokio::time::timeout(std::time::Duration::from_secs(10), seen).await.expect("nobody took it over");
    assert_eq!((view.task.tally.lost_in_row, view.task.tally.charged), (1, 1));
    // A word of the first host's worker counts no more.
    let late = What::WorkerSucceeded { fence, summary: "late".to_owned() };
    let worker = patchbay_tasks::Actor::Worker("old".into());
    let error = next.engine.happen(view.task.id, worker, late).await.unwrap_err().to_string();
    assert!(error.contains("somebody else has the task"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_begins_during_a_close_is_given_back_too() {
    for tasks in 1..=20 {
        let world = World::new(Played::default()).await;
        let tasks: Vec<_> = (0..tasks)
            .map(|n| json!({"name": format!("t-{n}"), "skill": "played", "input": {"do": "hang"}}))
            .collect();
        world.apply(json!(tasks)).await;
        let closed = tokio::time::timeout(std::time::Duration::from_secs(10), world.engine.close());
        closed.await.expect("an attempt goes on");
        assert_eq!(world.engine.running().0, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tasks_are_all_done_once() {
    let world = World::new(Played::default()).await;
    for block in 0..10 {
        let tasks: Vec<_> =
            (0..1_000).map(|n| json!({"name": format!("t-{block}-{n}"), "skill": "played"})).collect();
        world.apply(json!(tasks)).await;
    }
    for block in 0..10 {
        for n in 0..1_000 {
            world.until(&format!("t-{block}-{n}"), &["succeeded"]).await;
        }
    }
    assert!(world.played.runs.lock().unwrap().values().all(|runs| *runs == 1));
}
