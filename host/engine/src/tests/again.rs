//! Files that are applied again after others have changed their tasks, and tasks that go on after what broke them was
//! set right.

use patchbay_tasks::{Definition, What};
use serde_json::{Value, json};

use super::world::{Played, World, name, operator};
use crate::ApplyOutcome::{Changed, Unchanged};
use crate::{ApplyOutcome, Engine};

fn file(title: &str, url: &str) -> Value {
    json!([
        {"name": "first", "skill": "played", "input": {"do": "hang"}},
        {"name": "then", "skill": "played", "title": title, "input": {"url": url, "n": 1}, "depends_on": ["first"]},
    ])
}

async fn outcomes(engine: &Engine, tasks: Value) -> Vec<ApplyOutcome> {
    let definitions: Vec<Definition> = serde_json::from_value(tasks).unwrap();
    let applied = engine.apply(definitions, false, &operator()).await.unwrap();
    applied.into_iter().map(|one| one.outcome).collect()
}

/// `first` was cancelled, so that `then` asks a person, who has answered.
async fn answered() -> World {
    let world = World::new(Played::default()).await;
    world.apply(file("t", "old")).await;
    let cancelled = What::Cancelled { reason: "enough".to_owned() };
    world.engine.command(&name("first"), None, &operator(), cancelled).await.unwrap();
    world.until("then", &["needs-human"]).await;
    let fields = json!({"url": "answered"}).as_object().unwrap().clone();
    world.engine.answer(&name("then"), &operator(), fields, None).await.unwrap();
    world.until("then", &["needs-human"]).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_task_that_was_cancelled_goes_on_once_that_is_voided() {
    let world = answered().await;
    let voided = What::Voided { reason: "it is not needed".to_owned() };
    world.engine.command(&name("first"), None, &operator(), voided).await.unwrap();
    world.until("then", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_undoes_no_answer_and_is_no_error_once_the_task_has_ended() {
    let world = answered().await;
    let engine = &world.engine;
    assert_eq!(outcomes(engine, file("t", "old")).await, [Unchanged, Unchanged]);
    let voided = What::Voided { reason: "it is not needed".to_owned() };
    engine.command(&name("first"), None, &operator(), voided).await.unwrap();
    world.until("then", &["succeeded"]).await;
    assert_eq!(outcomes(engine, file("t", "old")).await, [Unchanged, Unchanged]);
    let input = || async { engine.find(&name("then")).await.unwrap().definition.input.clone() };
    assert_eq!(input().await, json!({"url": "answered", "n": 1}));
    assert_eq!(outcomes(engine, file("new", "old")).await, [Unchanged, Changed], "a title is no work");
    assert_eq!(input().await, json!({"url": "answered", "n": 1}));
    let definitions = serde_json::from_value(file("new", "newer")).unwrap();
    let refused = engine.apply(definitions, false, &operator()).await.unwrap_err().to_string();
    assert!(refused.contains("then has ended as succeeded: it cannot be edited"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_says_otherwise_than_the_last_time_counts() {
    let world = answered().await;
    let engine = &world.engine;
    assert_eq!(outcomes(engine, file("t", "answered")).await, [Unchanged, Unchanged], "it is so already");
    let fields = json!({"url": "once more"}).as_object().unwrap().clone();
    engine.answer(&name("then"), &operator(), fields, None).await.unwrap();
    assert_eq!(outcomes(engine, file("t", "answered")).await, [Unchanged, Unchanged], "as the last time");
    assert_eq!(outcomes(engine, file("t", "newer")).await, [Unchanged, Changed]);
    assert_eq!(engine.find(&name("then")).await.unwrap().definition.input["url"], "newer");
}
