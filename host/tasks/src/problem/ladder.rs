//! How hard a problem is looked at, by how often it was seen. It must not know who looks.

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Breaker, Problem};
use crate::FixId;

/// The rungs, by the number of failures up to which each is tried. They must not go down; see [`Ladder::check`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ladder {
    pub step_until: u32,
    pub analysis_until: u32,
    pub fix_task_until: u32,
    /// Lines of the log that an analysis is shown.
    pub log_lines: u32,
}

/// What is to be done about a problem now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It is over.
    Nothing,
    /// A fix is open: the failure is added, and waits for it.
    WaitFor { fix: FixId },
    /// Find the step that failed and mend it.
    StepFix,
    /// Look for the root cause, also over this many lines of the log; one fix for each cause that is independent.
    RootCause { log_lines: u32 },
    /// The analysis goes to a fix task with children.
    FixTask,
    /// Open the breaker and ask a person.
    OpenBreaker,
    /// The breaker is open since then: a person is asked already.
    AskPerson { since: Timestamp },
}

impl Default for Ladder {
    fn default() -> Self {
        Self { step_until: 2, analysis_until: 4, fix_task_until: 5, log_lines: 50 }
    }
}

impl Ladder {
    pub const LOG_LINES_MAX: u32 = 1_000;

    /// # Errors
    /// A sentence: which field, what was found, what was expected.
    pub fn check(&self) -> Result<(), String> {
        if self.step_until > self.analysis_until || self.analysis_until > self.fix_task_until {
            return Err(format!(
                "step_until {}, analysis_until {} and fix_task_until {} go down: expected each at least as much as the \
                 one before",
                self.step_until, self.analysis_until, self.fix_task_until
            ));
        }
        match self.log_lines {
            0..=Self::LOG_LINES_MAX => Ok(()),
            found => Err(format!("log_lines is {found}: expected at most {}", Self::LOG_LINES_MAX)),
        }
    }
}

/// A half-open breaker begins at the analysis: the step fix has had its turn. `now` is when that is asked; a breaker
/// that opened later than that is a clock that went back, and counts as open.
#[must_use]
pub fn escalate(problem: &Problem, ladder: &Ladder, now: Timestamp) -> Step {
    if problem.closed.is_some() {
        return Step::Nothing;
    }
    if let Some(fix) = problem.open_fix {
        return Step::WaitFor { fix };
    }
    match &problem.breaker {
        Breaker::Open { since, .. } => Step::AskPerson { since: (*since).min(now) },
        Breaker::HalfOpen { .. } => Step::RootCause { log_lines: ladder.log_lines },
        Breaker::Closed => rung(seen(problem, ladder), ladder),
    }
}

/// How often it was seen. A plan that could not be carried out is a failure, too, though its task did not run again: else
/// all plans that there may be could be spent before anybody has looked for the cause. Beyond that only failures of the task
/// count: how many plans there may be is said by their budget.
fn seen(problem: &Problem, ladder: &Ladder) -> u32 {
    // The last of those that were tried are the ones of now: an earlier life of the problem may have had others.
    let now = problem.tried.iter().rev().take(problem.used.plans as usize);
    let failed = u32::try_from(now.filter(|tried| tried.failed).count()).unwrap_or(u32::MAX);
    problem.failures.max(failed.saturating_add(1).min(ladder.analysis_until))
}

fn rung(failures: u32, ladder: &Ladder) -> Step {
    match failures {
        n if n <= ladder.step_until => Step::StepFix,
        n if n <= ladder.analysis_until => Step::RootCause { log_lines: ladder.log_lines },
        n if n <= ladder.fix_task_until => Step::FixTask,
        _ => Step::OpenBreaker,
    }
}
