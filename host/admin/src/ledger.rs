//! The ledger over the store: increments become part of the rows that are there, and of the sum of all.

use std::sync::Arc;

use patchbay_meter::{Added, Ledger, LedgerError, UsageKey, UsageRow};
use patchbay_store::{
    Batch, CommitError, EncodeError, Key, ReadError, Record, Revision, Store, StoreExt, Stored,
};

use crate::record::{TotalRecord, UsageRecord};

/// Rows of one batch. The longest names make a row of 3 KB, so a batch stays below what the store takes.
const BATCH_ROWS: usize = 2_000;
/// Somebody else writing the same rows is not expected at all; so often in a row it is a fault.
const TRIES: usize = 5;

/// Keeps usage in the store.
pub struct StoreLedger {
    store: Arc<dyn Store>,
}

#[derive(Debug, thiserror::Error)]
enum AddError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl StoreLedger {
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// A batch may not hold as many rows as a flush may bring, so there can be several. What could refuse a later one
    /// is found out before the first is written: every row is read. That leaves a store that stops between two; it
    /// takes nothing more until the host is started again, so no row is added twice.
    async fn add_all(&self, rows: &[(UsageKey, UsageRow)]) -> Result<(), AddError> {
        let mut batches = Vec::new();
        let mut total = self.read_or_absent::<TotalRecord>(&Key::new()).await?;
        for part in rows.chunks(BATCH_ROWS) {
            batches.push((part, self.merged(part).await?));
        }
        for (part, batch) in batches {
            total = self.commit(part, batch, total).await?;
        }
        Ok(())
    }

    async fn commit(
        &self,
        part: &[(UsageKey, UsageRow)],
        mut batch: Batch,
        mut total: Option<Stored<TotalRecord>>,
    ) -> Result<Option<Stored<TotalRecord>>, AddError> {
        let mut tries = 1;
        loop {
            let mut record = total.as_ref().map(|stored| stored.record.clone()).unwrap_or_default();
            part.iter().for_each(|(_, row)| record.row.merge(row));
            match self.store.commit(put(batch, &record, revision(&total))?).await {
                Ok(revision) => return Ok(Some(Stored { revision, record })),
                Err(CommitError::Conflict { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
            total = self.read_or_absent(&Key::new()).await?;
            batch = self.merged(part).await?;
        }
    }

    async fn merged(&self, part: &[(UsageKey, UsageRow)]) -> Result<Batch, AddError> {
        let mut batch = Batch::new();
        for (key, row) in part {
            let stored = self.read_or_absent::<UsageRecord>(&UsageRecord::key_of(key)).await?;
            let mut sum = stored.as_ref().map(|stored| stored.record.row).unwrap_or_default();
            sum.merge(row);
            batch = put(batch, &UsageRecord { key: key.clone(), row: sum }, revision(&stored))?;
        }
        Ok(batch)
    }

    async fn read_or_absent<R: Record>(&self, key: &Key) -> Result<Option<Stored<R>>, ReadError> {
        self.store.read(key).await
    }
}

impl Ledger for StoreLedger {
    fn add(&self, rows: Vec<(UsageKey, UsageRow)>) -> Added<'_> {
        Box::pin(async move { self.add_all(&rows).await.map_err(LedgerError::new) })
    }
}

fn revision<R>(stored: &Option<Stored<R>>) -> Option<Revision> {
    stored.as_ref().map(|stored| stored.revision)
}

/// Over the row of this revision, or where there was none.
fn put<R: Record>(batch: Batch, record: &R, over: Option<Revision>) -> Result<Batch, EncodeError> {
    let key = record.key();
    let batch = match over {
        Some(revision) => batch.require_revision::<R>(&key, revision),
        None => batch.require_absent::<R>(&key),
    };
    batch.put(record)
}

#[cfg(test)]
mod tests;
