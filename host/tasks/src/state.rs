//! The states of a task. It must not know how one comes after another (`next`).

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Fence, Fingerprint, FixId, Lease, Task};

/// Where a task stands, as it is stored. There is no `running` here: see [`shown`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum State {
    /// Written down, not to be done yet.
    Draft,
    /// Waits for its dependencies and children.
    Pending,
    /// Waits for a worker.
    Ready,
    /// A worker has it.
    Leased {
        fence: Fence,
        /// When the worker began.
        started: Option<Timestamp>,
    },
    /// The worker says that it is done; others look.
    Verifying {
        /// Of the attempt that is looked at.
        fence: Fence,
        /// All checks that need no person have passed.
        checked: bool,
        /// A person has said yes.
        approved: bool,
    },
    Succeeded {
        /// False: there was no check.
        verified: bool,
    },
    /// A transient failure waits.
    Backoff {
        until: Timestamp,
    },
    /// Its failure belongs to a problem, for which a plan is sought.
    Diagnosing {
        problem: Fingerprint,
        diagnosed: bool,
    },
    /// A plan waits for its gate.
    FixPlanned {
        problem: Fingerprint,
        fix: FixId,
    },
    /// A plan is being applied.
    Fixing {
        problem: Fingerprint,
        fix: FixId,
    },
    /// Only a person helps.
    NeedsHuman {
        ask: Ask,
    },
    /// A person holds it; `before` is where it goes on.
    Paused {
        before: Box<State>,
        reason: String,
    },
    Cancelled {
        reason: String,
    },
    /// Not needed any more: what waited for it goes on.
    Voided {
        reason: String,
    },
    /// Given up.
    Dead {
        reason: String,
    },
}

/// What a person is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ask {
    pub why: AskReason,
    /// One sentence.
    pub text: String,
    /// The problem that it is about.
    #[serde(default)]
    pub problem: Option<Fingerprint>,
}

/// Why a person is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskReason {
    /// Reviewers rejected it too often.
    Rejections,
    /// No more plans may be tried for its problem.
    Breaker,
    /// Attempts, tokens, money or time are used up.
    Budget,
    /// Something outside is missing.
    Environment,
    /// What it depends on ended without success.
    Dependency,
    /// A plan asked for a person.
    Escalated,
    /// A check of its own asks a person; the task is still `verifying`.
    Approval,
}

/// A state without its data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateName {
    Draft,
    Pending,
    Ready,
    Leased,
    Verifying,
    Succeeded,
    Backoff,
    Diagnosing,
    FixPlanned,
    Fixing,
    NeedsHuman,
    Paused,
    Cancelled,
    Voided,
    Dead,
}

/// What people are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "shown", content = "state")]
pub enum Shown {
    /// A worker has begun and its lease is live.
    Running,
    /// Succeeded without a check.
    Unverified,
    As(StateName),
}

impl State {
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Pending => StateName::Pending,
            Self::Ready => StateName::Ready,
            Self::Leased { .. } => StateName::Leased,
            Self::Verifying { .. } => StateName::Verifying,
            Self::Succeeded { .. } => StateName::Succeeded,
            Self::Backoff { .. } => StateName::Backoff,
            Self::Diagnosing { .. } => StateName::Diagnosing,
            Self::FixPlanned { .. } => StateName::FixPlanned,
            Self::Fixing { .. } => StateName::Fixing,
            Self::NeedsHuman { .. } => StateName::NeedsHuman,
            Self::Paused { .. } => StateName::Paused,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::Voided { .. } => StateName::Voided,
            Self::Dead { .. } => StateName::Dead,
        }
    }

    /// Whether only a person's word changes it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.name().is_end()
    }

    /// The problem that it waits for, also behind a pause.
    #[must_use]
    pub fn problem(&self) -> Option<&Fingerprint> {
        match self.behind_a_pause() {
            Self::Diagnosing { problem, .. }
            | Self::FixPlanned { problem, .. }
            | Self::Fixing { problem, .. } => Some(problem),
            Self::NeedsHuman { ask } => ask.problem.as_ref(),
            _ => None,
        }
    }

    /// The state that a pause hides, or this one.
    #[must_use]
    pub fn behind_a_pause(&self) -> &State {
        match self {
            Self::Paused { before, .. } => before,
            other => other,
        }
    }
}

impl StateName {
    pub const ALL: [StateName; 15] = [
        Self::Draft,
        Self::Pending,
        Self::Ready,
        Self::Leased,
        Self::Verifying,
        Self::Succeeded,
        Self::Backoff,
        Self::Diagnosing,
        Self::FixPlanned,
        Self::Fixing,
        Self::NeedsHuman,
        Self::Paused,
        Self::Cancelled,
        Self::Voided,
        Self::Dead,
    ];

    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Voided | Self::Cancelled | Self::Dead)
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Verifying => "verifying",
            Self::Succeeded => "succeeded",
            Self::Backoff => "backoff",
            Self::Diagnosing => "diagnosing",
            Self::FixPlanned => "fix-planned",
            Self::Fixing => "fixing",
            Self::NeedsHuman => "needs-human",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
            Self::Dead => "dead",
        }
    }
}

/// What is shown: `running` only while the lease that is stored for the task is live, is the task's own, and the worker
/// has begun.
#[must_use]
pub fn shown(task: &Task, lease: Option<&Lease>, now: Timestamp) -> Shown {
    let holds = |fence| lease.is_some_and(|l| l.task == task.id && l.fence == fence && l.is_live(now));
    match &task.state {
        State::Leased { fence, started: Some(_) } if holds(*fence) => Shown::Running,
        State::Succeeded { verified: false } => Shown::Unverified,
        other => Shown::As(other.name()),
    }
}

impl Shown {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Unverified => "succeeded (unverified)",
            Self::As(name) => name.as_str(),
        }
    }
}

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
