//! How much may be tried for one problem. It must not know what a plan is.

use patchbay_types::{NanoUsd, Tokens};
use serde::{Deserialize, Serialize};

use super::{Breaker, Fix, Problem};
use crate::{FixId, TaskType};

/// For one problem, from its opening to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixBudgets {
    pub plans: u32,
    /// Of one plan.
    pub executions: u32,
    pub tokens: Tokens,
    /// In nano-USD.
    pub usd: NanoUsd,
    pub wall_ms: u64,
}

/// Why nothing more may be tried now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAllowed {
    #[error("the problem is closed: there is nothing to mend")]
    Closed,
    #[error("fix {fix} is open: at most one at a time; wait for it, or reject it")]
    OpenFix { fix: FixId },
    #[error("the breaker is open: {reason}")]
    Breaker { reason: String },
    #[error("the one try of a half-open breaker is out: wait for its outcome")]
    Trying,
    #[error("{used} of {max} {what} are used up: a person has to look")]
    Budget { what: &'static str, used: u64, max: u64 },
    #[error("a fix never gets fixes: its problem looks for another plan")]
    Depth,
}

impl Default for FixBudgets {
    fn default() -> Self {
        Self {
            plans: 5,
            executions: 3,
            tokens: Tokens(1_000_000),
            usd: NanoUsd(5 * NanoUsd::PER_USD),
            wall_ms: 2 * 3_600_000,
        }
    }
}

impl NotAllowed {
    /// Whether the breaker has to open now.
    #[must_use]
    pub fn opens_the_breaker(&self) -> bool {
        matches!(self, Self::Budget { .. })
    }
}

/// Whether another plan may be made for this problem of a task of this type. A half-open breaker lets one through,
/// whatever is used up.
///
/// # Errors
/// What holds it.
pub fn may_propose(problem: &Problem, kind: TaskType, budgets: &FixBudgets) -> Result<(), NotAllowed> {
    if kind == TaskType::Fix {
        return Err(NotAllowed::Depth);
    }
    if problem.closed.is_some() {
        return Err(NotAllowed::Closed);
    }
    if let Some(fix) = problem.open_fix {
        return Err(NotAllowed::OpenFix { fix });
    }
    if let Breaker::HalfOpen { trying, .. } = problem.breaker {
        return if trying { Err(NotAllowed::Trying) } else { Ok(()) };
    }
    if let Breaker::Open { reason, .. } = &problem.breaker {
        return Err(NotAllowed::Breaker { reason: reason.clone() });
    }
    let used = problem.used;
    within("plans", used.plans.into(), budgets.plans.into())?;
    within("tokens", used.tokens.0, budgets.tokens.0)?;
    within("nano-USD", used.usd.0, budgets.usd.0)?;
    within("milliseconds", used.wall_ms, budgets.wall_ms)
}

/// Whether this plan may be applied once more.
///
/// # Errors
/// If it was applied too often.
pub fn may_execute(fix: &Fix, budgets: &FixBudgets) -> Result<(), NotAllowed> {
    within("executions", fix.executions.into(), budgets.executions.into())
}

fn within(what: &'static str, used: u64, max: u64) -> Result<(), NotAllowed> {
    if used < max { Ok(()) } else { Err(NotAllowed::Budget { what, used, max }) }
}
