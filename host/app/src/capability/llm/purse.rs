//! What each plugin has spent on models, by the day (UTC): reserved before, settled after, kept in the store. It must
//! not know what was bought.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patchbay_store::{Batch, Key, Record, Store, StoreExt, Table};
use patchbay_types::{Clock, NanoUsd, Timestamp};
use serde::{Deserialize, Serialize};

use crate::capability::{PluginError, error};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Plugins that spend on one day.
const PURSES_MAX: usize = 1_000;

pub(super) struct Purses {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    by_plugin: Mutex<HashMap<String, Arc<Purse>>>,
}

/// One plugin's.
pub(super) struct Purse {
    plugin: String,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    day: Mutex<Day>,
    /// Whose turn it is to write: held over a commit, so that what is written last is what is true last. Only calls of
    /// the same plugin wait for it.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Default)]
struct Day {
    /// Days since 1970.
    number: u64,
    spent: NanoUsd,
    /// By calls that run.
    reserved: NanoUsd,
}

/// Money put aside for a call. If it is dropped it counts as spent, and is written with the next call's.
pub(super) struct Reserved {
    purse: Arc<Purse>,
    day: u64,
    amount: NanoUsd,
    settled: bool,
}

#[derive(Serialize, Deserialize)]
struct SpendRecord {
    plugin: String,
    /// Days since 1970.
    day: u64,
    spent: NanoUsd,
}

impl Purses {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, by_plugin: Mutex::default() }
    }

    /// A plugin's, read from the store when it is first asked for.
    pub(super) async fn of(&self, plugin: &str) -> Result<Arc<Purse>, PluginError> {
        if let Some(purse) = self.lock().get(plugin) {
            return Ok(purse.clone());
        }
        let row = self.store.read::<SpendRecord>(&SpendRecord::key_of(plugin)).await;
        let record =
            row.map_err(|cause| error("store", format!("what was spent cannot be read: {cause}")))?;
        let day = record.map(|row| row.record).map(|record| Day {
            number: record.day,
            spent: record.spent,
            reserved: NanoUsd(0),
        });
        let purse = Purse {
            plugin: plugin.to_owned(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            day: Mutex::new(day.unwrap_or_default()),
            writing: tokio::sync::Mutex::default(),
        };
        self.put(purse)
    }

    /// Unless another call was faster.
    fn put(&self, purse: Purse) -> Result<Arc<Purse>, PluginError> {
        let today = day_of(self.clock.wall());
        let mut purses = self.lock();
        if purses.len() >= PURSES_MAX {
            purses.retain(|_, purse| Arc::strong_count(purse) > 1 || purse.lock().number >= today);
        }
        if purses.len() >= PURSES_MAX && !purses.contains_key(&purse.plugin) {
            return Err(error("budget", format!("more than {PURSES_MAX} plugins ask models today")));
        }
        Ok(purses.entry(purse.plugin.clone()).or_insert_with(|| Arc::new(purse)).clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Purse>>> {
        self.by_plugin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Purse {
    /// # Errors
    /// `budget`, until the next day begins.
    pub(super) fn reserve(
        self: &Arc<Self>,
        limit: NanoUsd,
        amount: NanoUsd,
    ) -> Result<Reserved, PluginError> {
        let now = self.clock.wall();
        let mut day = self.lock();
        day.turn_to(day_of(now));
        if day.spent + day.reserved + amount > limit {
            let Day { spent, reserved, .. } = *day;
            let message = format!(
                "of {limit} a day {spent} are spent and {reserved} reserved: this call may cost {amount}; \
                 ask for fewer tokens, or have the operator grant more"
            );
            let retry_after_ms = Some(DAY_MS - now.0 % DAY_MS);
            return Err(PluginError { retry_after_ms, ..error("budget", message) });
        }
        day.reserved += amount;
        Ok(Reserved { purse: self.clone(), day: day.number, amount, settled: false })
    }

    /// What is spent by now. A failure is no reason to take an answer away that was paid for.
    async fn write(&self) {
        let _turn = self.writing.lock().await;
        let Day { number, spent, .. } = *self.lock();
        let record = SpendRecord { plugin: self.plugin.clone(), day: number, spent };
        let written = match Batch::new().put(&record) {
            Ok(batch) => self.store.commit(batch).await.map(drop).map_err(|cause| cause.to_string()),
            Err(cause) => Err(cause.to_string()),
        };
        if let Err(cause) = written {
            tracing::warn!(plugin = self.plugin, %spent, cause, "what a plugin has spent is not kept");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Day> {
        self.day.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Day {
    /// A clock that goes back does not give money back.
    fn turn_to(&mut self, number: u64) {
        if number > self.number {
            *self = Self { number, ..Self::default() };
        }
    }
}

impl Reserved {
    /// The call came to this.
    pub(super) async fn settle(mut self, cost: NanoUsd) {
        self.spend(cost);
        self.purse.write().await;
    }

    /// On the day that it is now.
    fn spend(&mut self, cost: NanoUsd) {
        self.settled = true;
        let today = day_of(self.purse.clock.wall());
        let mut day = self.purse.lock();
        day.turn_to(today);
        if day.number == self.day {
            day.reserved = NanoUsd(day.reserved.0.saturating_sub(self.amount.0));
        }
        day.spent += cost;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.settled {
            self.spend(self.amount);
        }
    }
}

impl SpendRecord {
    fn key_of(plugin: &str) -> Key {
        Key::new().text(plugin)
    }
}

impl Record for SpendRecord {
    const TABLE: Table = Table("plugin-spend");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.plugin)
    }
}

fn day_of(moment: Timestamp) -> u64 {
    moment.0 / DAY_MS
}

#[cfg(test)]
mod tests;
