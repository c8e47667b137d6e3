//! What was used: what the store has, and what the meter has not brought there yet.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_meter::{UsageKey, UsageRow};
use patchbay_store::{Key, KeyRange, Record, StoreExt, Stored};
use patchbay_types::{AgentName, ProviderName, Timestamp};

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Totals, UsageBy, UsageLine, UsageQuery};
use crate::patch::usd_text;
use crate::record::{TotalRecord, UsageRecord};

/// Lines of an answer, at most.
const LINES_MAX: usize = 100_000;
/// Rows that are read at a time.
const PAGE: usize = 5_000;
/// How often is looked again when a flush moved rows from one place to the other between two looks.
const LOOKS: usize = 3;

/// A line's key: no hour if it is over all of them.
type LineKey = (Option<Timestamp>, ProviderName, String, AgentName);
type Lines = BTreeMap<LineKey, UsageRow>;

impl Operator {
    /// Usage by hour or over all hours, ordered by hour, provider, model and agent. Providers and keys that were
    /// removed since are in it.
    ///
    /// # Errors
    /// More lines than an answer may have, or a store that cannot be read.
    pub async fn usage(&self, query: &UsageQuery) -> Result<Vec<UsageLine>, OperatorError> {
        let desk = self.desk();
        let mut lines = Lines::new();
        for _ in 0..LOOKS {
            let before = *desk.parts.store.watch().borrow();
            lines = desk.look(query).await?;
            if *desk.parts.store.watch().borrow() == before {
                break;
            }
        }
        Ok(lines.into_iter().map(line).collect())
    }

    /// The sums since the start, and of all times.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn totals(&self) -> Result<(Totals, Totals), OperatorError> {
        let parts = &self.desk().parts;
        let since_start = parts.meter.totals().into_iter().map(|(_, row)| row);
        let pending = parts.meter.pending();
        let stored: Option<Stored<TotalRecord>> = parts.store.read(&TotalRecord::default().key()).await?;
        let stored = stored.map(|stored| stored.record.row);
        Ok((sum(since_start), sum(stored.into_iter().chain(pending.into_iter().map(|(_, row)| row)))))
    }
}

impl Desk {
    async fn look(&self, query: &UsageQuery) -> Result<Lines, OperatorError> {
        let from = query.hours.map_or(Timestamp(0), |hours| first_hour(self.now(), hours));
        let mut lines = Lines::new();
        for (key, row) in self.parts.meter.pending() {
            if key.hour >= from {
                count(&mut lines, query, key, &row)?;
            }
        }
        let mut range: KeyRange = UsageRecord::since(from);
        loop {
            let page: Vec<Stored<UsageRecord>> = self.parts.store.list(range.clone(), PAGE).await?;
            let last: Option<Key> = page.last().filter(|_| page.len() == PAGE).map(|row| row.record.key());
            for Stored { record, .. } in page {
                count(&mut lines, query, record.key, &record.row)?;
            }
            let Some(last) = last else { return Ok(lines) };
            range = range.after(&last);
        }
    }
}

/// The last so many hours: the one that runs is the first of them.
fn first_hour(now: Timestamp, hours: u64) -> Timestamp {
    let before = Duration::from_secs(hours.saturating_sub(1).saturating_mul(3600));
    let before = u64::try_from(before.as_millis()).unwrap_or(u64::MAX);
    Timestamp(now.hour().0.saturating_sub(before))
}

fn count(lines: &mut Lines, query: &UsageQuery, key: UsageKey, row: &UsageRow) -> Result<(), OperatorError> {
    let asked = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let UsageKey { hour, provider, model, agent } = key;
    if asked(&query.provider, provider.as_str())
        && asked(&query.model, &model)
        && asked(&query.agent, agent.as_str())
    {
        let hour = query.by.map(|UsageBy::Hour| hour);
        lines.entry((hour, provider, model, agent)).or_default().merge(row);
    }
    if lines.len() > LINES_MAX {
        return Err(OperatorError::TooMuchUsage { max: LINES_MAX });
    }
    Ok(())
}

fn line(((hour, provider, model, agent), row): (LineKey, UsageRow)) -> UsageLine {
    UsageLine {
        hour,
        provider,
        model,
        agent,
        requests: row.requests,
        errors: row.errors,
        cancelled: row.cancelled,
        estimated: row.estimated,
        prompt_tokens: row.prompt,
        completion_tokens: row.completion,
        cached_tokens: row.cached,
        total_tokens: row.total,
        cost_nano_usd: row.cost,
        cost_usd: usd_text(row.cost),
        latency_ms: mean(row.latency_ms_sum, row.requests),
        first_byte_ms: mean(row.first_byte_ms_sum, row.first_byte_count),
    }
}

fn sum(rows: impl Iterator<Item = UsageRow>) -> Totals {
    let mut sum = UsageRow::default();
    rows.for_each(|row| sum.merge(&row));
    Totals {
        requests: sum.requests,
        errors: sum.errors,
        prompt_tokens: sum.prompt,
        completion_tokens: sum.completion,
        cached_tokens: sum.cached,
        total_tokens: sum.total,
        cost_nano_usd: sum.cost,
    }
}

#[allow(clippy::cast_precision_loss, reason = "a mean for people")]
fn mean(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}
