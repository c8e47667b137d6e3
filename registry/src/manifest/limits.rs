//! Limits that a plugin sets for itself. They can only be lower than the host's.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use patchbay_types::Bytes;
use serde::{Deserialize, Serialize};

/// The table `[limits]`; what is not set is as the host has it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Memory of one instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<NonZeroU64>,
    /// Time for one call, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<NonZeroU64>,
    /// Calls at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
}

/// What one instance, one call, and all calls at one time may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceiling {
    pub memory: Bytes,
    pub deadline: Duration,
    pub concurrency: u32,
}

/// A limit, by its key in `[limits]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitKey {
    MemoryBytes,
    DeadlineMs,
    Concurrency,
}

/// A plugin asks for more than the host gives.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error(
    "the plugin asks for [limits] {key} = {asked}, but the host gives it at most {most}: lower it in plugin.toml, or \
     raise the host's own limit"
)]
#[non_exhaustive]
pub struct LimitError {
    pub key: LimitKey,
    /// In the key's own unit.
    pub asked: u64,
    pub most: u64,
}

impl Limits {
    /// What a plugin with these limits gets from a host with that ceiling.
    ///
    /// # Errors
    /// A limit is above the host's; of several, the first.
    pub fn within(self, host: Ceiling) -> Result<Ceiling, LimitError> {
        Ok(Ceiling {
            memory: self.memory(host.memory)?,
            deadline: self.deadline(host.deadline)?,
            concurrency: self.concurrency(host.concurrency)?,
        })
    }

    fn memory(self, host: Bytes) -> Result<Bytes, LimitError> {
        let Some(asked) = self.memory_bytes.map(NonZeroU64::get) else { return Ok(host) };
        require(asked <= host.0, LimitKey::MemoryBytes, asked, host.0)?;
        Ok(Bytes(asked))
    }

    fn deadline(self, host: Duration) -> Result<Duration, LimitError> {
        let Some(asked) = self.deadline_ms.map(NonZeroU64::get) else { return Ok(host) };
        let most = u64::try_from(host.as_millis()).unwrap_or(u64::MAX);
        require(asked <= most, LimitKey::DeadlineMs, asked, most)?;
        Ok(Duration::from_millis(asked))
    }

    fn concurrency(self, host: u32) -> Result<u32, LimitError> {
        let Some(asked) = self.concurrency.map(NonZeroU32::get) else { return Ok(host) };
        require(asked <= host, LimitKey::Concurrency, asked.into(), host.into())?;
        Ok(asked)
    }
}

fn require(fits: bool, key: LimitKey, asked: u64, most: u64) -> Result<(), LimitError> {
    if fits { Ok(()) } else { Err(LimitError { key, asked, most }) }
}

impl LimitKey {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MemoryBytes => "memory_bytes",
            Self::DeadlineMs => "deadline_ms",
            Self::Concurrency => "concurrency",
        }
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
