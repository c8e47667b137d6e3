//! What is given up when it is too late.

use patchbay_tasks::{State, StateName, What};
use serde_json::{Value, json};

use super::*;
use crate::tests::world::{name, operator};

fn task(task: &str, input: Value) -> Value {
    json!({"name": task, "skill": "played", "input": input, "deadline": NOON.0 + 3_600_000})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_hears_its_deadline_by_the_alarm_and_so_does_whoever_waits_for_it() {
    let timed = Timed::new().await;
    let waits = json!({"name": "b", "skill": "played", "depends_on": ["a"]});
    timed.world.apply(json!([task("a", json!({"lacks": "a program"})), waits])).await;
    let why = timed.world.engine.why(&name("a")).await.unwrap();
    assert!(why.text.ends_with("its deadline is 2026-11-22T01:00:00Z"), "{}", why.text);
    timed.pass(HOUR);
    let dead = timed.world.until("a", &["dead"]).await.task;
    assert_eq!(dead.state, State::Dead { reason: "its deadline, 2026-11-22T01:00:00Z, passed".to_owned() });
    timed.world.until("b", &["needs-human"]).await;
    assert!(timed.world.engine.why(&name("a")).await.unwrap().text.contains("deadline"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_ended_at_the_deadline() {
    let timed = Timed::new().await;
    timed.world.apply(json!([task("a", json!({"do": "hang"}))])).await;
    timed.world.until("a", &["running"]).await;
    timed.pass(HOUR);
    timed.world.until("a", &["dead"]).await;
    timed.world.engine.close().await;
    assert_eq!(timed.world.engine.running().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_that_passed_while_no_host_was_there_is_heard_and_nothing_begins() {
    let timed = Timed::new().await.restarted(0).await;
    timed.world.apply(json!([task("a", json!({})), task("b", json!({"lacks": "a program"}))])).await;
    timed.world.engine.close().await;
    timed.clock.advance(HOUR);
    let timed = timed.restarted(16).await;
    timed.world.until("a", &["dead"]).await;
    timed.world.until("b", &["dead"]).await;
    assert_eq!(timed.world.runs("a"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_is_awaited_after_a_restart_too() {
    let timed = Timed::new().await;
    timed.world.apply(json!([task("a", json!({"lacks": "a program"}))])).await;
    let timed = timed.restarted(16).await;
    timed.world.until("a", &["ready"]).await;
    timed.pass(HOUR);
    timed.world.until("a", &["dead"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_holds_is_given_up_when_it_is_to_go_on() {
    let timed = Timed::new().await;
    timed.world.apply(json!([task("a", json!({"lacks": "a program"}))])).await;
    let (task, by) = (name("a"), operator());
    let say = |what| timed.world.engine.command(&task, None, &by, what);
    say(What::Paused { reason: "lunch".to_owned() }).await.unwrap();
    timed.pass(HOUR);
    assert_eq!(timed.world.engine.find(&name("a")).await.unwrap().state.name(), StateName::Paused);
    assert!(timed.world.engine.why(&name("a")).await.unwrap().text.contains("has passed"));
    say(What::Resumed).await.unwrap();
    timed.world.until("a", &["dead"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_that_is_moved_is_heard_at_its_new_time() {
    let timed = Timed::new().await;
    timed.world.apply(json!([task("a", json!({"lacks": "a program"}))])).await;
    let mut later = task("a", json!({"lacks": "a program"}));
    later["deadline"] = json!(NOON.0 + 7_200_000);
    timed.world.apply(json!([later])).await;
    timed.world.until("a", &["ready"]).await;
    assert_eq!(timed.world.engine.inner.deadlines.len(), 1);
    timed.pass(HOUR);
    assert!(!timed.world.engine.find(&name("a")).await.unwrap().state.is_end());
    timed.pass(HOUR);
    timed.world.until("a", &["dead"]).await;
    assert_eq!(timed.world.engine.inner.deadlines.len(), 0);
}
