//! What a task may use before a person is asked. It must not know prices.

use patchbay_types::{NanoUsd, Tokens};
use serde::{Deserialize, Serialize};

/// Over all attempts since a person last stood behind the task. None: no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// Attempts that were not lost, 1 to [`Budgets::ATTEMPTS_MAX`].
    pub attempts: u32,
    pub tokens: Option<Tokens>,
    /// In nano-USD.
    pub usd: Option<NanoUsd>,
    /// Milliseconds under a lease.
    pub wall_ms: Option<u64>,
}

impl Budgets {
    pub const ATTEMPTS_MAX: u32 = 1_000;
    /// Five pauses, the ladder of fixes, and some air.
    pub const ATTEMPTS_DEFAULT: u32 = 20;
}

impl Default for Budgets {
    fn default() -> Self {
        Self { attempts: Self::ATTEMPTS_DEFAULT, tokens: None, usd: None, wall_ms: None }
    }
}
