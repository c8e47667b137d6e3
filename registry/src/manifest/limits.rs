//! Limits that a plugin sets for itself. They can only be lower than the host's.

use std::num::NonZeroU64;
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
}

/// What one instance, and one call, may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ceiling {
    pub memory: Bytes,
    pub deadline: Duration,
}

/// A plugin asks for more than the host gives.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error(
    "the plugin asks for [limits] {key} = {asked}, but the host gives at most {most}: lower it, or raise [plugins] \
     {raise}"
)]
pub struct LimitError {
    key: &'static str,
    asked: u64,
    most: u64,
    raise: &'static str,
}

impl Limits {
    /// What a plugin with these limits gets from a host with that ceiling.
    ///
    /// # Errors
    /// A limit is above the host's.
    pub fn within(self, host: Ceiling) -> Result<Ceiling, LimitError> {
        let memory = ("memory_bytes", "memory_bytes_max");
        let deadline = ("deadline_ms", "deadline");
        let deadline_ms = u64::try_from(host.deadline.as_millis()).unwrap_or(u64::MAX);
        Ok(Ceiling {
            memory: Bytes(lower(memory, self.memory_bytes, host.memory.0)?),
            deadline: Duration::from_millis(lower(deadline, self.deadline_ms, deadline_ms)?),
        })
    }
}

fn lower(
    (key, raise): (&'static str, &'static str),
    asked: Option<NonZeroU64>,
    most: u64,
) -> Result<u64, LimitError> {
    let asked = asked.map_or(most, NonZeroU64::get);
    if asked <= most { Ok(asked) } else { Err(LimitError { key, asked, most, raise }) }
}
