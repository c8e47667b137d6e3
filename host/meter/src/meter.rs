//! Gathers usage beside the request path, and brings it to the ledger in batches. What it cannot keep it counts;
//! it never makes a request wait or fail.

mod sums;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_types::{AgentName, ProviderName, shard, shards};

use crate::entry::Entry;
use crate::ledger::{Flush, Ledger, LedgerError};
use crate::row::{Sought, UsageKey, UsageRow};
use crate::spent::{Amount, SoughtKey, SpentKey};
use sums::{Full, Room, Sums};

/// Whose usage a total is: an [`UsageKey`] without its hour and its pool.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TotalKey {
    pub provider: ProviderName,
    pub model: String,
    pub agent: AgentName,
}

/// How requests at a provider ended; one that went on to another provider counts at both.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcomes {
    pub requests: u64,
    pub errors: u64,
}

/// The meter of the host: requests [`record`](Meter::record), one task [`run`](Meter::run)s it, others read.
///
/// Locks are taken in one order: `flushing`, `gathered`, then shards one by one.
pub struct Meter {
    ledger: Arc<dyn Ledger>,
    /// What came since the last flush: one for each serving thread, so that requests do not meet.
    shards: Box<[Mutex<Heap>]>,
    /// What is in all shards: the bound is on them together.
    rows: Room,
    spent: Room,
    gathered: Mutex<Gathered>,
    /// Held over a whole flush: rows are sent once, by one.
    flushing: tokio::sync::Mutex<()>,
    /// Requests that were not counted somewhere.
    dropped: AtomicU64,
}

/// What is to be brought to the ledger. A cache line of its own, and more.
#[derive(Default)]
#[repr(align(128))]
struct Heap {
    rows: Sums<UsageKey, UsageRow>,
    spent: Sums<SpentKey, Amount>,
}

/// What was taken out of the shards.
#[derive(Default)]
struct Gathered {
    unsent: Heap,
    /// Given to the ledger, which has not said yet that it has them, or said that it has not. Only a flush touches
    /// it, so what is gathered meanwhile is not taken for sent.
    sending: Heap,
    /// Since the start, whether sent or not.
    totals: Sums<TotalKey, UsageRow>,
}

/// Rows and keys that spent between two flushes, those that are being sent or wait for a ledger that fails, and totals:
/// each at most so many.
const ROWS_MAX: usize = 10_000;

/// When the host stops, a failing ledger gets so many tries, this far apart.
const LAST_TRIES: usize = 3;
const LAST_TRY_AFTER: Duration = Duration::from_millis(200);

/// No flush runs while this is held: each row is in the ledger or pending, and not in both.
pub struct Still<'a> {
    meter: &'a Meter,
    _alone: tokio::sync::MutexGuard<'a, ()>,
}

impl Still<'_> {
    /// What is not in the ledger yet: each key once, in no order.
    #[must_use]
    pub fn pending(&self) -> Vec<(UsageKey, UsageRow)> {
        self.meter.pending()
    }
}

