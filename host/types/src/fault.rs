//! Whom an error is to be laid at, and whether trying again is safe.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who has to change something for this to succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// Whoever asked: the request itself is wrong.
    Client,
    /// The provider or what lies between it and us.
    Upstream,
    /// A plugin.
    Plugin,
    /// The operator's configuration.
    Operator,
    /// This host.
    Host,
}

/// Whether the same thing may be tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// It would fail again, or it might be done twice.
    Never,
    /// At once, but somewhere else.
    Elsewhere,
    /// Not before this time has passed.
    After(Duration),
}

/// What a caller needs to know of an error to act on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    pub blame: Blame,
    pub retry: Retry,
}

impl Fault {
    #[must_use]
    pub const fn new(blame: Blame, retry: Retry) -> Self {
        Self { blame, retry }
    }
}
