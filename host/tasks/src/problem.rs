//! What is wrong with tasks, and what is done about it: problems, plans, fixes, and the decisions on the way. It must
//! not know who thinks a plan up or how an action is done.

mod action;
mod breaker;
mod budget;
mod fix;
mod gate;
mod ladder;
mod merge;
mod plan;

use patchbay_types::{Digest, NanoUsd, ProviderName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

pub use action::{Action, Class, Language, TrialMode};
pub use breaker::Breaker;
pub use budget::{FixBudgets, NotAllowed, may_execute, may_propose};
pub use fix::{Fix, FixState};
pub use gate::{Gate, GateLimits, Moment, gate};
pub use ladder::{Ladder, Step, escalate};
pub use merge::merge_patch;
pub use plan::{Offered, OfferedPart, Plan, PlanError};

use crate::{Fingerprint, FixId, TaskName};

/// Failures with one fingerprint, across tasks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Problem {
    pub fingerprint: Fingerprint,
    pub class: String,
    pub title: String,
    /// What must be mended.
    pub target: Target,
    pub failures: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    #[serde(default)]
    pub diagnosis: Option<Diagnosis>,
    /// At most one at a time.
    #[serde(default)]
    pub open_fix: Option<FixId>,
    /// Also before it was closed last; at most [`Problem::TRIED_MAX`].
    #[serde(default)]
    pub tried: Vec<Tried>,
    #[serde(default)]
    pub used: Used,
    pub breaker: Breaker,
    /// Its open fixes are void and its tasks went on.
    #[serde(default)]
    pub closed: Option<Timestamp>,
    /// It was closed because no task had it any more, and not because it was mended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// A plan that was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tried {
    pub fix: FixId,
    /// [`Plan::digest`].
    pub plan: Digest,
    pub failed: bool,
}

/// What the fixes of a problem have used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Used {
    pub plans: u32,
    pub tokens: Tokens,
    /// In nano-USD.
    pub usd: NanoUsd,
    pub wall_ms: u64,
}

/// What was found, and for which state of things: it is looked for once for each.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnosis {
    pub at: Timestamp,
    pub cause: String,
    pub plugin: Option<Digest>,
    pub config: Digest,
}

/// What must be mended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// What is taken if nothing else is found.
    TaskInput {
        task: TaskName,
    },
    Plugin {
        name: String,
        digest: Digest,
    },
    Config {
        key: String,
    },
    Provider {
        provider: ProviderName,
    },
    Agent {
        agent: String,
    },
    /// A program that `exec` runs.
    Program {
        program: String,
    },
    /// It goes to a person at once.
    Environment {
        missing: String,
    },
}

impl Problem {
    pub const TRIED_MAX: usize = 32;

    /// Whether a model has to look: nobody did for this plugin and this configuration.
    #[must_use]
    pub fn needs_diagnosis(&self, plugin: Option<&Digest>, config: &Digest) -> bool {
        !self
            .diagnosis
            .as_ref()
            .is_some_and(|known| known.plugin.as_ref() == plugin && known.config == *config)
    }

    /// Whether this very plan has failed before.
    #[must_use]
    pub fn has_failed_with(&self, plan: &Digest) -> bool {
        self.tried.iter().any(|tried| tried.failed && tried.plan == *plan)
    }

    /// A plan was tried; beyond the bound the oldest is forgotten. A fix that is told of once more, because somebody took it
    /// back, is one plan still.
    pub fn remember(&mut self, tried: Tried) {
        if let Some(known) = self.tried.iter_mut().find(|known| known.fix == tried.fix) {
            known.failed |= tried.failed;
            return;
        }
        if self.tried.len() >= Self::TRIED_MAX {
            self.tried.remove(0);
        }
        self.tried.push(tried);
        self.used.plans += 1;
    }

    /// One more failure. A problem that was closed begins anew, but remembers what did not help; one that was only left
    /// goes on where it was, so that tasks which go from one problem to another and back use up what either may use.
    pub fn attach(&mut self, now: Timestamp) {
        let was_left = std::mem::take(&mut self.left);
        if self.closed.take().is_some() && !was_left {
            (self.failures, self.first) = (0, now);
            (self.used, self.breaker) = (Used::default(), Breaker::default());
        }
        self.failures = self.failures.saturating_add(1);
        self.last = now;
    }

    /// It is over. Answers the open fix, which is void with it; its tasks go on.
    pub fn close(&mut self, now: Timestamp) -> Option<FixId> {
        self.closed.get_or_insert(now);
        self.left = false;
        self.open_fix.take()
    }

    /// No task has it any more.
    pub fn leave(&mut self, now: Timestamp) {
        self.left = self.closed.is_none();
        self.closed.get_or_insert(now);
    }
}

#[cfg(test)]
mod tests;
