//! Usage by the hour.

use std::sync::Arc;
use std::time::Duration;

use hashbrown::Equivalent;
use patchbay_types::{AgentName, NanoUsd, ProviderName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Outcome};
use crate::histogram::Histogram;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct UsageKey {
    /// The start of the hour, UTC.
    pub hour: Timestamp,
    pub provider: ProviderName,
    pub model: String,
    pub agent: AgentName,
    /// Empty in rows of a version that did not count by pool.
    #[serde(default = "unknown")]
    pub pool: Arc<str>,
}

/// An [`UsageKey`] that is only looked for. Its fields stand in the same order: both have the same hash.
#[derive(Hash)]
pub(crate) struct Sought<'a> {
    hour: Timestamp,
    provider: &'a ProviderName,
    model: &'a str,
    agent: &'a AgentName,
    pool: &'a str,
}

impl<'a> Sought<'a> {
    pub(crate) fn of(entry: &'a Entry<'_>) -> Self {
        let Entry { at, provider, model, agent, pool, .. } = entry;
        Self { hour: at.hour(), provider, model, agent, pool }
    }
}

impl Equivalent<UsageKey> for Sought<'_> {
    fn equivalent(&self, key: &UsageKey) -> bool {
        let UsageKey { hour, provider, model, agent, pool } = key;
        (self.hour, self.provider, self.model, self.agent, self.pool)
            == (*hour, provider, model.as_str(), agent, &**pool)
    }
}

/// Sums over requests. Rows of one key are sums too: they may be merged in any order. No sum overflows; it stays at
/// the greatest number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRow {
    /// All of them, whatever came of them.
    pub requests: u64,
    pub errors: u64,
    /// The client went away.
    pub cancelled: u64,
    /// Requests whose tokens are an estimate.
    pub estimated: u64,
    pub prompt: Tokens,
    pub completion: Tokens,
    pub cached: Tokens,
    pub cache_write: Tokens,
    pub reasoning: Tokens,
    pub total: Tokens,
    pub cost: NanoUsd,
    pub latency_ms_sum: u64,
    pub first_byte_ms_sum: u64,
    /// Requests that had a first byte.
    pub first_byte_count: u64,
    /// Of all requests, but for those that a version without histograms counted.
    pub latency: Histogram,
    pub first_byte: Histogram,
}

impl UsageRow {
    pub fn add(&mut self, entry: &Entry<'_>) {
        self.merge(&Self::from(entry));
    }

    pub fn merge(&mut self, other: &UsageRow) {
        let sum = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        sum(&mut self.requests, other.requests);
        sum(&mut self.errors, other.errors);
        sum(&mut self.cancelled, other.cancelled);
        sum(&mut self.estimated, other.estimated);
        self.prompt += other.prompt;
        self.completion += other.completion;
        self.cached += other.cached;
        self.cache_write += other.cache_write;
        self.reasoning += other.reasoning;
        self.total += other.total;
        self.cost += other.cost;
        sum(&mut self.latency_ms_sum, other.latency_ms_sum);
        sum(&mut self.first_byte_ms_sum, other.first_byte_ms_sum);
        sum(&mut self.first_byte_count, other.first_byte_count);
        self.latency.merge(&other.latency);
        self.first_byte.merge(&other.first_byte);
    }
}

impl From<&Entry<'_>> for UsageRow {
    fn from(entry: &Entry<'_>) -> Self {
        let (latency, first_byte) = (ms(entry.latency), entry.first_byte.map(ms));
        Self {
            requests: 1,
            errors: u64::from(entry.outcome == Outcome::Error),
            cancelled: u64::from(entry.outcome == Outcome::Cancelled),
            estimated: u64::from(entry.estimated),
            prompt: entry.prompt,
            completion: entry.completion,
            cached: entry.cached,
            cache_write: entry.cache_write,
            reasoning: entry.reasoning,
            total: entry.total,
            cost: entry.cost,
            latency_ms_sum: latency,
            first_byte_ms_sum: first_byte.unwrap_or(0),
            first_byte_count: u64::from(first_byte.is_some()),
            latency: [latency].into_iter().collect(),
            first_byte: first_byte.into_iter().collect(),
        }
    }
}

fn unknown() -> Arc<str> {
    "".into()
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
