//! What those who think are told of a failure.

use std::collections::HashMap;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore};
use serde_json::{Value, json};

use super::world::{Played, World};
use crate::{EngineOptions, FailureFacts};

/// What the strategies and the analyzer were told of a task that nobody could mend, whose class the analyzer named.
async fn told_of(input: Value) -> (Vec<HashMap<String, String>>, Vec<FailureFacts>, World) {
    let played = Played::default();
    *played.class.lock().unwrap() = "disk-full".to_owned();
    let mut options = EngineOptions::default();
    options.fixes.backoff = Some(Duration::from_millis(1));
    let store = std::sync::Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let world = World::over(store, std::sync::Arc::new(played), options).await;
    let budgets = json!({"attempts": 10});
    world.apply(json!([{"name": "a", "skill": "played", "input": input, "budgets": budgets}])).await;
    world.until("a", &["needs-human"]).await;
    let told = world.played.told.lock().unwrap().clone();
    let asked = world.played.asked.lock().unwrap().clone();
    (told, asked, world)
}

fn get<'a>(told: &'a HashMap<String, String>, name: &str) -> &'a str {
    told.get(name).map_or("", String::as_str)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failures_code_step_and_wait_are_told_also_after_a_diagnosis_of_another_class() {
    let (told, asked, world) = told_of(json!({"do": "step", "after_ms": 1_500})).await;
    assert!(told.len() >= 2, "{told:#?}");
    for told in &told {
        let found = ["kind", "code", "failing-step", "retry-after-ms"].map(|name| get(told, name));
        assert_eq!(found, ["logical", "exit:7", "open-page", "1500"]);
    }
    let found: HashMap<_, _> = asked[0].attributes.iter().cloned().collect();
    assert_eq!((asked[0].class.as_str(), get(&found, "failing-step")), ("exit:7", "open-page"));
    assert_eq!(world.engine.problems(true).await.unwrap()[0].problem.class, "disk-full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_might_pass_and_has_not_is_told_to_be_one() {
    let (told, asked, _world) = told_of(json!({"do": "step", "class": "timeout"})).await;
    assert!(told.iter().all(|told| get(told, "kind") == "transient"), "{told:#?}");
    let kind = asked[0].attributes.iter().find(|(name, _)| name == "failure-kind");
    assert_eq!(kind.map(|(_, kind)| kind.as_str()), Some("transient"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stuck_is_told_to_be_stuck_also_after_a_diagnosis_of_another_class() {
    let (told, asked, _world) = told_of(json!({"do": "step", "class": "stuck"})).await;
    assert!(told.len() >= 2, "{told:#?}");
    assert!(told.iter().all(|told| get(told, "kind") == "stuck" && get(told, "code") == "stuck"));
    assert_eq!(asked[0].kind, "stuck");
}
