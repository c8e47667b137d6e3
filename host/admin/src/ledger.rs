//! The ledger over the store: increments become part of the rows that are there, and of the sum of all. It must not know
//! how long rows are kept.

use std::sync::Arc;

use patchbay_meter::{Added, Flush, Ledger, LedgerError, Spent};
use patchbay_store::{Batch, CommitError, Key, KeyRange, ReadError, Record, Store, StoreExt, Stored};
use patchbay_types::Timestamp;

use crate::record::{SpentRecord, TotalRecord, UsageRecord, since};
use crate::sum::{AddError, Sum, TRIES, add_up, put_sum, sum_of};

/// Rows of usage, and of what keys spent, in one batch. The longest names make a row of 4 KB with its keys, so a batch
/// stays below what the store takes.
const BATCH_ROWS: usize = 1_000;
/// Rows of what keys spent that are read at a time, and in all: every key there can be, on every day that is kept.
const SPENT_PAGE: usize = 5_000;
const SPENT_ROWS_MAX: usize = 100_000 * 63;

/// Keeps usage in the store.
pub struct StoreLedger {
    store: Arc<dyn Store>,
}

/// What goes into one batch.
struct Part<'a> {
    usage: &'a [UsageRecord],
    spent: &'a [SpentRecord],
}

type StoredTotal = Option<Stored<TotalRecord>>;

/// What keys spent on `day` and since, each key and day once, the oldest first: for accounts that begin anew.
///
/// # Errors
/// When the store cannot be read.
pub async fn spent_since(store: &dyn Store, day: Timestamp) -> Result<Vec<Spent>, ReadError> {
    let (mut spent, mut range): (_, KeyRange) = (Vec::new(), since(day.day()));
    while spent.len() < SPENT_ROWS_MAX {
        let page: Vec<Stored<SpentRecord>> = store.list(range.clone(), SPENT_PAGE).await?;
        let last = page.last().filter(|_| page.len() == SPENT_PAGE).map(|row| row.record.key());
        spent.extend(page.into_iter().map(|row| row.record.spent));
        let Some(last) = last else { break };
        range = range.after(&last);
    }
    Ok(spent)
}

impl StoreLedger {
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// A batch may not hold as many rows as a flush may bring, so there can be several. What could refuse a later one
    /// is found out before the first is written: every row is read. That leaves a store that stops between two; it
    /// takes nothing more until the host is started again, so no row is added twice.
    async fn add_all(&self, usage: &[UsageRecord], spent: &[SpentRecord]) -> Result<(), AddError> {
        let mut total: StoredTotal = self.store.read(&Key::new()).await?;
        let mut batches = Vec::new();
        for part in parts(usage, spent) {
            batches.push((self.added_up(&part).await?, part));
        }
        for (batch, part) in batches {
            total = self.commit(batch, &part, total).await?;
        }
        Ok(())
    }

    async fn commit(
        &self,
        mut batch: Batch,
        part: &Part<'_>,
        mut total: StoredTotal,
    ) -> Result<StoredTotal, AddError> {
        let (increment, mut tries) = (part.total(), 1);
        loop {
            match self.store.commit(put_sum(batch, total.as_ref(), &increment)?).await {
                Ok(revision) => {
                    return Ok(Some(Stored { revision, record: sum_of(total.as_ref(), &increment) }));
                }
                Err(CommitError::Conflict { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
            total = self.store.read(&Key::new()).await?;
            batch = self.added_up(part).await?;
        }
    }

    async fn added_up(&self, part: &Part<'_>) -> Result<Batch, AddError> {
        let batch = add_up(&*self.store, Batch::new(), part.usage).await?;
        add_up(&*self.store, batch, part.spent).await
    }
}

impl Ledger for StoreLedger {
    fn add(&self, flush: Flush) -> Added<'_> {
        let usage: Vec<_> = flush.rows.into_iter().map(|(key, row)| UsageRecord { key, row }).collect();
        let spent: Vec<_> = flush.spent.into_iter().map(|spent| SpentRecord { spent }).collect();
        Box::pin(async move { self.add_all(&usage, &spent).await.map_err(LedgerError::new) })
    }
}

impl Part<'_> {
    fn total(&self) -> TotalRecord {
        let mut total = TotalRecord::default();
        self.usage.iter().for_each(|record| total.merge(&TotalRecord { row: record.row }));
        total
    }
}

fn parts<'a>(usage: &'a [UsageRecord], spent: &'a [SpentRecord]) -> Vec<Part<'a>> {
    let (mut usage, mut spent) = (usage.chunks(BATCH_ROWS), spent.chunks(BATCH_ROWS));
    let next = || match (usage.next(), spent.next()) {
        (None, None) => None,
        (usage, spent) => Some(Part { usage: usage.unwrap_or_default(), spent: spent.unwrap_or_default() }),
    };
    std::iter::from_fn(next).collect()
}

#[cfg(test)]
mod tests;
