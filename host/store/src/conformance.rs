//! What every backend must do, as checks to be run on it from a test. They see nothing but [`Store`], so that two
//! backends that pass can stand in for one another. They panic where a backend falls short.

mod batches;
mod durability;
mod logs;
mod reads;
mod sizes;

use std::sync::Arc;

use patchbay_types::{Audit, Event, Report, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Batch, BoxFuture, Key, KeyRange, Record, Revision, Store, StoreExt, Stored, Table};

/// Where one store lives, from empty on.
pub trait Home: Send + Sync {
    /// Opens the store that lives here. Whoever opens it again has let go of it before.
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>>;
}

/// A check on a home that nobody has used.
pub type Check = fn(Box<dyn Home>) -> BoxFuture<'static, ()>;

macro_rules! checks {
    ($($module:ident::$check:ident,)*) => {
        /// Every check by its name.
        pub const CHECKS: &[(&str, Check)] =
            &[$((stringify!($check), |home| Box::pin(async move { $module::$check(&*home).await }))),*];
    };
}

checks! {
    batches::a_committed_batch_is_there_whole,
    batches::a_refused_batch_leaves_no_trace,
    batches::a_conflict_names_what_was_expected_and_found,
    batches::preconditions_are_checked_before_the_writes_of_the_same_batch,
    batches::the_last_of_several_writes_to_a_row_wins,
    batches::a_deleted_row_is_absent_and_may_come_again,
    batches::revisions_grow_and_a_row_keeps_that_of_its_last_write,
    batches::no_update_is_lost_among_many_writers,
    reads::a_table_never_written_is_empty,
    reads::tables_do_not_see_each_others_rows,
    reads::a_range_is_in_the_order_of_the_tuples,
    reads::pages_of_a_range_join_without_gap_or_repeat,
    reads::many_rows_are_read_in_the_order_that_was_asked_for,
    reads::rows_read_together_are_of_one_moment,
    reads::more_rows_than_one_read_takes_are_refused,
    reads::a_range_backwards_is_the_range_from_its_end,
    reads::a_range_never_shows_half_a_batch,
    reads::the_watch_shows_a_commit_when_it_is_answered,
    logs::entries_are_numbered_from_one_without_gaps,
    logs::entries_come_with_their_batch_or_not_at_all,
    logs::a_log_is_read_from_either_end,
    logs::reports_wait_until_they_are_delivered,
    sizes::the_largest_parts_are_kept,
    sizes::what_is_too_large_is_refused_and_leaves_no_trace,
    durability::all_that_was_acknowledged_is_there_after_opening_again,
    durability::a_dropped_commit_is_written_whole_or_not_at_all,
}

/// Runs every check, each on a new home.
pub async fn run(new_home: impl Fn() -> Box<dyn Home>) {
    for (_, check) in CHECKS {
        check(new_home()).await;
    }
}

/// The record of most checks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Cell {
    column: String,
    line: u64,
    value: String,
}

impl Record for Cell {
    const TABLE: Table = Table("conformance-cells");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(&self.column).number(self.line)
    }
}

fn cell(column: &str, line: u64, value: &str) -> Cell {
    Cell { column: column.to_owned(), line, value: value.to_owned() }
}

fn put(cells: &[Cell]) -> Batch {
    cells.iter().fold(Batch::new(), |batch, cell| batch.put(cell).expect("a cell is texts and a number"))
}

async fn commit(store: &dyn Store, batch: Batch) -> Revision {
    store.commit(batch).await.expect("nothing stands against this batch")
}

async fn stored(store: &dyn Store, key: &Key) -> Option<Stored<Cell>> {
    store.read(key).await.expect("a sound store can be read")
}

async fn list(store: &dyn Store, range: KeyRange, limit: usize) -> Vec<Cell> {
    let cells = store.list(range, limit).await.expect("a sound store can be read");
    cells.into_iter().map(|stored| stored.record).collect()
}

async fn value(store: &dyn Store, key: &Key) -> Option<String> {
    stored(store, key).await.map(|stored| stored.record.value)
}

async fn all(store: &dyn Store) -> Vec<Cell> {
    list(store, Key::new().prefix(), usize::MAX).await
}

fn event(message: &str) -> Event {
    let message = message.to_owned();
    Event { at: Timestamp(1), kind: "check.ran".to_owned(), subject: "check/1".to_owned(), message }
}

fn audit(detail: &str) -> Audit {
    Audit {
        at: Timestamp(1),
        actor: "check".to_owned(),
        action: "check.run".to_owned(),
        subject: "check/1".to_owned(),
        detail: detail.to_owned(),
    }
}

fn report(title: &str) -> Report {
    Report {
        at: Timestamp(1),
        severity: Severity::Info,
        subject: "check/1".to_owned(),
        title: title.to_owned(),
        body: String::new(),
    }
}
