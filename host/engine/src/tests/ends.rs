//! The end of an attempt is written sooner or later, whatever the store says of it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use patchbay_store::{
    Batch, BoxFuture, CommitError, KeyRange, Keyed, Log, ReadError, RedbOptions, RedbStore, Revision, Row,
    Span, Store, Table,
};
use patchbay_tasks::{Actor, Fence, FixState, Grant, Offered, OfferedPart, What};
use patchbay_types::{NanoUsd, SystemClock, Tokens};
use serde_json::json;

use super::world::{Played, World, name, operator, plan};
use crate::EngineOptions;

/// A store whose disk is full now and then.
pub(super) struct Full {
    store: Arc<dyn Store>,
    /// Ends of attempts that are refused, whether they are essential or not.
    pub(super) refused: AtomicI64,
    /// All but what is essential is refused.
    is_full: AtomicBool,
    /// The tables that each commit wrote to, in the order in which they were asked for.
    pub(super) asked: Mutex<Vec<Vec<Table>>>,
}

impl Store for Full {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        self.asked.lock().unwrap().push(batch.writes().iter().map(|write| write.table).collect());
        let is_end = batch.writes().iter().any(|write| write.table.0 == "attempts");
        let is_refused = is_end && self.refused.fetch_sub(1, Ordering::SeqCst) > 0;
        if is_refused || (self.is_full.load(Ordering::SeqCst) && !batch.is_essential()) {
            return Box::pin(async { Err(CommitError::Full) });
        }
        self.store.commit(batch)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>> {
        self.store.get(table, key)
    }

    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>> {
        self.store.get_many(table, keys)
    }

    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>> {
        self.store.range(table, range, limit)
    }

    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>> {
        self.store.log(log, span, limit)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>> {
        self.store.waiting()
    }

    fn watch(&self) -> tokio::sync::watch::Receiver<Revision> {
        self.store.watch()
    }
}

async fn world(refused: i64) -> (World, Arc<Full>) {
    over_full(refused, EngineOptions::default()).await
}

/// Over a store that refuses so many ends of attempts.
pub(super) async fn over_full(refused: i64, options: EngineOptions) -> (World, Arc<Full>) {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let (refused, is_full) = (AtomicI64::new(refused), AtomicBool::new(false));
    let full = Arc::new(Full { store, refused, is_full, asked: Mutex::default() });
    let clock = Arc::new(SystemClock::default());
    let world = World::at(full.clone(), Arc::new(Played::default()), options, clock).await.unwrap();
    (world, full)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_could_not_be_written_is_written_later() {
    let (world, _) = world(3).await;
    world.apply(json!([{"name": "a", "skill": "played"}])).await;
    world.until("a", &["succeeded"]).await;
    assert_eq!((world.runs("a"), world.engine.running().0), (1, 0));
    assert_eq!(world.engine.attempts(&name("a")).await.unwrap()[0].outcome, "succeeded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_a_task_can_be_stopped_and_its_attempt_is_kept() {
    let (world, full) = world(0).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "hang"}}])).await;
    world.until("a", &["running"]).await;
    full.is_full.store(true, Ordering::SeqCst);
    let cancel = What::Cancelled { reason: "enough".to_owned() };
    world.engine.command(&name("a"), None, &operator(), cancel).await.unwrap();
    world.until("a", &["cancelled"]).await;
    world.engine.close().await;
    let attempts = world.engine.attempts(&name("a")).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].log[0].text.as_str()), (1, "here I am"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_of_this_host_without_an_attempt_is_taken_back() {
    let (world, _) = world(0).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "a lamp"}}])).await;
    let inner = &world.engine.inner;
    let task = world.until("a", &["ready"]).await.task;
    while inner.lanes.missing(task.id).is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (fence, holder) = (Fence(9_999), inner.holder.clone());
    let grant = Grant { fence, holder, expires: inner.now() + inner.options.load().lease, plugin: None };
    inner.happen(task.id, Actor::Worker("test".into()), What::Claimed(grant)).await.unwrap();
    inner.sweep.notify_one();
    world.until("a", &["ready"]).await;
    assert_eq!(world.engine.attempts(&name("a")).await.unwrap()[0].outcome, "lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_panics_has_failed_and_its_place_is_free() {
    let (world, _) = world(0).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "spend and fall"}}])).await;
    let attempt = loop {
        if let Some(attempt) = world.engine.attempts(&name("a")).await.unwrap().into_iter().next() {
            break attempt;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(attempt.outcome, "panic");
    assert_eq!(
        (attempt.tokens, attempt.cost),
        (Tokens(7), NanoUsd(11)),
        "what it had used counts all the same"
    );
    assert!(attempt.message.contains("the lamp fell"), "{}", attempt.message);
    while world.engine.inner.lanes.has_place(attempt.task) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(world.engine.running().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_panics_before_its_worker_is_tried_again() {
    // Given alone it would begin at once; given with another one it has to be claimed.
    for more in [json!([]), json!([{"name": "b", "skill": "played"}])] {
        let (world, _) = world(0).await;
        let mut tasks = json!([{"name": "a", "skill": "played", "input": {"lacks": "an end to panic"}}]);
        tasks.as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
        world.apply(tasks).await;
        world.until("a", &["succeeded"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_worker_said_that_was_stopped_is_kept_by_the_next_host() {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let played = Arc::new(Played::default());
    let world = World::over(store.clone(), played.clone(), EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "hang"}}])).await;
    let task = world.until("a", &["running"]).await.task;
    // The first host ends before its worker has heard of it.
    world.engine.inner.stop.cancel();
    world.engine.inner.end_running(task.id, task.fence);
    let pause = What::Paused { reason: "lunch".to_owned() };
    world.engine.command(&name("a"), None, &operator(), pause).await.unwrap();
    world.engine.inner.runs.flush().await;
    let next = world.again(played).await;
    let attempts = next.engine.attempts(&name("a")).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].outcome.as_str()), (1, "lost"));
    assert_eq!(attempts[0].log[0].text, "here I am");
    next.until("a", &["paused"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_waits_for_no_check_which_the_next_host_runs() {
    let (world, _) = world(0).await;
    world.played.check_ms.store(600_000, Ordering::SeqCst);
    let check = json!({"kind": "json-path", "path": "$.ok"});
    world.apply(json!([{"name": "a", "skill": "played", "checks": [check]}])).await;
    world.until("a", &["verifying"]).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let closed = tokio::time::timeout(Duration::from_secs(10), world.engine.close());
    closed.await.expect("it waits for a check");
    world.played.check_ms.store(0, Ordering::SeqCst);
    let next = world.again(world.played.clone()).await;
    next.until("a", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_waits_for_a_fix_no_longer_than_it_may() {
    let played = Played::default();
    let set = OfferedPart {
        kind: "set-config".to_owned(),
        arguments: json!({"key": "lamp.on", "value": true}).to_string(),
    };
    *played.proposals.lock().unwrap() = vec![Offered { actions: vec![set], ..plan(json!({})) }];
    played.act_ms.store(600_000, Ordering::SeqCst);
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let mut options = EngineOptions::default();
    options.fixes.gate.config_keys = vec!["lamp.on".to_owned()];
    let world = World::over(store, Arc::new(played), options).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "need"}}])).await;
    let fix = world.until_fix(FixState::WaitsForApproval).await.fix.id;
    world.engine.approve_fix(fix, &operator()).await.unwrap();
    while world.played.acted.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let close = world.engine.close_within(Duration::from_millis(100));
    tokio::time::timeout(Duration::from_secs(10), close).await.expect("it waits for a fix");
    assert!(world.engine.inner.tracker.is_empty());
}
