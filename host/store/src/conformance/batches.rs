//! Atomicity, preconditions and revisions.

use futures_util::future::join_all;

use super::{Cell, Home, all, cell, commit, event, put, stored, value};
use crate::{Batch, CommitError, Expected, Record, Revision, Store, StoreExt};

/// Writers at one time, and how often each adds one.
const WRITERS: usize = 16;
const ADDITIONS: usize = 8;

pub(super) async fn a_committed_batch_is_there_whole(home: &dyn Home) {
    let store = home.open().await;
    let cells: Vec<_> = (0..50).map(|line| cell("a", line, "new")).collect();
    let revision = commit(&*store, put(&cells)).await;
    assert_eq!(all(&*store).await, cells);
    for cell in &cells {
        assert_eq!(stored(&*store, &cell.key()).await.map(|stored| stored.revision), Some(revision));
    }
}

pub(super) async fn a_refused_batch_leaves_no_trace(home: &dyn Home) {
    let store = home.open().await;
    let old = cell("a", 1, "old");
    let before = commit(&*store, put(std::slice::from_ref(&old))).await;
    let batch =
        put(&[cell("a", 1, "new"), cell("a", 2, "new")]).delete::<Cell>(&old.key()).event(event("never"));
    let refused = store.commit(batch.require_absent::<Cell>(&old.key())).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
    assert_eq!(all(&*store).await, [old]);
    assert_eq!(store.events(0, 10).await.expect("a sound store can be read"), []);
    assert_eq!(*store.watch().borrow(), before);
    assert_eq!(
        commit(&*store, Batch::new()).await,
        Revision(before.0 + 1),
        "the refused batch used up a revision"
    );
}

pub(super) async fn a_conflict_names_what_was_expected_and_found(home: &dyn Home) {
    let store = home.open().await;
    let (here, gone) = (cell("a", 1, "here"), cell("a", 2, "gone").key());
    let revision = commit(&*store, put(std::slice::from_ref(&here))).await;
    let later = Revision(revision.0 + 1);
    let cases = [
        (Batch::new().require_absent::<Cell>(&here.key()), here.key(), Expected::Absent, Some(revision)),
        (
            Batch::new().require_revision::<Cell>(&here.key(), later),
            here.key(),
            Expected::At(later),
            Some(revision),
        ),
        (Batch::new().require_revision::<Cell>(&gone, revision), gone, Expected::At(revision), None),
    ];
    for (batch, key, expected, found) in cases {
        let conflict =
            CommitError::Conflict { table: Cell::TABLE, key: key.as_bytes().to_vec(), expected, found };
        assert_eq!(store.commit(batch).await, Err(conflict));
    }
    let agreed = Batch::new().require_revision::<Cell>(&here.key(), revision);
    commit(&*store, agreed.require_absent::<Cell>(&cell("a", 3, "").key())).await;
}

pub(super) async fn preconditions_are_checked_before_the_writes_of_the_same_batch(home: &dyn Home) {
    let store = home.open().await;
    let new = cell("a", 1, "new");
    commit(&*store, put(std::slice::from_ref(&new)).require_absent::<Cell>(&new.key())).await;
    let moved = put(&[cell("a", 2, "moved")]).delete::<Cell>(&new.key());
    let refused = store.commit(moved.require_absent::<Cell>(&new.key())).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
}

pub(super) async fn the_last_of_several_writes_to_a_row_wins(home: &dyn Home) {
    let store = home.open().await;
    let key = cell("a", 1, "").key();
    commit(&*store, put(&[cell("a", 1, "one"), cell("a", 1, "two")])).await;
    assert_eq!(value(&*store, &key).await.as_deref(), Some("two"));
    commit(&*store, put(&[cell("a", 1, "three")]).delete::<Cell>(&key)).await;
    assert_eq!(value(&*store, &key).await, None);
    commit(&*store, Batch::new().delete::<Cell>(&key).put(&cell("a", 1, "four")).expect("a cell is JSON"))
        .await;
    assert_eq!(value(&*store, &key).await.as_deref(), Some("four"));
}

pub(super) async fn a_deleted_row_is_absent_and_may_come_again(home: &dyn Home) {
    let store = home.open().await;
    let here = cell("a", 1, "here");
    let first = commit(&*store, put(std::slice::from_ref(&here))).await;
    commit(&*store, Batch::new().delete::<Cell>(&here.key())).await;
    commit(&*store, Batch::new().delete::<Cell>(&here.key())).await;
    assert_eq!(all(&*store).await, []);
    let again = commit(&*store, put(std::slice::from_ref(&here)).require_absent::<Cell>(&here.key())).await;
    let stale = store.commit(Batch::new().require_revision::<Cell>(&here.key(), first)).await;
    assert!(
        matches!(stale, Err(CommitError::Conflict { found: Some(found), .. }) if found == again),
        "{stale:?}"
    );
}

pub(super) async fn revisions_grow_and_a_row_keeps_that_of_its_last_write(home: &dyn Home) {
    let store = home.open().await;
    let first = commit(&*store, put(&[cell("a", 1, "one"), cell("a", 2, "one")])).await;
    let second = commit(&*store, put(&[cell("a", 2, "two")])).await;
    assert_eq!(second, Revision(first.0 + 1));
    let revision =
        async |line| stored(&*store, &cell("a", line, "").key()).await.map(|stored| stored.revision);
    assert_eq!((revision(1).await, revision(2).await), (Some(first), Some(second)));
}

pub(super) async fn no_update_is_lost_among_many_writers(home: &dyn Home) {
    let store = home.open().await;
    commit(&*store, put(&[cell("sum", 0, "0")])).await;
    let writer = async || {
        for _ in 0..ADDITIONS {
            add_one(&*store).await;
        }
    };
    join_all((0..WRITERS).map(|_| writer())).await;
    let sum = value(&*store, &cell("sum", 0, "").key()).await;
    assert_eq!(sum, Some((WRITERS * ADDITIONS).to_string()));
}

/// Reads, adds and writes under the revision that it read, until nobody came between.
async fn add_one(store: &dyn Store) {
    let key = cell("sum", 0, "").key();
    for _ in 0..=WRITERS * ADDITIONS {
        let sum = stored(store, &key).await.expect("the sum was written before");
        let next = sum.record.value.parse::<usize>().expect("the sum is a number") + 1;
        let batch = put(&[cell("sum", 0, &next.to_string())]).require_revision::<Cell>(&key, sum.revision);
        match store.commit(batch).await {
            Ok(_) => return,
            Err(error) => assert!(matches!(error, CommitError::Conflict { .. }), "{error}"),
        }
    }
    unreachable!("one writer wins each round, and there are no more rounds than additions");
}
