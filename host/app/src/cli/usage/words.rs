//! Usage for people: a table with the columns that say something, and a sum below.

use patchbay_admin::api::UsageLine;
use patchbay_types::{NanoUsd, Timestamp};

use crate::cli::table::Table;

/// A column: its heading, and its cell of a line.
struct Column(&'static str, fn(&UsageLine) -> String);

/// Whether a line is of one of these.
type IsOfOne = fn(&UsageLine) -> bool;

const BY: [(Column, IsOfOne); 5] = [
    (Column("TIME", time), |line| line.hour.is_some() || line.day.is_some() || line.month.is_some()),
    (Column("POOL", |line| text(line.pool.as_ref())), |line| line.pool.is_some()),
    (Column("PROVIDER", |line| text(line.provider.as_ref())), |line| line.provider.is_some()),
    (Column("MODEL", |line| text(line.model.as_ref())), |line| line.model.is_some()),
    (Column("AGENT", |line| text(line.agent.as_ref())), |line| line.agent.is_some()),
];

const ALWAYS: [Column; 8] = [
    Column(">REQUESTS", |line| line.requests.to_string()),
    Column(">ERRORS", |line| line.errors.to_string()),
    Column(">PROMPT", |line| line.prompt_tokens.0.to_string()),
    Column(">CACHED", |line| line.cached_tokens.0.to_string()),
    Column(">COMPLETION", |line| line.completion_tokens.0.to_string()),
    Column(">REASONING", |line| line.reasoning_tokens.0.to_string()),
    Column(">TOTAL", |line| line.total_tokens.0.to_string()),
    Column(">USD", |line| line.cost_usd.clone()),
];

const WIDE: [Column; 9] = [
    Column(">CANCELLED", |line| line.cancelled.to_string()),
    Column(">ESTIMATED", |line| line.estimated.to_string()),
    Column(">CACHE WRITE", |line| line.cache_write_tokens.0.to_string()),
    Column(">MS", |line| ms(line.latency_ms)),
    Column(">P50", |line| ms(line.latency_p50_ms)),
    Column(">P95", |line| ms(line.latency_p95_ms)),
    Column(">FIRST MS", |line| ms(line.first_byte_ms)),
    Column(">P50", |line| ms(line.first_byte_p50_ms)),
    Column(">P95", |line| ms(line.first_byte_p95_ms)),
];

const PROVIDERS: Column = Column(">PROVIDERS", |line| text(line.providers.as_ref()));

pub(super) fn lines(usage: Vec<UsageLine>, wide: bool) -> String {
    if usage.is_empty() {
        return "no usage here: give an agent a key with `patchbay key create AGENT`, or ask for more"
            .to_owned();
    }
    let of_different =
        |(column, says): (Column, fn(&UsageLine) -> bool)| usage.iter().any(says).then_some(column);
    let mut columns: Vec<Column> = BY.into_iter().filter_map(of_different).collect();
    columns.extend(usage.iter().any(|line| line.providers.is_some()).then_some(PROVIDERS));
    columns.extend(ALWAYS);
    columns.extend(WIDE.into_iter().filter(|_| wide));
    let heading: Vec<&str> = columns.iter().map(|Column(heading, _)| *heading).collect();
    let rows = usage.iter().map(|line| columns.iter().map(|Column(_, cell)| cell(line)));
    let cost: NanoUsd = usage.iter().map(|line| line.cost_nano_usd).sum();
    let requests: u64 = usage.iter().map(|line| line.requests).sum();
    format!("{}\n\n{requests} requests, {cost}", Table::new(heading).with(rows))
}

/// `2026-11-21T08:00:00Z`, `2026-11-21` or `2026-11`.
pub(super) fn time(line: &UsageLine) -> String {
    let first = |time: Option<Timestamp>, characters: usize| {
        time.map(|time| time.to_string().chars().take(characters).collect::<String>())
    };
    let hour = line.hour.map(|hour| hour.to_string());
    hour.or_else(|| first(line.day, 10)).or_else(|| first(line.month, 7)).unwrap_or_default()
}

pub(super) fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(T::to_string).unwrap_or_default()
}

fn ms(ms: Option<f64>) -> String {
    ms.map(|ms| format!("{ms:.0}")).unwrap_or_default()
}
