//! What may be used before a person is asked.

use patchbay_tasks::AskReason;
use patchbay_tasks::State;
use serde_json::json;

use super::*;
use crate::tests::world::{name, operator};

fn asked(state: &State) -> (AskReason, &str) {
    match state {
        State::NeedsHuman { ask } => (ask.why, ask.text.as_str()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_ended_when_its_tasks_time_is_used_up_and_a_person_may_give_it_as_much_again() {
    let timed = Timed::new().await;
    let task = json!({"name": "a", "skill": "played", "input": {"do": "hang"}, "budgets": {"wall_ms": 100}});
    timed.world.apply(json!([task])).await;
    timed.world.until("a", &["running"]).await;
    timed.clock.advance(Duration::from_secs(2));
    let view = timed.world.until("a", &["needs-human"]).await;
    let (why, text) = asked(&view.task.state);
    assert_eq!(why, AskReason::Budget);
    assert!(text.contains("1 s under a lease"), "{text}");
    let answered = timed.world.engine.answer(&name("a"), &operator(), serde_json::Map::new(), None).await;
    assert_eq!(answered.unwrap().tally.since, 1);
    timed.world.until("a", &["running"]).await;
    assert_eq!(timed.world.runs("a"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_begins_once_tokens_or_money_are_used_up() {
    let budgets = [
        ("tokens", json!({"tokens": 100}), "100 tokens is used up: 120"),
        ("money", json!({"usd": 100_000_000}), "0.10 USD is used up: 0.12 USD"),
    ];
    let options = |options: &mut EngineOptions| options.fixes.backoff = Some(Duration::from_millis(1));
    let mut set = EngineOptions::default();
    options(&mut set);
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let world = World::over(store, Arc::new(Played::default()), set).await;
    for (task, budgets, said) in budgets {
        let input = json!({"do": "wait", "tokens": 60, "nano_usd": 60_000_000});
        world.apply(json!([{"name": task, "skill": "played", "input": input, "budgets": budgets}])).await;
        let view = world.until(task, &["needs-human"]).await;
        let (why, text) = asked(&view.task.state);
        assert_eq!((why, world.runs(task)), (AskReason::Budget, 2));
        assert!(text.contains(said), "{text}");
    }
}
