//! What of the pool must outlive the process: cooldowns, which are written as they come, and how much of each minute
//! is used, which is written now and then; and which cooldowns there were. It must not know why a provider cools.

mod bookkeeper;
mod by_hand;
mod history;
mod told;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_pool::{CooldownChange, Keeper, Pool};
use patchbay_store::{Key, ReadError, Store, StoreExt, Stored};
use tokio::sync::mpsc;

pub use bookkeeper::Bookkeeper;
pub use by_hand::ByHand;
pub(crate) use history::PAST_MAX;

use crate::record::{BucketRecord, CooldownRecord};

/// Changes that may wait to be written. More are not kept one by one: the book is then made anew from the pool.
const WAITING_MAX: usize = 1024;
/// Rows that are read back at most: all models of many providers.
const ROWS_MAX: usize = 100_000;

/// The pool's end of the book: hands changes on, and never waits.
pub struct CooldownBook {
    changes: mpsc::Sender<Told>,
    /// Changes that found no room. The bookkeeper reads it.
    missed: Arc<AtomicU64>,
    by_hand: ByHand,
}

/// A change, and whether the operator made it.
struct Told {
    change: CooldownChange,
    by_hand: bool,
}

impl CooldownBook {
    /// The keeper for the pool, and the task that writes: see [`Bookkeeper::run`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> (Self, Bookkeeper) {
        Self::with_room(store, WAITING_MAX)
    }

    pub(crate) fn with_room(store: Arc<dyn Store>, room: usize) -> (Self, Bookkeeper) {
        let (changes, waiting) = mpsc::channel(room);
        let (missed, by_hand) = (Arc::new(AtomicU64::new(0)), ByHand::default());
        (Self { changes, missed: Arc::clone(&missed), by_hand }, Bookkeeper::new(store, waiting, missed))
    }

    /// For the desk, which ends cooldowns by hand.
    #[must_use]
    pub fn by_hand(&self) -> ByHand {
        self.by_hand.clone()
    }
}

impl Keeper for CooldownBook {
    fn cooling(&self, change: CooldownChange) {
        let by_hand = self.by_hand.is_clearing(&change.cooldown.provider);
        if self.changes.try_send(Told { change, by_hand }).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Brings cooldowns and fills of an earlier process back. Once, after the pool has its providers: fills add up.
pub(crate) async fn restore(store: &dyn Store, pool: &Pool) -> Result<(), ReadError> {
    let cooldowns: Vec<Stored<CooldownRecord>> = store.list(Key::new().prefix(), ROWS_MAX).await?;
    let buckets: Vec<Stored<BucketRecord>> = store.list(Key::new().prefix(), ROWS_MAX).await?;
    let models: HashMap<_, _> = pool.status().into_iter().map(|status| (status.id, status.models)).collect();
    // A model that was taken away since would cool for ever: no probe is ever sent for it.
    let served =
        |record: &CooldownRecord| match (&record.cooldown.model, models.get(&record.cooldown.provider)) {
            (Some(model), Some(models)) => models.contains(model),
            (None, Some(_)) => true,
            (_, None) => false,
        };
    let cooldowns = cooldowns.into_iter().map(|row| row.record).filter(served).map(|record| record.cooldown);
    pool.restore(cooldowns.collect(), buckets.into_iter().map(|row| row.record.fill).collect());
    Ok(())
}

#[cfg(test)]
mod tests;
