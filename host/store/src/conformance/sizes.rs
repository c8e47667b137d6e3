//! The largest that is kept, and what is larger.

use super::{Cell, Home, all, cell, commit, event, put, value};
use crate::{BATCH_BYTES_MAX, Batch, CommitError, KEY_BYTES_MAX, Record, Store, StoreExt, VALUE_BYTES_MAX};

/// A cell whose row has exactly so many bytes.
fn cell_of(line: u64, bytes: usize) -> Cell {
    let empty = 1 + serde_json::to_string(&cell("a", line, "")).map_or(0, |json| json.len());
    cell("a", line, &"x".repeat(bytes - empty))
}

/// A cell whose key has exactly so many bytes.
fn cell_under(bytes: usize) -> Cell {
    let empty = cell("", 1, "").key().as_bytes().len();
    cell(&"k".repeat(bytes - empty), 1, "")
}

pub(super) async fn the_largest_parts_are_kept(home: &dyn Home) {
    let store = home.open().await;
    let (long, large) = (cell_under(KEY_BYTES_MAX), cell_of(1, VALUE_BYTES_MAX));
    commit(&*store, put(&[long.clone(), large.clone()])).await;
    assert_eq!(value(&*store, &long.key()).await, Some(long.value));
    assert_eq!(value(&*store, &large.key()).await, Some(large.value));
    let cells: Vec<_> =
        (0..BATCH_BYTES_MAX / VALUE_BYTES_MAX).map(|_| cell_of(2, VALUE_BYTES_MAX - 2048)).collect();
    commit(&*store, put(&cells)).await;
}

pub(super) async fn what_is_too_large_is_refused_and_leaves_no_trace(home: &dyn Home) {
    let store = home.open().await;
    let many: Vec<_> = (0..=BATCH_BYTES_MAX / VALUE_BYTES_MAX).map(|_| cell_of(1, VALUE_BYTES_MAX)).collect();
    let long = cell_under(KEY_BYTES_MAX + 1);
    let batches = [
        put(std::slice::from_ref(&long)),
        Batch::new().delete::<Cell>(&long.key()),
        Batch::new().require_absent::<Cell>(&long.key()),
        put(&[cell_of(1, VALUE_BYTES_MAX + 1)]),
        put(&many),
        Batch::new().event(event(&"x".repeat(VALUE_BYTES_MAX))),
    ];
    for batch in batches {
        refused(&*store, batch.put(&cell("a", 1, "small")).expect("a cell is JSON")).await;
    }
    assert_eq!(all(&*store).await, []);
    assert_eq!(store.last_events(1).await.expect("readable"), []);
}

async fn refused(store: &dyn Store, batch: Batch) {
    let answer = store.commit(batch).await;
    assert!(matches!(answer, Err(CommitError::TooLarge { found, max, .. }) if found > max), "{answer:?}");
}