impl Meter {
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            shards: std::iter::repeat_with(Mutex::default).take(shards()).collect(),
            rows: Room::default(),
            spent: Room::default(),
            gathered: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            dropped: AtomicU64::new(0),
        }
    }

    /// Counts a request that is over. It waits for nothing but, seldom and for less than a microsecond, another
    /// `record` or a reader that empties the same shard.
    pub fn record(&self, entry: &Entry<'_>) {
        let (row, spent) = (UsageRow::from(entry), SoughtKey::of(entry));
        let mut heap = lock(shard(&self.shards));
        let (rows, keys) = (|_| self.rows.take(ROWS_MAX), |_| self.spent.take(ROWS_MAX));
        let counted = heap.rows.add_to(&Sought::of(entry), || entry.to_key(), &row, rows);
        let charged =
            spent.map(|(key, amount)| heap.spent.add_to(&key, || SpentKey::of(&key), &amount, keys));
        drop(heap);
        if counted.and(charged.unwrap_or(Ok(()))).is_err() {
            self.drop_requests(1);
        }
    }

    /// Flushes after every `every` until `shutdown`, and then once more. A flush that fails is tried again with the
    /// next, its rows with it; while the ledger fails, this logs once. What is recorded after `shutdown` may be lost:
    /// let requests end first.
    ///
    /// # Cancel safety
    /// None: see [`flush`](Meter::flush). Await it to its end after `shutdown`.
    pub async fn run(&self, every: Duration, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut is_failing = false;
        while tokio::time::timeout(every, &mut shutdown).await.is_err() {
            let flushed = self.flush().await;
            match &flushed {
                Err(error) if !is_failing => tracing::warn!(%error, "usage waits in memory"),
                Ok(()) if is_failing => tracing::info!("usage that waited is in the ledger"),
                _ => {}
            }
            is_failing = flushed.is_err();
        }
        self.flush_last().await;
    }

    /// Brings everything recorded so far to the ledger; who wants to see all of it there flushes first.
    ///
    /// # Errors
    /// The ledger's. The rows are kept, up to 10,000 keys, and go with the next flush.
    ///
    /// # Cancel safety
    /// No row is lost, but if this is dropped while the ledger works, its rows may be added twice.
    pub async fn flush(&self) -> Result<(), LedgerError> {
        let _alone = self.flushing.lock().await;
        let flush = self.take_unsent();
        if flush.is_empty() {
            return Ok(());
        }
        self.ledger.add(flush).await?;
        lock(&self.gathered).sending.clear();
        Ok(())
    }

    /// Holds back flushes, so that what the ledger has and what waits here can be added up.
    pub async fn still(&self) -> Still<'_> {
        Still { meter: self, _alone: self.flushing.lock().await }
    }

    /// What the ledger may not have.
    fn pending(&self) -> Vec<(UsageKey, UsageRow)> {
        let gathered = self.gather();
        let mut pending = Sums::default();
        let rows = gathered.sending.rows.iter().chain(gathered.unsent.rows.iter());
        // Both together have a bound already.
        rows.for_each(|(key, row)| _ = pending.add(key.clone(), row, |_| true));
        pending.list()
    }

    /// Sums since the start, in no order, for metrics: they never go down.
    #[must_use]
    pub fn totals(&self) -> Vec<(TotalKey, UsageRow)> {
        self.gather().totals.list()
    }

    /// How requests ended since the start, by provider: they never go down.
    #[must_use]
    pub fn outcomes(&self) -> HashMap<ProviderName, Outcomes> {
        let mut all: HashMap<ProviderName, Outcomes> = HashMap::new();
        for (key, row) in self.gather().totals.iter() {
            let sum = all.entry(key.provider.clone()).or_default();
            sum.requests = sum.requests.saturating_add(row.requests);
            sum.errors = sum.errors.saturating_add(row.errors);
        }
        all
    }

    /// Requests that are missing in a row, in what a key spent or in a total, because there were too many of those.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    async fn flush_last(&self) {
        for _ in 1..LAST_TRIES {
            if self.flush().await.is_ok() {
                return;
            }
            tokio::time::sleep(LAST_TRY_AFTER).await;
        }
        if let Err(error) = self.flush().await {
            let requests: u64 = self.pending().iter().map(|(_, row)| row.requests).sum();
            tracing::error!(%error, requests, "the usage of the last requests is lost: the host stops");
        }
    }

    /// Everything that the ledger does not have, to be sent: with what an earlier flush could not send.
    fn take_unsent(&self) -> Flush {
        let mut gathered = self.gather();
        let Gathered { unsent, sending, .. } = &mut *gathered;
        for (key, row) in unsent.rows.drain() {
            self.note(sending.rows.add(key, &row, has_room), row.requests);
        }
        for (key, amount) in unsent.spent.drain() {
            self.note(sending.spent.add(key, &amount, has_room), 1);
        }
        sending.flush()
    }

    /// Empties the shards.
    fn gather(&self) -> MutexGuard<'_, Gathered> {
        let mut gathered = lock(&self.gathered);
        let Gathered { unsent, totals, .. } = &mut *gathered;
        for heap in &self.shards {
            let Heap { mut rows, mut spent } = std::mem::take(&mut *lock(heap));
            self.rows.give_back(rows.len());
            self.spent.give_back(spent.len());
            for (key, row) in rows.drain() {
                self.note(totals.add(TotalKey::of(&key), &row, has_room), row.requests);
                self.note(unsent.rows.add(key, &row, has_room), row.requests);
            }
            for (key, amount) in spent.drain() {
                self.note(unsent.spent.add(key, &amount, has_room), 1);
            }
        }
        gathered
    }

    fn note(&self, added: Result<(), Full>, requests: u64) {
        if added.is_err() {
            self.drop_requests(requests);
        }
    }

    fn drop_requests(&self, requests: u64) {
        self.dropped.fetch_add(requests, Ordering::Relaxed);
    }
}

impl TotalKey {
    fn of(key: &UsageKey) -> Self {
        Self { provider: key.provider.clone(), model: key.model.clone(), agent: key.agent.clone() }
    }
}

impl Heap {
    fn flush(&self) -> Flush {
        let spent = self.spent.iter().map(|(key, amount)| key.with(*amount));
        Flush { rows: self.rows.list(), spent: spent.collect() }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.spent.clear();
    }
}

fn has_room(keys: usize) -> bool {
    keys < ROWS_MAX
}

/// A row is only ever replaced by a sum, so what a panic leaves behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
