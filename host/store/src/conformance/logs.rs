//! Reports, events and audits.

use super::{Cell, Home, audit, cell, commit, event, put, report};
use crate::{Batch, CommitError, Record, StoreExt};

pub(super) async fn entries_are_numbered_from_one_without_gaps(home: &dyn Home) {
    let store = home.open().await;
    commit(&*store, Batch::new().event(event("1")).event(event("2")).audit(audit("1"))).await;
    commit(&*store, Batch::new().event(event("3")).audit(audit("2"))).await;
    let events = store.events(0, 10).await.expect("a sound store can be read");
    assert_eq!(events, [(1, event("1")), (2, event("2")), (3, event("3"))]);
    let audits = store.audits(0, 10).await.expect("a sound store can be read");
    assert_eq!(audits, [(1, audit("1")), (2, audit("2"))]);
}

pub(super) async fn entries_come_with_their_batch_or_not_at_all(home: &dyn Home) {
    let store = home.open().await;
    let here = cell("a", 1, "here");
    let told = |word: &str| Batch::new().report(report(word)).event(event(word)).audit(audit(word));
    commit(&*store, told("first").put(&here).expect("a cell is JSON")).await;
    let refused = store.commit(told("never").require_absent::<Cell>(&here.key())).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
    commit(&*store, told("second")).await;
    assert_eq!(store.reports(0, 9).await.expect("readable"), [(1, report("first")), (2, report("second"))]);
    assert_eq!(store.events(0, 9).await.expect("readable"), [(1, event("first")), (2, event("second"))]);
    assert_eq!(store.audits(0, 9).await.expect("readable"), [(1, audit("first")), (2, audit("second"))]);
}

pub(super) async fn a_log_is_read_from_either_end(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(store.last_events(5).await.expect("readable"), []);
    commit(&*store, (1..=9).fold(Batch::new(), |batch, number| batch.event(event(&number.to_string()))))
        .await;
    let numbers = |events: Vec<(u64, _)>| events.into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers(store.events(0, 3).await.expect("readable")), [1, 2, 3]);
    assert_eq!(numbers(store.events(3, 3).await.expect("readable")), [4, 5, 6]);
    assert_eq!(numbers(store.events(7, 3).await.expect("readable")), [8, 9]);
    assert_eq!(numbers(store.events(9, 3).await.expect("readable")), [0; 0]);
    assert_eq!(numbers(store.last_events(3).await.expect("readable")), [7, 8, 9]);
    assert_eq!(numbers(store.last_events(99).await.expect("readable")), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(numbers(store.last_events(0).await.expect("readable")), [0; 0]);
}

pub(super) async fn reports_wait_until_they_are_delivered(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(store.waiting().await.expect("readable"), 0);
    commit(&*store, put(&[cell("a", 1, "")]).report(report("one")).event(event("not a report"))).await;
    commit(&*store, Batch::new().report(report("two")).report(report("three"))).await;
    assert_eq!(store.waiting().await.expect("readable"), 3);
    assert_eq!(store.last_reports(2).await.expect("readable"), [(2, report("two")), (3, report("three"))]);
}
