//! What a key of an agent has spent in a day: what its budget is measured by. It must not know what it may spend.

use hashbrown::Equivalent;
use patchbay_types::{NanoUsd, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

use crate::entry::Entry;

/// An increment, or a sum of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spent {
    /// The key's id, not the key.
    pub key: String,
    /// The start of the day, UTC.
    pub day: Timestamp,
    pub cost: NanoUsd,
    pub tokens: Tokens,
}

/// Whose, and of which day.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct SpentKey {
    key: String,
    day: Timestamp,
}

/// A [`SpentKey`] that is only looked for. Its fields stand in the same order: both have the same hash.
#[derive(Hash)]
pub(crate) struct SoughtKey<'a> {
    key: &'a str,
    day: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Amount {
    cost: NanoUsd,
    tokens: Tokens,
}

impl Spent {
    /// Of the same key and day.
    pub fn merge(&mut self, other: &Self) {
        self.cost += other.cost;
        self.tokens += other.tokens;
    }
}

impl SpentKey {
    pub(crate) fn of(sought: &SoughtKey<'_>) -> Self {
        Self { key: sought.key.to_owned(), day: sought.day }
    }

    pub(crate) fn with(&self, amount: Amount) -> Spent {
        Spent { key: self.key.clone(), day: self.day, cost: amount.cost, tokens: amount.tokens }
    }
}

impl<'a> SoughtKey<'a> {
    /// None if no key is charged for it, or nothing was used.
    pub(crate) fn of(entry: &'a Entry<'_>) -> Option<(Self, Amount)> {
        let key = entry.key.as_deref()?;
        let amount = Amount { cost: entry.cost, tokens: entry.total };
        (amount != Amount::default()).then(|| (Self { key, day: entry.at.day() }, amount))
    }
}

impl Equivalent<SpentKey> for SoughtKey<'_> {
    fn equivalent(&self, key: &SpentKey) -> bool {
        (self.key, self.day) == (key.key.as_str(), key.day)
    }
}

impl Amount {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.cost += other.cost;
        self.tokens += other.tokens;
    }
}
