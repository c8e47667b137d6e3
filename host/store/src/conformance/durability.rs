//! What opening again must bring back. Power loss and damage are the backend's own tests.

use futures_util::future::poll_immediate;

use super::{Home, all, audit, cell, commit, event, put, report};
use crate::{Batch, Revision, StoreExt};

pub(super) async fn all_that_was_acknowledged_is_there_after_opening_again(home: &dyn Home) {
    let cells = [cell("a", 1, "one"), cell("b", 2, "two"), cell("c", 3, "three")];
    let store = home.open().await;
    commit(&*store, put(&cells[..2]).report(report("r")).event(event("e")).audit(audit("a"))).await;
    let last = commit(&*store, put(&cells[2..])).await;
    drop(store);
    let store = home.open().await;
    assert_eq!(all(&*store).await, cells);
    let opened = *store.watch().borrow();
    assert!(opened >= last, "{opened:?} after {last:?}");
    assert_eq!(store.waiting().await.expect("readable"), 1);
    let next = commit(&*store, Batch::new().report(report("s")).event(event("f")).audit(audit("b"))).await;
    assert_eq!(next, Revision(opened.0 + 1));
    assert_eq!(store.reports(0, 9).await.expect("readable"), [(1, report("r")), (2, report("s"))]);
    assert_eq!(store.events(0, 9).await.expect("readable"), [(1, event("e")), (2, event("f"))]);
    assert_eq!(store.audits(0, 9).await.expect("readable"), [(1, audit("a")), (2, audit("b"))]);
}

pub(super) async fn a_dropped_commit_is_written_whole_or_not_at_all(home: &dyn Home) {
    let store = home.open().await;
    drop(store.commit(put(&[cell("never", 1, "")])));
    for line in 0..20 {
        drop(poll_immediate(store.commit(put(&[cell("a", line, ""), cell("z", line, "")]))).await);
    }
    commit(&*store, Batch::new()).await;
    let cells = all(&*store).await;
    let lines =
        |column| cells.iter().filter(|cell| cell.column == column).map(|cell| cell.line).collect::<Vec<_>>();
    assert_eq!(lines("a"), lines("z"));
    assert_eq!(lines("never"), [0; 0], "a commit that was never polled was written");
}
