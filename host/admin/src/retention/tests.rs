//! Hours that become days: nothing is lost or counted twice, whenever a day turns and whatever the store does.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use patchbay_meter::{Entry, Flush, Ledger, Outcome, Spent, UsageRow};
use patchbay_store::{
    BoxFuture, KeyRange, Keyed, Log, ReadError, RedbOptions, RedbStore, Revision, Row, Span, Table,
};
use patchbay_types::{ManualClock, NanoUsd, Tokens};
use tokio::sync::watch;

use super::*;
use crate::desk::{NOW, TestDesk};
use crate::{StoreLedger, spent_since};

const DAY: Duration = days(1);

/// A store that commits so many batches more, and then none.
struct Stops {
    inner: RedbStore,
    left: AtomicUsize,
}

impl Store for Stops {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => self.inner.commit(batch),
            Err(_) => Box::pin(async { Err(CommitError::Stopped { cause: "the disk is full".to_owned() }) }),
        }
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>> {
        self.inner.get(table, key)
    }

    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>> {
        self.inner.get_many(table, keys)
    }

    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>> {
        self.inner.range(table, range, limit)
    }

    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>> {
        self.inner.log(log, span, limit)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>> {
        self.inner.waiting()
    }

    fn watch(&self) -> watch::Receiver<Revision> {
        self.inner.watch()
    }
}

/// One request of 15 tokens.
fn entry(at: Timestamp, model: &str, pool: &str) -> Entry<'static> {
    Entry {
        at,
        pool: Cow::Owned(pool.into()),
        provider: Cow::Owned("p".parse().unwrap()),
        model: model.to_owned().into(),
        agent: Cow::Owned("a".parse().unwrap()),
        key: None,
        outcome: Outcome::Ok,
        prompt: Tokens(10),
        completion: Tokens(5),
        cached: Tokens(0),
        cache_write: Tokens(0),
        reasoning: Tokens(0),
        total: Tokens(15),
        cost: NanoUsd(100),
        estimated: false,
        latency: Duration::from_millis(20),
        first_byte: None,
    }
}

async fn hours(store: &dyn Store) -> Vec<UsageRecord> {
    let rows: Vec<Stored<UsageRecord>> = store.list(Key::new().prefix(), usize::MAX).await.unwrap();
    rows.into_iter().map(|row| row.record).collect()
}

async fn days_of(store: &dyn Store) -> Vec<DayRecord> {
    let rows: Vec<Stored<DayRecord>> = store.list(Key::new().prefix(), usize::MAX).await.unwrap();
    rows.into_iter().map(|row| row.record).collect()
}

async fn requests(store: &dyn Store) -> u64 {
    let (hours, days) = (hours(store).await, days_of(store).await);
    hours.iter().map(|row| row.row.requests).chain(days.iter().map(|row| row.row.requests)).sum()
}

async fn add(store: &Arc<dyn Store>, entries: impl IntoIterator<Item = Entry<'static>>) {
    let rows = entries.into_iter().map(|entry| (entry.clone().to_key(), UsageRow::from(&entry)));
    let flush = Flush { rows: rows.collect(), spent: Vec::new() };
    StoreLedger::new(store.clone()).add(flush).await.unwrap();
}

fn retention(store: &Arc<dyn Store>, now: Timestamp) -> Retention {
    Retention::new(store.clone(), Arc::new(ManualClock::at(now)), Moving::default())
}

fn memory() -> Arc<dyn Store> {
    Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap())
}

#[tokio::test]
async fn a_day_turns_after_ninety_days_and_its_last_second_counts_to_it() {
    let store = memory();
    let day = Timestamp(NOW.0).day();
    let (last, first) = (Timestamp(day.0 + days(1).as_secs() * 1000 - 1), day + DAY);
    add(&store, [entry(day, "m", "primary"), entry(last, "m", "primary"), entry(first, "m", "primary")])
        .await;
    // The whole of the ninetieth day after it, and the first moment of the next.
    retention(&store, Timestamp((day + days(91)).0 - 1)).tidy().await;
    assert_eq!((hours(&*store).await.len(), days_of(&*store).await.len()), (3, 0));
    retention(&store, day + days(91)).tidy().await;
    let (hours, days) = (hours(&*store).await, days_of(&*store).await);
    assert_eq!(hours.iter().map(|row| row.key.hour).collect::<Vec<_>>(), [first.hour()]);
    assert_eq!(days.iter().map(|row| (row.day, row.row.requests)).collect::<Vec<_>>(), [(day, 2)]);
    assert_eq!((days[0].row.total, days[0].row.latency.count()), (Tokens(30), 2));
}

