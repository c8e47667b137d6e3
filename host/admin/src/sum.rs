//! Records that are sums, and how increments become part of what is stored. It must not know what is summed.

use patchbay_store::{Batch, CommitError, EncodeError, ReadError, Record, Revision, Store, StoreExt, Stored};

use crate::record::{DayRecord, SpentRecord, TotalRecord, UsageRecord};

/// Somebody else writing the same rows is not expected at all; so often in a row it is a fault.
pub(crate) const TRIES: usize = 5;

/// A record that is a sum, and an increment to the one under its key.
pub(crate) trait Sum: Record + Clone + Sync {
    fn merge(&mut self, more: &Self);
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Puts into the batch what each row will be with its increment; each key may be there once. The batch is refused if
/// somebody else writes one of the rows meanwhile.
pub(crate) async fn add_up<R: Sum>(
    store: &dyn Store,
    mut batch: Batch,
    increments: &[R],
) -> Result<Batch, AddError> {
    for increment in increments {
        let stored: Option<Stored<R>> = store.read(&increment.key()).await?;
        batch = put_sum(batch, stored.as_ref(), increment)?;
    }
    Ok(batch)
}

/// Puts the sum of a row that was read, or of none, and an increment.
pub(crate) fn put_sum<R: Sum>(
    batch: Batch,
    stored: Option<&Stored<R>>,
    increment: &R,
) -> Result<Batch, EncodeError> {
    put_over(batch, &sum_of(stored, increment), stored.map(|stored| stored.revision))
}

pub(crate) fn sum_of<R: Sum>(stored: Option<&Stored<R>>, increment: &R) -> R {
    let Some(stored) = stored else { return increment.clone() };
    let mut sum = stored.record.clone();
    sum.merge(increment);
    sum
}

/// Over the row of this revision, or where there was none.
fn put_over<R: Record>(batch: Batch, record: &R, over: Option<Revision>) -> Result<Batch, EncodeError> {
    let key = record.key();
    let batch = match over {
        Some(revision) => batch.require_revision::<R>(&key, revision),
        None => batch.require_absent::<R>(&key),
    };
    batch.put(record)
}

impl Sum for UsageRecord {
    fn merge(&mut self, more: &Self) {
        self.row.merge(&more.row);
    }
}

impl Sum for DayRecord {
    fn merge(&mut self, more: &Self) {
        self.row.merge(&more.row);
    }
}

impl Sum for TotalRecord {
    fn merge(&mut self, more: &Self) {
        self.row.merge(&more.row);
    }
}

impl Sum for SpentRecord {
    fn merge(&mut self, more: &Self) {
        self.spent.merge(&more.spent);
    }
}
