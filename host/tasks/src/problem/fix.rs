//! One fix: a plan on its way, and where it came from. It must not know what moves it.

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::{Fingerprint, FixId};

/// A plan for one problem, and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fix {
    pub id: FixId,
    pub problem: Fingerprint,
    pub plan: Plan,
    pub state: FixState,
    /// How often it was applied.
    pub executions: u32,
    pub made: Timestamp,
    /// The strategy, by plugin and digest.
    pub made_by: String,
    #[serde(default)]
    pub plugin: Option<Digest>,
    #[serde(default)]
    pub approved_by: Option<String>,
    #[serde(default)]
    pub applied: Option<Timestamp>,
}

/// Where a fix stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixState {
    Planned,
    WaitsForApproval,
    Applying,
    /// Until its checks and its task have judged it.
    Applied,
    Verified,
    Failed,
    /// Its problem is over, or another plan took its place.
    Voided,
    Undone,
}

impl FixState {
    /// Whether no other fix of its problem may begin.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::WaitsForApproval | Self::Applying | Self::Applied)
    }

    /// Whether it may become that. Applied, failed and verified ones may be undone.
    #[must_use]
    pub fn may_become(self, next: FixState) -> bool {
        match self {
            Self::Planned => {
                matches!(next, Self::WaitsForApproval | Self::Applying | Self::Failed | Self::Voided)
            }
            Self::WaitsForApproval => matches!(next, Self::Applying | Self::Failed | Self::Voided),
            Self::Applying => matches!(next, Self::Applied | Self::Failed | Self::Voided),
            Self::Applied => {
                matches!(next, Self::Applying | Self::Verified | Self::Failed | Self::Voided | Self::Undone)
            }
            Self::Verified | Self::Failed => next == Self::Undone,
            Self::Voided | Self::Undone => false,
        }
    }
}
