//! The ledger over a store: sums, and who else writes the same rows.

use patchbay_store::{RedbOptions, RedbStore};
use patchbay_types::{NanoUsd, Timestamp};

use super::*;

fn key(hour: u64, model: &str) -> UsageKey {
    let (provider, agent) = ("p".parse().unwrap(), "a".parse().unwrap());
    UsageKey { hour: Timestamp(hour * 3_600_000), provider, model: model.to_owned(), agent }
}

fn row(requests: u64) -> UsageRow {
    UsageRow { requests, cost: NanoUsd(requests * 10), ..UsageRow::default() }
}

async fn all(store: &dyn Store, from: u64) -> Vec<(UsageKey, u64)> {
    let rows: Vec<Stored<UsageRecord>> =
        store.list(UsageRecord::since(Timestamp(from * 3_600_000)), usize::MAX).await.unwrap();
    rows.into_iter().map(|row| (row.record.key, row.record.row.requests)).collect()
}

async fn total(store: &dyn Store) -> u64 {
    let total: Option<Stored<TotalRecord>> = store.read(&Key::new()).await.unwrap();
    total.unwrap().record.row.requests
}

fn ledger() -> (Arc<dyn Store>, StoreLedger) {
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    (store.clone(), StoreLedger::new(store))
}

#[tokio::test]
async fn increments_are_added_to_what_is_there_and_to_the_sum_of_all() {
    let (store, ledger) = ledger();
    ledger.add(vec![(key(1, "m"), row(2)), (key(2, "m"), row(3))]).await.unwrap();
    ledger.add(vec![(key(2, "m"), row(4)), (key(2, "n"), row(1))]).await.unwrap();
    assert_eq!(all(&*store, 0).await, [(key(1, "m"), 2), (key(2, "m"), 7), (key(2, "n"), 1)]);
    assert_eq!(all(&*store, 2).await, [(key(2, "m"), 7), (key(2, "n"), 1)]);
    assert_eq!(total(&*store).await, 10);
}

#[tokio::test]
async fn two_who_add_at_once_lose_nothing() {
    let (store, one) = ledger();
    let other = StoreLedger::new(store.clone());
    for _ in 0..20 {
        let (a, b) =
            tokio::join!(one.add(vec![(key(1, "m"), row(1))]), other.add(vec![(key(1, "m"), row(1))]));
        a.unwrap();
        b.unwrap();
    }
    assert_eq!((all(&*store, 0).await, total(&*store).await), (vec![(key(1, "m"), 40)], 40));
}

#[tokio::test]
async fn the_largest_flush_with_the_longest_names_is_taken() {
    let (store, ledger) = ledger();
    let key = |index: usize| UsageKey {
        hour: Timestamp(3_600_000),
        provider: "p".repeat(64).parse().unwrap(),
        model: format!("{index:0>5}{}", "\"".repeat(251)),
        agent: "a".repeat(64).parse().unwrap(),
    };
    let full = UsageRow {
        requests: 1,
        latency_ms_sum: u64::MAX,
        first_byte_ms_sum: u64::MAX,
        ..UsageRow::default()
    };
    ledger.add((0..10_000).map(|index| (key(index), full)).collect()).await.unwrap();
    assert_eq!((all(&*store, 0).await.len(), total(&*store).await), (10_000, 10_000));
}