#[tokio::test]
async fn pools_and_models_keep_days_of_their_own_and_late_hours_are_added() {
    let store = memory();
    let now = NOW + days(200);
    add(&store, [entry(NOW, "m", "primary"), entry(NOW, "m", "fallback"), entry(NOW, "n", "")]).await;
    retention(&store, now).tidy().await;
    add(&store, [entry(NOW, "m", "primary")]).await;
    retention(&store, now).tidy().await;
    let days = days_of(&*store).await;
    let found: Vec<_> = days.iter().map(|row| (&*row.pool, &*row.model, row.row.requests)).collect();
    assert_eq!(found, [("", "n", 1), ("fallback", "m", 1), ("primary", "m", 2)]);
    assert!(hours(&*store).await.is_empty());
}

#[tokio::test]
async fn a_store_that_stops_in_the_middle_has_every_token_once_and_the_rest_is_moved_later() {
    let inner = RedbStore::in_memory(RedbOptions::default()).unwrap();
    let stops = Arc::new(Stops { inner, left: AtomicUsize::new(usize::MAX) });
    let store: Arc<dyn Store> = stops.clone();
    let rows = BATCH_ROWS * 3 + 7;
    let hour = |index: usize| NOW.day() + Duration::from_secs(3600 * (index as u64 % 48));
    add(&store, (0..rows).map(|index| entry(hour(index), &format!("m{}", index / 48), "primary"))).await;
    let now = NOW + days(200);
    for left in [1, 0, 1] {
        stops.left.store(left, Ordering::SeqCst);
        retention(&store, now).tidy().await;
        assert_eq!(requests(&*store).await, rows as u64, "after {left} batches more");
        assert!(!hours(&*store).await.is_empty());
    }
    stops.left.store(usize::MAX, Ordering::SeqCst);
    retention(&store, now).tidy().await;
    assert_eq!((hours(&*store).await.len(), requests(&*store).await), (0, rows as u64));
}

#[tokio::test]
async fn who_adds_to_an_hour_while_it_is_moved_loses_nothing() {
    let store = memory();
    add(&store, (0..50).map(|model| entry(NOW, &format!("m{model}"), "primary"))).await;
    let retention = retention(&store, NOW + days(200));
    let adding = async {
        for _ in 0..20 {
            add(&store, (0..50).map(|model| entry(NOW, &format!("m{model}"), "primary"))).await;
        }
    };
    let moving = async {
        for _ in 0..20 {
            retention.tidy().await;
        }
    };
    tokio::join!(adding, moving);
    retention.tidy().await;
    assert_eq!((hours(&*store).await.len(), requests(&*store).await), (0, 21 * 50));
}

#[tokio::test]
async fn what_keys_spent_is_kept_for_longer_than_a_month() {
    let store = memory();
    let spent = |day: Timestamp| Spent { key: "k".to_owned(), day, cost: NanoUsd(1), tokens: Tokens(1) };
    let old = NOW.day();
    let flush = Flush { rows: Vec::new(), spent: vec![spent(old), spent(old + DAY)] };
    StoreLedger::new(store.clone()).add(flush).await.unwrap();
    retention(&store, old + days(62)).tidy().await;
    assert_eq!(spent_since(&*store, Timestamp(0)).await.unwrap().len(), 2);
    retention(&store, old + days(63)).tidy().await;
    assert_eq!(spent_since(&*store, Timestamp(0)).await.unwrap(), [spent(old + DAY)]);
}

#[tokio::test]
async fn readers_see_the_same_before_while_and_after_hours_become_days() {
    let desk = TestDesk::new().await;
    for hour in 0..100 {
        desk.record("alpha", &format!("m{}", hour % 7), "scout");
        desk.clock.advance(Duration::from_secs(3600));
    }
    desk.meter.flush().await.unwrap();
    let asked = |by: &str| serde_json::from_value(serde_json::json!({"by": by})).unwrap();
    let (by_day, before) = (asked("day"), desk.operator.usage(&asked("day")).await.unwrap());
    assert_eq!((before.len(), before.iter().map(|line| line.requests).sum::<u64>()), (6, 100));
    desk.clock.advance(days(300));
    let (retention, stop) = (desk.operator.retention(), CancellationToken::new());
    let reading = async {
        for _ in 0..20 {
            assert_eq!(desk.operator.usage(&by_day).await.unwrap(), before);
        }
        stop.cancel();
    };
    tokio::join!(retention.run(stop.clone()), reading);
    desk.operator.retention().tidy().await;
    assert!(hours(&*desk.store).await.is_empty());
    assert_eq!(desk.operator.usage(&by_day).await.unwrap(), before);
    let by_hour = desk.operator.usage(&asked("hour")).await.unwrap();
    assert_eq!(by_hour.iter().filter(|line| line.hour.is_none() && line.day.is_some()).count(), 6);
    let status = desk.operator.status().await.unwrap();
    assert_eq!(status.in_all.requests, 100);
}
