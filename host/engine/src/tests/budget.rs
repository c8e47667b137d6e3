//! What a task may use: counted over its attempts, until a person stands behind it again.

use std::sync::Arc;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{AskReason, State, What};
use serde_json::json;

use super::world::{Played, World, name, operator};
use crate::{EngineOptions, TaskView};

fn asked(view: &TaskView) -> (AskReason, String) {
    match &view.task.state {
        State::NeedsHuman { ask } => (ask.why, ask.text.clone()),
        other => panic!("nobody is asked: {other:?}"),
    }
}

async fn world() -> World {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    World::over(store, Arc::new(Played { forever: true, ..wrong() }), EngineOptions::default()).await
}

/// One plan after the other, none of which helps.
fn wrong() -> Played {
    let played = Played::default();
    played.proposals.lock().unwrap().push(super::world::plan(json!({"setting": "wrong"})));
    played
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_has_used_its_tokens_asks_a_person_and_begins_anew_after_a_word() {
    let world = world().await;
    let input = json!({"do": "need", "setting": "wrong", "tokens": 60});
    world.apply(json!([{"name": "a", "skill": "played", "input": input, "budgets": {"tokens": 100}}])).await;
    let view = world.until("a", &["needs-human"]).await;
    assert_eq!(asked(&view), (AskReason::Budget, "its budget of 100 tokens is used up: 120".to_owned()));
    assert_eq!(world.runs("a"), 2);
    let again = What::Retried { reason: "it may".to_owned() };
    world.engine.command(&name("a"), None, &operator(), again).await.unwrap();
    let again = async {
        while world.runs("a") < 4 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again).await.unwrap();
    let view = world.until("a", &["needs-human"]).await;
    assert_eq!((asked(&view).0, world.runs("a")), (AskReason::Budget, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_no_model_answers_any_more_is_no_failure() {
    let world = world().await;
    let input = json!({"do": "spend", "tokens": 150});
    world.apply(json!([{"name": "a", "skill": "played", "input": input, "budgets": {"tokens": 100}}])).await;
    let view = world.until("a", &["needs-human"]).await;
    assert_eq!(asked(&view).0, AskReason::Budget);
    assert_eq!((world.runs("a"), view.task.tally.failures), (1, 0));
    assert!(world.engine.problems(true).await.unwrap().is_empty());
    let attempts = world.engine.attempts_of(view.task.id).await.unwrap();
    assert_eq!((attempts[0].outcome.as_str(), attempts[0].tokens.0), ("budget", 150));
}
