//! Work that is done outside: claimed, heard of, ended, lost.

mod again;

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{Fence, Hold, What};
use serde_json::{Value, json};

use super::world::{Played, World, name, operator};
use crate::{Claimant, Done, Engine, EngineError, EngineOptions};

fn by(agent: &str) -> Claimant {
    Claimant { agent: agent.to_owned(), pid: 7, started: 1 }
}

fn done() -> Done {
    Done::Succeeded { summary: "done".to_owned(), output: Value::Null }
}

fn failed() -> Done {
    Done::Failed {
        class: "exit:2".to_owned(),
        message: "it ended with exit status 2".to_owned(),
        explicit: None,
        step: None,
        retry_after: None,
        output: Value::Null,
    }
}

fn said(text: &str) -> [(&'static str, String); 1] {
    [("stdout", text.to_owned())]
}

fn pause() -> What {
    What::Paused { reason: "lunch".to_owned() }
}

async fn lines(engine: &Engine, task: &str) -> Vec<String> {
    let (_, lines, _) = engine.log(&name(task), None, 0, 100).await.unwrap();
    lines.into_iter().map(|line| line.text).collect()
}

fn soon_lost() -> EngineOptions {
    let (lease, heartbeat) = (Duration::from_millis(300), Duration::from_millis(100));
    EngineOptions { lease, heartbeat, ..EngineOptions::default() }
}

async fn world(options: EngineOptions) -> World {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    World::over(store, Arc::new(Played::default()), options).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_outside_is_never_run_by_the_host_and_ends_by_the_word_of_who_has_it() {
    let world = world(EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}, {"name": "own", "skill": "played"}])).await;
    world.until("own", &["succeeded"]).await;
    assert_eq!(world.engine.why(&name("a")).await.unwrap().code, Hold::Claim);
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    assert_eq!((granted.attempt, world.until("a", &["running"]).await.lease.unwrap().holder.pid), (1, 7));
    world.engine.beat(&name("a"), granted.fence, None, &said("half of it")).await.unwrap();
    assert_eq!(lines(&world.engine, "a").await, ["half of it"]);
    let again = world.engine.claim(&name("a"), &by("bob")).await.unwrap_err();
    assert!(matches!(again, EngineError::Illegal(_)), "{again}");
    let task = world.engine.end(&name("a"), granted.fence, done(), false).await.unwrap().task;
    assert_eq!(task.state.name().as_str(), "succeeded");
    assert_eq!(world.engine.attempts(&name("a")).await.unwrap()[0].log[0].text, "half of it");
    assert_eq!((world.runs("a"), world.engine.stale_fences()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_read_a_task_before_somebody_else_claimed_it_takes_nothing_from_them() {
    let world = world(EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let read_by_bob = world.engine.find(&name("a")).await.unwrap();
    let hers = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    let late = world.engine.inner.grant(&read_by_bob, &by("bob")).await.unwrap_err();
    assert!(matches!(late, EngineError::Illegal(_)), "{late}");
    world.engine.beat(&name("a"), hers.fence, None, &said("still mine")).await.unwrap();
    let task = world.engine.end(&name("a"), hers.fence, done(), false).await.unwrap().task;
    assert_eq!(task.state.name().as_str(), "succeeded");
    assert_eq!(lines(&world.engine, "a").await, ["still mine"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_claim_leaves_late_takes_nothing_from_the_one_after_it() {
    let world = world(EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let first = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    let inner = &world.engine.inner;
    let (id, now) = (first.task.id, inner.clock.monotonic());
    let late = inner.outside.get(id, first.fence, now).unwrap();
    let late_run = inner.running(id).unwrap();
    world.engine.command(&name("a"), None, &operator(), pause()).await.unwrap();
    world.engine.command(&name("a"), None, &operator(), What::Resumed).await.unwrap();
    world.until("a", &["ready"]).await;
    let second = world.engine.claim(&name("a"), &by("bob")).await.unwrap();
    inner.outside.put(id, late);
    inner.set_running(id, late_run);
    inner.end_running(id, first.fence);
    assert_eq!(inner.running(id).unwrap().fence, second.fence);
    world.engine.beat(&name("a"), second.fence, None, &said("mine")).await.unwrap();
    assert_eq!(lines(&world.engine, "a").await, ["mine"]);
    world.engine.end(&name("a"), second.fence, done(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_assigned_is_had_by_that_agent_alone_and_the_hosts_own_work_by_nobody() {
    let world = world(EngineOptions::default()).await;
    let own = json!({"name": "own", "skill": "played", "input": {"lacks": "a lamp"}});
    world.apply(json!([{"name": "a", "skill": "played", "assignee": "ann"}, own])).await;
    let why = world.engine.why(&name("a")).await.unwrap();
    assert!(why.text.contains("assigned to ann"), "{why:?}");
    let refused = async |task: &str, agent: &str| {
        world.engine.claim(&name(task), &by(agent)).await.unwrap_err().to_string()
    };
    assert!(refused("a", "bob").await.contains("assigned to ann"));
    assert!(refused("own", "bob").await.contains("the host's own work"));
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    world.engine.end(&name("a"), granted.fence, Done::Cancelled, false).await.unwrap();
    // Given back, and the host's again once it is nobody's.
    let task = world.until("a", &["ready"]).await.task;
    let definition =
        patchbay_tasks::Definition { assignee: None, ..patchbay_tasks::Definition::clone(&task.definition) };
    let what = What::Edited { definition: Arc::new(definition) };
    world.engine.command(&name("a"), None, &operator(), what).await.unwrap();
    world.until("a", &["succeeded"]).await;
    assert_eq!(world.runs("a"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_nobody_renews_runs_out_and_its_fence_is_stale() {
    let world = world(soon_lost()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let first = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    // Renewed, it lasts longer than once.
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        world.engine.beat(&name("a"), first.fence, None, &said("here")).await.unwrap();
    }
    let seen = world.until("a", &["ready"]).await;
    assert_eq!((seen.task.tally.lost_in_row, seen.task.tally.charged), (1, 0));
    let attempts = world.engine.attempts(&name("a")).await.unwrap();
    assert_eq!((&*attempts[0].outcome, attempts[0].log.len()), ("lost", 8));
    let second = world.engine.claim(&name("a"), &by("bob")).await.unwrap();
    let stale = world.engine.beat(&name("a"), first.fence, None, &[]).await.unwrap_err().to_string();
    assert!(stale.contains("somebody else has it"), "{stale}");
    let stale = world.engine.end(&name("a"), first.fence, done(), false).await;
    assert!(matches!(stale, Err(EngineError::StaleFence { .. })));
    assert!(world.engine.beat(&name("a"), Fence(9_999), None, &[]).await.is_err());
    assert_eq!(world.engine.stale_fences(), 3);
    world.engine.end(&name("a"), second.fence, done(), false).await.unwrap();
    world.until("a", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_too_often_waits_as_long_as_the_operator_has_set() {
    let mut options = soon_lost();
    options.fixes.backoff = Some(Duration::from_secs(5));
    let world = world(options).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    for _ in 0..3 {
        world.until("a", &["ready"]).await;
        world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    }
    let task = world.until("a", &["backoff"]).await.task;
    let patchbay_tasks::State::Backoff { until } = task.state else { panic!("{:?}", task.state) };
    assert!(until.since(task.changed) < Duration::from_secs(6), "{until} after {}", task.changed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stopped_is_told_so_and_what_it_said_is_kept() {
    let world = world(EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    world.engine.beat(&name("a"), granted.fence, None, &said("half of it")).await.unwrap();
    let what = What::Cancelled { reason: "enough".to_owned() };
    world.engine.command(&name("a"), None, &operator(), what).await.unwrap();
    let told = world.engine.beat(&name("a"), granted.fence, None, &[]).await.unwrap_err().to_string();
    assert!(told.contains("it is cancelled (enough)"), "{told}");
    let task = world.engine.end(&name("a"), granted.fence, Done::Cancelled, false).await.unwrap().task;
    assert_eq!(task.state.name().as_str(), "cancelled");
    assert_eq!(lines(&world.engine, "a").await, ["half of it"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_is_tried_again_has_no_problem_and_one_that_is_not_has() {
    let world = world(EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    let task = world.engine.end(&name("a"), granted.fence, failed(), true).await.unwrap().task;
    assert_eq!((task.state.name().as_str(), task.tally.failures), ("backoff", 1));
    assert!(world.engine.problems(false).await.unwrap().is_empty());
    let what = What::Retried { reason: "again".to_owned() };
    world.engine.command(&name("a"), None, &operator(), what).await.unwrap();
    world.until("a", &["ready"]).await;
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    assert_eq!(granted.attempt, 2);
    world.engine.end(&name("a"), granted.fence, failed(), false).await.unwrap();
    world.until("a", &["needs-human"]).await;
    assert_eq!(world.engine.problems(false).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_says_nothing_new_for_too_long_is_stuck_and_told_so() {
    let mut options = EngineOptions::default();
    options.clocks.first_output = Duration::from_millis(50);
    let world = world(options).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let told = world.engine.beat(&name("a"), granted.fence, None, &[]).await.unwrap_err().to_string();
    assert!(told.contains("stuck"), "{told}");
    assert_eq!(world.engine.attempts(&name("a")).await.unwrap()[0].outcome, "stuck");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_outlives_the_host_and_its_work_goes_on() {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let played = Arc::new(Played::default());
    let world = World::over(store.clone(), played.clone(), EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let granted = world.engine.claim(&name("a"), &by("ann")).await.unwrap();
    world.engine.close().await;
    let world = World::over(store, played, soon_lost()).await;
    assert_eq!(world.until("a", &["running"]).await.task.tally.attempts, 1);
    tokio::time::sleep(Duration::from_millis(60)).await;
    world.engine.beat(&name("a"), granted.fence, None, &said("still here")).await.unwrap();
    // From now on the new host's lease counts.
    world.until("a", &["ready"]).await;
    assert_eq!(world.engine.attempts(&name("a")).await.unwrap()[0].outcome, "lost");
}
