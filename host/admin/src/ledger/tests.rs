//! The ledger over a store: sums, what keys spent, and who else writes the same rows.

use patchbay_meter::{UsageKey, UsageRow};
use patchbay_store::{RedbOptions, RedbStore};
use patchbay_types::{NanoUsd, Tokens};

use super::*;

fn key(hour: u64, model: &str) -> UsageKey {
    let (provider, agent) = ("p".parse().unwrap(), "a".parse().unwrap());
    let hour = Timestamp(hour * 3_600_000);
    UsageKey { hour, provider, model: model.to_owned(), agent, pool: "primary".into() }
}

fn row(requests: u64) -> UsageRow {
    let latency = (0..requests).map(|_| 30).collect();
    UsageRow { requests, cost: NanoUsd(requests * 10), latency, ..UsageRow::default() }
}

fn rows<const N: usize>(rows: [(UsageKey, UsageRow); N]) -> Flush {
    Flush { rows: rows.into(), spent: Vec::new() }
}

fn spent(key: &str, day: u64, cost: u64) -> Spent {
    Spent { key: key.to_owned(), day: Timestamp(day * 86_400_000), cost: NanoUsd(cost), tokens: Tokens(cost) }
}

async fn all(store: &dyn Store, from: u64) -> Vec<(UsageKey, u64)> {
    let rows: Vec<Stored<UsageRecord>> =
        store.list(since(Timestamp(from * 3_600_000)), usize::MAX).await.unwrap();
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
    ledger.add(rows([(key(1, "m"), row(2)), (key(2, "m"), row(3))])).await.unwrap();
    ledger.add(rows([(key(2, "m"), row(4)), (key(2, "n"), row(1))])).await.unwrap();
    assert_eq!(all(&*store, 0).await, [(key(1, "m"), 2), (key(2, "m"), 7), (key(2, "n"), 1)]);
    assert_eq!(all(&*store, 2).await, [(key(2, "m"), 7), (key(2, "n"), 1)]);
    assert_eq!(total(&*store).await, 10);
    let sum: Stored<TotalRecord> = store.read(&Key::new()).await.unwrap().unwrap();
    assert_eq!(sum.record.row.latency.count(), 10);
}

#[tokio::test]
async fn what_a_key_spends_is_added_up_by_the_day() {
    let (store, ledger) = ledger();
    let flush = |spent: Vec<Spent>| Flush { rows: vec![(key(1, "m"), row(1))], spent };
    ledger.add(flush(vec![spent("k", 3, 5), spent("l", 3, 1)])).await.unwrap();
    ledger.add(flush(vec![spent("k", 3, 2), spent("k", 4, 9)])).await.unwrap();
    let kept = |day: u64| spent_since(&*store, Timestamp(day * 86_400_000 + 5));
    assert_eq!(kept(3).await.unwrap(), [spent("k", 3, 7), spent("l", 3, 1), spent("k", 4, 9)]);
    assert_eq!(kept(4).await.unwrap(), [spent("k", 4, 9)]);
    assert_eq!(kept(5).await.unwrap(), []);
    assert_eq!(total(&*store).await, 2);
}

#[tokio::test]
async fn two_who_add_at_once_lose_nothing() {
    let (store, one) = ledger();
    let other = StoreLedger::new(store.clone());
    let flush = || Flush { rows: vec![(key(1, "m"), row(1))], spent: vec![spent("k", 1, 1)] };
    for _ in 0..20 {
        let (a, b) = tokio::join!(one.add(flush()), other.add(flush()));
        a.unwrap();
        b.unwrap();
    }
    assert_eq!((all(&*store, 0).await, total(&*store).await), (vec![(key(1, "m"), 40)], 40));
    assert_eq!(spent_since(&*store, Timestamp(0)).await.unwrap(), [spent("k", 1, 40)]);
}

#[tokio::test]
async fn the_largest_flush_with_the_longest_names_is_taken() {
    let (store, ledger) = ledger();
    let key = |index: usize| UsageKey {
        hour: Timestamp(3_600_000),
        provider: "p".repeat(64).parse().unwrap(),
        model: format!("{index:0>5}{}", "\"".repeat(251)),
        agent: "a".repeat(64).parse().unwrap(),
        pool: "o".repeat(64).into(),
    };
    let mut full = UsageRow { latency_ms_sum: u64::MAX, first_byte_ms_sum: u64::MAX, ..row(1) };
    // Near the greatest number in every class.
    full.latency = patchbay_meter::BOUNDS_MS.into_iter().chain([u64::MAX]).collect();
    (0..60).for_each(|_| full.latency.merge(&full.latency.clone()));
    full.first_byte = full.latency;
    let flush = Flush {
        rows: (0..10_000).map(|index| (key(index), full)).collect(),
        spent: (0..10_000).map(|index| spent(&format!("key_{index:0>16}"), 1, u64::MAX)).collect(),
    };
    ledger.add(flush).await.unwrap();
    assert_eq!((all(&*store, 0).await.len(), total(&*store).await), (10_000, 10_000));
    assert_eq!(spent_since(&*store, Timestamp(0)).await.unwrap().len(), 10_000);
}
