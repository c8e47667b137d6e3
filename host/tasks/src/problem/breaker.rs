//! What keeps fixes from going round in a circle: after its budget nothing is tried until a person says so, or what
//! must be mended has changed. One for each problem and one for each target. It must not know budgets.

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// Whether plans may be tried.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Breaker {
    /// Plans may be tried.
    #[default]
    Closed,
    /// None may.
    Open {
        since: Timestamp,
        reason: String,
        /// What the target was then: digest of its component and configuration, or what stands for them.
        target: Digest,
    },
    /// One may; its outcome decides.
    HalfOpen {
        since: Timestamp,
        /// The one is out.
        trying: bool,
    },
}

impl Breaker {
    /// Whether a plan may be tried now.
    #[must_use]
    pub fn allows(&self) -> bool {
        matches!(self, Self::Closed | Self::HalfOpen { trying: false, .. })
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The budget is used up, or the one that was tried failed.
    #[must_use]
    pub fn opened(self, reason: &str, target: Digest, now: Timestamp) -> Self {
        match self {
            open @ Self::Open { .. } => open,
            _ => Self::Open { since: now, reason: reason.to_owned(), target },
        }
    }

    /// A person wants another try.
    #[must_use]
    pub fn half_opened(self, now: Timestamp) -> Self {
        match self {
            Self::Open { .. } => Self::HalfOpen { since: now, trying: false },
            other => other,
        }
    }

    /// This is what the target is now: if it changed since the breaker opened, that is worth another try.
    #[must_use]
    pub fn seen(self, current: &Digest, now: Timestamp) -> Self {
        match &self {
            Self::Open { target, .. } if target != current => self.half_opened(now),
            _ => self,
        }
    }

    /// A plan is tried.
    #[must_use]
    pub fn tried(self) -> Self {
        match self {
            Self::HalfOpen { since, .. } => Self::HalfOpen { since, trying: true },
            other => other,
        }
    }

    /// A plan held.
    #[must_use]
    pub fn held(self) -> Self {
        match self {
            open @ Self::Open { .. } => open,
            _ => Self::Closed,
        }
    }

    /// A plan did not hold; when it is closed, the budget says what that means.
    #[must_use]
    pub fn failed(self, target: Digest, now: Timestamp) -> Self {
        match self {
            half @ Self::HalfOpen { .. } => half.opened("the one more try failed as well", target, now),
            other => other,
        }
    }
}
