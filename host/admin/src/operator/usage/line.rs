//! Rows of usage become lines of an answer. It must not know where they are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use patchbay_meter::{UsageKey, UsageRow};
use patchbay_types::{AgentName, ProviderName, Timestamp};

use super::asked::{Asked, Period};
use crate::OperatorError;
use crate::api::UsageLine;
use crate::patch::usd_text;
use crate::record::{DayRecord, UsageRecord};

/// Lines of an answer, and providers that are counted in them: each at most so many.
const LINES_MAX: usize = 50_000;

/// A row, of an hour or of a day.
pub(super) struct Used {
    pub(super) start: Start,
    pub(super) pool: Arc<str>,
    pub(super) provider: ProviderName,
    pub(super) model: String,
    pub(super) agent: AgentName,
    row: UsageRow,
}

/// Where a time begins, and how long it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    Hour(Timestamp),
    Day(Timestamp),
    Month(Timestamp),
}

#[derive(Default)]
pub(super) struct Lines {
    sums: BTreeMap<LineKey, Sum>,
    /// In all sums.
    providers: usize,
}

/// What of a row is summed up by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LineKey {
    start: Option<Start>,
    pool: Option<Arc<str>>,
    provider: Option<ProviderName>,
    model: Option<String>,
    agent: Option<AgentName>,
}

#[derive(Default)]
struct Sum {
    row: UsageRow,
    /// Filled if they are asked for.
    providers: BTreeSet<ProviderName>,
}

impl Used {
    pub(super) fn start(&self) -> Timestamp {
        self.start.at()
    }
}

impl Lines {
    /// Adds a row to its line, if it is one that is asked for.
    pub(super) fn count(&mut self, asked: &Asked, used: Used) -> Result<(), OperatorError> {
        if !asked.wants(&used) {
            return Ok(());
        }
        let by = &asked.by;
        let provider = (by.pool && !by.provider).then(|| used.provider.clone());
        let key = LineKey {
            start: by.time.map(|period| used.start.within(period)),
            pool: by.pool.then_some(used.pool),
            provider: by.provider.then_some(used.provider),
            model: by.model.then_some(used.model),
            agent: by.agent.then_some(used.agent),
        };
        let sum = self.sums.entry(key).or_default();
        sum.row.merge(&used.row);
        self.providers += provider.map_or(0, |provider| usize::from(sum.providers.insert(provider)));
        match self.sums.len().max(self.providers) > LINES_MAX {
            true => Err(OperatorError::TooMuchUsage { max: LINES_MAX }),
            false => Ok(()),
        }
    }

    pub(super) fn into_answer(self) -> Vec<UsageLine> {
        self.sums.into_iter().map(|(key, sum)| line(key, &sum)).collect()
    }
}

impl Start {
    fn at(self) -> Timestamp {
        match self {
            Self::Hour(at) | Self::Day(at) | Self::Month(at) => at,
        }
    }

    /// The hour, day or month that it lies in; a day stays one if hours are asked for.
    fn within(self, period: Period) -> Self {
        match period {
            Period::Hour => self,
            Period::Day => Self::Day(self.at().day()),
            Period::Month => Self::Month(self.at().month()),
        }
    }

    fn length(self) -> u8 {
        match self {
            Self::Hour(_) => 0,
            Self::Day(_) => 1,
            Self::Month(_) => 2,
        }
    }
}

/// By time.
impl Ord for Start {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at(), self.length()).cmp(&(other.at(), other.length()))
    }
}

impl PartialOrd for Start {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<UsageRecord> for Used {
    fn from(UsageRecord { key, row }: UsageRecord) -> Self {
        let UsageKey { hour, provider, model, agent, pool } = key;
        Self { start: Start::Hour(hour), pool, provider, model, agent, row }
    }
}

impl From<DayRecord> for Used {
    fn from(DayRecord { day, provider, pool, model, agent, row }: DayRecord) -> Self {
        Self { start: Start::Day(day), pool, provider, model, agent, row }
    }
}

fn line(key: LineKey, Sum { row, providers }: &Sum) -> UsageLine {
    let start = |wanted: u8| key.start.filter(|start| start.length() == wanted).map(Start::at);
    let (hour, day, month) = (start(0), start(1), start(2));
    let providers = (key.pool.is_some() && key.provider.is_none()).then_some(providers.len());
    let LineKey { pool, provider, model, agent, .. } = key;
    UsageLine {
        hour,
        day,
        month,
        pool,
        provider,
        model,
        agent,
        providers,
        requests: row.requests,
        errors: row.errors,
        cancelled: row.cancelled,
        estimated: row.estimated,
        prompt_tokens: row.prompt,
        completion_tokens: row.completion,
        cached_tokens: row.cached,
        cache_write_tokens: row.cache_write,
        reasoning_tokens: row.reasoning,
        total_tokens: row.total,
        cost_nano_usd: row.cost,
        cost_usd: usd_text(row.cost),
        latency_ms: mean(row.latency_ms_sum, row.requests),
        latency_p50_ms: row.latency.quantile(0.5),
        latency_p95_ms: row.latency.quantile(0.95),
        first_byte_ms: mean(row.first_byte_ms_sum, row.first_byte_count),
        first_byte_p50_ms: row.first_byte.quantile(0.5),
        first_byte_p95_ms: row.first_byte.quantile(0.95),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a mean for people")]
fn mean(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}
