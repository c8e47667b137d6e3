//! Cooldowns: those that run, and those that were.

use patchbay_types::{ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

/// A cooldown that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CooldownView {
    pub provider: ProviderName,
    /// None: the whole provider.
    pub model: Option<String>,
    /// Which in a row this is, from 1.
    pub count: u32,
    pub started: Timestamp,
    pub until: Timestamp,
    pub left_ms: u64,
    /// What the provider said.
    pub reason: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CooldownCleared {
    pub provider: ProviderName,
    /// False: none ran.
    pub cleared: bool,
}

/// The query of `GET /api/cooldowns/history`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Those that stood in the last so many hours; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u64>,
}

/// A cooldown that was, or that still stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PastCooldown {
    pub provider: ProviderName,
    /// None: the whole provider.
    pub model: Option<String>,
    /// Which in a row it was, from 1.
    pub count: u32,
    /// How long it was to be.
    pub seconds: f64,
    /// The first 200 characters of what the provider said.
    pub reason: String,
    pub started: Timestamp,
    /// When its time was up: the next request was the probe.
    pub until: Timestamp,
    /// None: it stands, or nobody saw its end.
    pub ended: Option<Timestamp>,
    /// `probe`, `cleared`, `expired` (its probe was refused, and the next in a row began), `unknown` (it went with its
    /// provider or model, or while the host did not run); none: it stands.
    pub how: Option<String>,
}
