//! The tables of usage: sums by the hour, by the day, of all times, and what each key spent in a day. It must not know
//! how sums are made.

use std::sync::Arc;

use patchbay_meter::{Spent, UsageKey, UsageRow};
use patchbay_store::{Key, KeyRange, Record, Table};
use patchbay_types::{AgentName, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

/// The usage of one hour, provider, model, agent and pool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct UsageRecord {
    pub(crate) key: UsageKey,
    pub(crate) row: UsageRow,
}

/// The usage of one day, made of its hours when they are old.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct DayRecord {
    /// The start of the day, UTC.
    pub(crate) day: Timestamp,
    pub(crate) provider: ProviderName,
    pub(crate) pool: Arc<str>,
    pub(crate) model: String,
    pub(crate) agent: AgentName,
    pub(crate) row: UsageRow,
}

/// All usage there ever was, in one row: written with every row of usage.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TotalRecord {
    pub(crate) row: UsageRow,
}

/// What one key spent in one day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct SpentRecord {
    pub(crate) spent: Spent,
}

/// Of a table whose keys begin with the start of an hour or of a day: the rows from then on.
pub(crate) fn since(start: Timestamp) -> KeyRange {
    let all = Key::new().prefix();
    // No hour begins at the millisecond before one.
    start.0.checked_sub(1).map_or(all.clone(), |before| all.after(&Key::new().number(before)))
}

impl From<UsageRecord> for DayRecord {
    fn from(UsageRecord { key, row }: UsageRecord) -> Self {
        let UsageKey { hour, provider, model, agent, pool } = key;
        Self { day: hour.day(), provider, pool, model, agent, row }
    }
}

/// The pool stands last, and only if it is known: rows of a version that did not know it are found under their keys.
impl Record for UsageRecord {
    const TABLE: Table = Table("usage");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        let UsageKey { hour, provider, model, agent, pool } = &self.key;
        let key = Key::new().number(hour.0).text(provider.as_str()).text(model).text(agent.as_str());
        if pool.is_empty() { key } else { key.text(pool) }
    }
}

impl Record for DayRecord {
    const TABLE: Table = Table("usage-days");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        let Self { day, provider, pool, model, agent, .. } = self;
        Key::new().number(day.0).text(provider.as_str()).text(pool).text(model).text(agent.as_str())
    }
}

impl Record for TotalRecord {
    const TABLE: Table = Table("usage-total");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new()
    }
}

impl Record for SpentRecord {
    const TABLE: Table = Table("spent");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().number(self.spent.day.0).text(&self.spent.key)
    }
}

#[cfg(test)]
mod tests;
