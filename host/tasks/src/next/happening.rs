//! Everything that can happen to a task. It must not know what comes of it.

use std::sync::Arc;
use std::time::Duration;

use patchbay_types::Timestamp;
use serde_json::Value;

use crate::{Actor, Definition, Failure, Fence, Fingerprint, FixId, Grant, TaskName};

/// Something that happened, and who made it happen.
#[derive(Clone, PartialEq, Debug)]
pub struct Happening {
    pub by: Actor,
    pub what: What,
}

/// What happened. A worker's word and a verdict carry the fence of the attempt that they are about.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// A draft is to be done.
    Published,
    /// Nothing of what it depends on, and no child, holds it any more.
    DependenciesMet,
    /// What it depends on ended without success.
    DependencyBroken {
        by: TaskName,
    },
    Claimed(Grant),
    /// The worker begins.
    Started {
        fence: Fence,
    },
    WorkerSucceeded {
        fence: Fence,
        /// What the worker says of its result: kept for the next attempt, if there is one.
        summary: String,
    },
    WorkerFailed {
        fence: Fence,
        failure: Failure,
    },
    /// The lease died with its host.
    WorkerLost {
        fence: Fence,
        /// The first pause if it is one loss too many; none: that of its class.
        base: Option<Duration>,
    },
    /// The worker gives the task back unfinished: its host drains, or it could not begin.
    WorkerReleased {
        fence: Fence,
    },
    /// Every check that needs no person.
    ChecksPassed {
        fence: Fence,
    },
    ChecksFailed {
        fence: Fence,
        failure: Failure,
    },
    /// A person says yes: to a `human` check, or afterwards to what had no check.
    Approved {
        fence: Fence,
        reason: String,
    },
    /// A reviewer wants it otherwise.
    Rejected {
        fence: Fence,
        remarks: String,
    },
    /// A person brings what was asked for.
    Answered {
        /// The whole new input.
        input: Option<Value>,
        note: Option<String>,
    },
    Diagnosed {
        finding: Finding,
    },
    FixPlanned {
        fix: FixId,
    },
    /// The gate let it through.
    FixBegun {
        fix: FixId,
    },
    FixApplied {
        fix: FixId,
        /// The whole new input, if the fix changes it.
        input: Option<Value>,
        /// When the task goes on, if the plan says later.
        until: Option<Timestamp>,
    },
    /// It could not be applied, or was rejected.
    FixFailed {
        fix: FixId,
        reason: String,
    },
    /// A plan wants a person.
    Escalated {
        reason: String,
    },
    /// No more plans may be tried.
    BreakerOpened {
        reason: String,
    },
    /// Its problem is over.
    ProblemClosed,
    /// Its problem is part of another one.
    ProblemMerged {
        into: Fingerprint,
    },
    BackoffOver,
    /// The clock was set back since it began to wait.
    ClockSetBack,
    DeadlinePassed,
    /// Tokens, money or time are used up; attempts are counted here.
    BudgetSpent {
        budget: String,
    },
    Edited {
        definition: Arc<Definition>,
    },
    Paused {
        reason: String,
    },
    Resumed,
    Cancelled {
        reason: String,
    },
    Voided {
        reason: String,
    },
    /// From the beginning, with a whole budget.
    Retried {
        reason: String,
    },
}

/// What a diagnosis says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// There is something to mend.
    Cause,
    /// Nothing was found: the step fix is tried.
    Nothing,
    /// Only a person can bring what is missing.
    Environment { missing: String },
}

impl What {
    /// The fence that it carries.
    #[must_use]
    pub fn fence(&self) -> Option<Fence> {
        match self {
            Self::Started { fence }
            | Self::WorkerSucceeded { fence, .. }
            | Self::WorkerFailed { fence, .. }
            | Self::WorkerLost { fence, .. }
            | Self::WorkerReleased { fence }
            | Self::ChecksPassed { fence }
            | Self::ChecksFailed { fence, .. }
            | Self::Approved { fence, .. }
            | Self::Rejected { fence, .. } => Some(*fence),
            _ => None,
        }
    }

