//! What a happening makes of a task: an event, and what is to be done. It must not know how that is done.

use patchbay_types::Timestamp;

use crate::{Ask, Event, Failure, Fence, Fingerprint, FixId, Lease};

/// Whoever takes this stores the event, and in the same transaction what [`Effect::is_stored`] names; then it sees to the
/// rest. If it is cut off between, [`crate::due`] says the rest again.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    pub event: Event,
    /// In this order.
    pub effects: Vec<Effect>,
}

/// Something that has to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Look whether dependencies and children hold the task, and say so.
    CheckDependencies,
    /// It can be claimed: wake its lane.
    WakeLane,
    /// Store this lease. There must be no other of this task.
    GrantLease(Lease),
    /// The worker is done or gone: delete its lease.
    EndLease {
        fence: Fence,
    },
    /// Mark its lease as one to be stopped; then stop the worker, wait until it is reaped, and delete the lease.
    StopWorker {
        fence: Fence,
    },
    /// Run every check that needs no person.
    RunChecks {
        fence: Fence,
    },
    AskPerson(Ask),
    /// Say `BackoffOver` then.
    WakeAt {
        until: Timestamp,
    },
    /// Open this failure's problem, or add the failure to it.
    Attach(Failure),
    /// Have the problem diagnosed, or wait for the diagnosis that runs.
    Diagnose {
        problem: Fingerprint,
    },
    /// Have a plan made for the problem.
    ProposeFix {
        problem: Fingerprint,
    },
    /// Ask the gate about this fix.
    GateFix {
        fix: FixId,
    },
    /// The task waits for this problem no longer: void its open fix if no other task does.
    LeaveProblem {
        problem: Fingerprint,
    },
    /// The task succeeded after this fix: that is its proof, if it was verified.
    FixHeld {
        fix: FixId,
        verified: bool,
    },
    /// The task failed again after this fix.
    FixDidNotHold {
        fix: FixId,
    },
    /// Its parent, and what depends on it, may go on or never will.
    LookAtDependants,
}

impl Effect {
    /// Whether it belongs into the transaction of the event: nothing says it a second time.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        let is_lease = matches!(self, Self::GrantLease(_) | Self::EndLease { .. } | Self::StopWorker { .. });
        let is_problem = matches!(self, Self::Attach(_) | Self::LeaveProblem { .. });
        is_lease || is_problem || matches!(self, Self::FixHeld { .. } | Self::FixDidNotHold { .. })
    }

    /// A stable word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CheckDependencies => "check-dependencies",
            Self::WakeLane => "wake-lane",
            Self::GrantLease(_) => "grant-lease",
            Self::EndLease { .. } => "end-lease",
            Self::StopWorker { .. } => "stop-worker",
            Self::RunChecks { .. } => "run-checks",
            Self::AskPerson(_) => "ask-person",
            Self::WakeAt { .. } => "wake-at",
            Self::Attach(_) => "attach",
            Self::Diagnose { .. } => "diagnose",
            Self::ProposeFix { .. } => "propose-fix",
            Self::GateFix { .. } => "gate-fix",
            Self::LeaveProblem { .. } => "leave-problem",
            Self::FixHeld { .. } => "fix-held",
            Self::FixDidNotHold { .. } => "fix-did-not-hold",
            Self::LookAtDependants => "look-at-dependants",
        }
    }
}
