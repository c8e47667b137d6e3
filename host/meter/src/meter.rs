//! Gathers usage beside the request path, and brings it to the ledger in batches. What it cannot keep it counts;
//! it never makes a request wait or fail.

use std::collections::{HashMap, hash_map};
use std::hash::Hash;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_types::{AgentName, ProviderName};

use crate::entry::Entry;
use crate::ledger::{Ledger, LedgerError};
use crate::row::{UsageKey, UsageRow};

/// Whose usage a total is: an [`UsageKey`] without its hour.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TotalKey {
    pub provider: ProviderName,
    pub model: String,
    pub agent: AgentName,
}

/// The meter of the host: requests [`record`](Meter::record), one task [`run`](Meter::run)s it, others read.
///
/// Locks are taken in one order: `flushing`, `gathered`, then shards one by one.
pub struct Meter {
    ledger: Arc<dyn Ledger>,
    /// What came since the last flush. Several, so that requests on different threads seldom meet; which one is
    /// chance, since most requests share a few keys.
    shards: [Mutex<Rows>; SHARDS],
    /// Rows in all shards: the bound is on them together.
    rows: AtomicUsize,
    gathered: Mutex<Gathered>,
    /// Held over a whole flush: rows are sent once, by one.
    flushing: tokio::sync::Mutex<()>,
    /// Requests that were not counted anywhere.
    dropped: AtomicU64,
}

type Rows = HashMap<UsageKey, UsageRow>;

/// What was taken out of the shards.
#[derive(Default)]
struct Gathered {
    unsent: Rows,
    /// Given to the ledger, which has not said yet that it has them, or said that it has not. Only a flush touches
    /// it, so what is gathered meanwhile is not taken for sent.
    sending: Rows,
    /// Since the start, whether sent or not.
    totals: HashMap<TotalKey, UsageRow>,
}

const SHARDS: usize = 8;

/// Rows between two flushes, rows that are being sent or wait for a ledger that fails, and totals: each at most so many.
const ROWS_MAX: usize = 10_000;

/// When the host stops, a failing ledger gets so many tries, this far apart.
const LAST_TRIES: usize = 3;
const LAST_TRY_AFTER: Duration = Duration::from_millis(200);

impl Meter {
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            shards: Default::default(),
            rows: AtomicUsize::new(0),
            gathered: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            dropped: AtomicU64::new(0),
        }
    }

    /// Counts a request that is over. It waits for nothing but, seldom and for less than a microsecond, another
    /// `record` or a reader that empties the same shard.
    pub fn record(&self, entry: Entry) {
        let (shard, row) = (self.shard(&entry), UsageRow::from(&entry));
        match lock(shard).entry(entry.into_key()) {
            hash_map::Entry::Occupied(mut place) => place.get_mut().merge(&row),
            hash_map::Entry::Vacant(place) => {
                if self.rows.fetch_add(1, Ordering::Relaxed) < ROWS_MAX {
                    place.insert(row);
                } else {
                    self.rows.fetch_sub(1, Ordering::Relaxed);
                    self.drop_requests(1);
                }
            }
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
        let rows = self.take_unsent();
        if rows.is_empty() {
            return Ok(());
        }
        self.ledger.add(rows).await?;
        lock(&self.gathered).sending.clear();
        Ok(())
    }

    /// What is not in the ledger yet: each key once, in no order. While a flush runs, its rows are still here and
    /// may be there too: a sum over both may be too high for a moment, and misses nothing.
    #[must_use]
    pub fn pending(&self) -> Vec<(UsageKey, UsageRow)> {
        let gathered = self.gather();
        let mut pending = gathered.sending.clone();
        for (key, row) in &gathered.unsent {
            pending.entry(key.clone()).or_default().merge(row);
        }
        pending.into_iter().collect()
    }

    /// Sums since the start, in no order, for metrics: they never go down.
    #[must_use]
    pub fn totals(&self) -> Vec<(TotalKey, UsageRow)> {
        list(&self.gather().totals)
    }

    /// Requests that are missing in the ledger or in the totals, because there were too many keys.
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
    fn take_unsent(&self) -> Vec<(UsageKey, UsageRow)> {
        let mut gathered = self.gather();
        let Gathered { unsent, sending, .. } = &mut *gathered;
        for (key, row) in unsent.drain() {
            self.put(sending, key, &row);
        }
        list(sending)
    }

    /// Empties the shards.
    fn gather(&self) -> MutexGuard<'_, Gathered> {
        let mut gathered = lock(&self.gathered);
        let Gathered { unsent, totals, .. } = &mut *gathered;
        for shard in &self.shards {
            let rows = std::mem::take(&mut *lock(shard));
            self.rows.fetch_sub(rows.len(), Ordering::Relaxed);
            for (key, row) in rows {
                self.put(totals, TotalKey::of(&key), &row);
                self.put(unsent, key, &row);
            }
        }
        gathered
    }

    fn put<K: Eq + Hash>(&self, rows: &mut HashMap<K, UsageRow>, key: K, row: &UsageRow) {
        if rows.len() < ROWS_MAX || rows.contains_key(&key) {
            rows.entry(key).or_default().merge(row);
        } else {
            self.drop_requests(row.requests);
        }
    }

    fn drop_requests(&self, requests: u64) {
        self.dropped.fetch_add(requests, Ordering::Relaxed);
    }

    fn shard(&self, entry: &Entry) -> &Mutex<Rows> {
        let chance = entry.request.as_str().bytes().next_back().unwrap_or_default();
        &self.shards[usize::from(chance) % SHARDS]
    }
}

impl TotalKey {
    fn of(key: &UsageKey) -> Self {
        Self { provider: key.provider.clone(), model: key.model.clone(), agent: key.agent.clone() }
    }
}

fn list<K: Clone>(rows: &HashMap<K, UsageRow>) -> Vec<(K, UsageRow)> {
    rows.iter().map(|(key, row)| (key.clone(), *row)).collect()
}

/// A row is only ever replaced by a sum, so what a panic leaves behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