    /// Whether it judges a worker's work.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        matches!(
            self,
            Self::ChecksPassed { .. }
                | Self::ChecksFailed { .. }
                | Self::Approved { .. }
                | Self::Rejected { .. }
        )
    }

    /// Whether it is somebody's will, and no consequence.
    #[must_use]
    pub fn is_command(&self) -> bool {
        matches!(
            self,
            Self::Published
                | Self::Answered { .. }
                | Self::Edited { .. }
                | Self::Paused { .. }
                | Self::Resumed
                | Self::Cancelled { .. }
                | Self::Voided { .. }
                | Self::Retried { .. }
        )
    }

    /// Whether it may change an end.
    #[must_use]
    pub fn may_change_an_end(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Voided { .. } | Self::Retried { .. })
    }

    /// Whether it goes on while a task is paused.
    pub(crate) fn passes_a_pause(&self) -> bool {
        match self {
            Self::DependenciesMet | Self::DependencyBroken { .. } | Self::BackoffOver => true,
            Self::Diagnosed { .. } | Self::BreakerOpened { .. } | Self::Escalated { .. } => true,
            Self::FixPlanned { .. } | Self::FixBegun { .. } | Self::FixApplied { .. } => true,
            Self::FixFailed { .. } | Self::ProblemClosed | Self::ProblemMerged { .. } => true,
            Self::Answered { .. } | Self::Edited { .. } => true,
            _ => self.is_verdict(),
        }
    }

    /// Why, in the words of whoever did it.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Approved { reason, .. }
            | Self::FixFailed { reason, .. }
            | Self::Escalated { reason }
            | Self::BreakerOpened { reason }
            | Self::Paused { reason }
            | Self::Cancelled { reason }
            | Self::Voided { reason }
            | Self::Retried { reason } => Some(reason),
            Self::WorkerFailed { failure, .. } | Self::ChecksFailed { failure, .. } => Some(&failure.message),
            Self::Rejected { remarks, .. } => Some(remarks),
            Self::BudgetSpent { budget } => Some(budget),
            Self::Diagnosed { finding: Finding::Environment { missing } } => Some(missing),
            _ => None,
        }
    }

    /// A stable word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::DependenciesMet => "dependencies-met",
            Self::DependencyBroken { .. } => "dependency-broken",
            Self::Claimed(_) => "claimed",
            Self::Started { .. } => "started",
            Self::WorkerSucceeded { .. } => "worker-succeeded",
            Self::WorkerFailed { .. } => "worker-failed",
            Self::WorkerLost { .. } => "worker-lost",
            Self::WorkerReleased { .. } => "worker-released",
            Self::ChecksPassed { .. } => "checks-passed",
            Self::ChecksFailed { .. } => "checks-failed",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Answered { .. } => "answered",
            Self::Diagnosed { .. } => "diagnosed",
            Self::FixPlanned { .. } => "fix-planned",
            Self::FixBegun { .. } => "fix-begun",
            Self::FixApplied { .. } => "fix-applied",
            Self::FixFailed { .. } => "fix-failed",
            Self::Escalated { .. } => "escalated",
            Self::BreakerOpened { .. } => "breaker-opened",
            Self::ProblemClosed => "problem-closed",
            Self::ProblemMerged { .. } => "problem-merged",
            Self::BackoffOver => "backoff-over",
            Self::ClockSetBack => "clock-set-back",
            Self::DeadlinePassed => "deadline-passed",
            Self::BudgetSpent { .. } => "budget-spent",
            Self::Edited { .. } => "edited",
            Self::Paused { .. } => "paused",
            Self::Resumed => "resumed",
            Self::Cancelled { .. } => "cancelled",
            Self::Voided { .. } => "voided",
            Self::Retried { .. } => "retried",
        }
    }
}
