//! Usage: what may be asked, and sums.

use std::sync::Arc;

use patchbay_types::{AgentName, NanoUsd, ProviderName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

/// The query of `GET /api/usage`. At most one of `hours`, `days` and `since`; `until` alone, or with `since`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageQuery {
    /// The last so many hours, the one that runs among them; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u64>,
    /// The last so many days, UTC, the one that runs among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
    /// From this time on: RFC 3339, or a day as `2026-11-21`, UTC. The hour that it lies in counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Before this time, or to the end of this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What there is a line for each of: words out of `hour`, `day`, `month`, `pool`, `provider`, `model`, `agent` with
    /// commas between them; `provider,model,agent` if not given. One of the first three at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Sums of usage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    pub requests: u64,
    pub errors: u64,
    pub prompt_tokens: Tokens,
    pub completion_tokens: Tokens,
    pub cached_tokens: Tokens,
    pub cache_write_tokens: Tokens,
    pub reasoning_tokens: Tokens,
    pub total_tokens: Tokens,
    pub cost_nano_usd: NanoUsd,
}

/// A sum of usage. Of what it is summed up by, it says which; the others are null.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UsageLine {
    /// The start of the hour, UTC. By the hour, what is kept by the day only has a `day` in its place.
    pub hour: Option<Timestamp>,
    /// The start of the day, UTC.
    pub day: Option<Timestamp>,
    /// The start of the month, UTC.
    pub month: Option<Timestamp>,
    /// Empty for what a version counted that did not count by pool.
    pub pool: Option<Arc<str>>,
    pub provider: Option<ProviderName>,
    pub model: Option<String>,
    pub agent: Option<AgentName>,
    /// How many providers were used; by pool only.
    pub providers: Option<usize>,
    pub requests: u64,
    pub errors: u64,
    /// The client went away.
    pub cancelled: u64,
    /// Requests whose tokens are an estimate.
    pub estimated: u64,
    pub prompt_tokens: Tokens,
    pub completion_tokens: Tokens,
    pub cached_tokens: Tokens,
    pub cache_write_tokens: Tokens,
    pub reasoning_tokens: Tokens,
    pub total_tokens: Tokens,
    pub cost_nano_usd: NanoUsd,
    /// The same for people, in USD: `0.0125`.
    pub cost_usd: String,
    /// The mean, in milliseconds, and what half and 95 % of the requests did not pass: estimates from classes.
    pub latency_ms: Option<f64>,
    pub latency_p50_ms: Option<f64>,
    pub latency_p95_ms: Option<f64>,
    /// To the first byte, likewise.
    pub first_byte_ms: Option<f64>,
    pub first_byte_p50_ms: Option<f64>,
    pub first_byte_p95_ms: Option<f64>,
}
