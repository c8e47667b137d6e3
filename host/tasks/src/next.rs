//! What comes next: one function from a task and a happening to a change. It must not know how anything is done, only
//! that it has to be; nothing here has an effect.
//!
//! - A happening that cannot be, or comes too late, is refused, and changes nothing.
//! - A worker's word counts while its lease is the task's latest. A verdict counts for the attempt that it names.
//! - A status is written after verification. What had no check is succeeded, but unverified.
//! - A lost attempt is no failure and costs no budget; the third in a row is a failure. A rejection is no failure; the
//!   third asks a person.
//! - An end is changed by an operator alone, who says why. Its title and description may be edited.
//! - What goes on while a task is paused (dependencies, verdicts, its problem, the end of a wait, an answer, an edit)
//!   moves the state that the pause hides, by the same rows; an end needs no pause.
//!
//! Two or more states in the last column: budget, tally, checks or kind of failure decide. A test makes this table anew
//! from [`next`] and compares.
//!
#![doc = include_str!("next/table.md")]

mod admit;
mod change;
mod happening;
mod illegal;
mod mend;
mod person;
mod turn;
mod verdict;
mod work;

use patchbay_types::Timestamp;

pub use change::{Change, Effect};
pub use happening::{Finding, Happening, What};
pub use illegal::Illegal;
pub use turn::{create, due};
pub use work::awaits_deadline;

use crate::{State, Task};
use turn::Turn;

/// What this happening makes of this task.
///
/// # Errors
/// Why it cannot happen now; then nothing has changed.
pub fn next(task: &Task, happening: &Happening, now: Timestamp) -> Result<Change, Illegal> {
    admit::admit(task, happening)?;
    let mut turn = Turn::of(task, happening, now);
    let to = match &task.state {
        State::Paused { before, reason } if happening.what.passes_a_pause() => {
            let to = step(&mut turn, before, &happening.what)?;
            behind(to, reason)
        }
        from => step(&mut turn, from, &happening.what)?,
    };
    Ok(turn.end(to))
}

/// An end needs no pause.
fn behind(to: State, reason: &str) -> State {
    match to.is_end() {
        true => to,
        false => State::Paused { before: Box::new(to), reason: reason.to_owned() },
    }
}

fn step(turn: &mut Turn<'_>, from: &State, what: &What) -> Result<State, Illegal> {
    match what {
        What::Claimed(grant) => work::claimed(turn, from, grant),
        What::Started { .. } => work::started(turn, from),
        What::WorkerSucceeded { summary, .. } => work::succeeded(turn, from, summary),
        What::WorkerFailed { failure, .. } => work::failed(turn, from, failure),
        What::WorkerLost { base, .. } => work::lost(turn, from, *base),
        What::WorkerReleased { .. } => work::released(turn, from),
        What::DependenciesMet => work::dependencies_met(turn, from),
        What::DependencyBroken { by } => work::dependency_broken(turn, from, by),
        What::BackoffOver => work::backoff_over(turn, from),
        What::ClockSetBack => work::clock_set_back(turn, from),
        What::DeadlinePassed => work::deadline_passed(turn, from),
        What::BudgetSpent { budget } => work::budget_spent(turn, from, budget),
        What::ChecksPassed { .. } => verdict::checks_passed(turn, from),
        What::ChecksFailed { failure, .. } => verdict::checks_failed(turn, from, failure),
        What::Approved { .. } => verdict::approved(turn, from),
        What::Rejected { remarks, .. } => verdict::rejected(turn, from, remarks),
        What::Diagnosed { finding } => mend::diagnosed(turn, from, finding),
        What::FixPlanned { fix } => mend::planned(turn, from, *fix),
        What::FixBegun { fix } => mend::begun(turn, from, *fix),
        What::FixApplied { fix, input, until } => mend::applied(turn, from, *fix, input.as_ref(), *until),
        What::FixFailed { fix, reason } => mend::failed(turn, from, *fix, reason),
        What::BreakerOpened { reason } => mend::breaker_opened(turn, from, reason),
        What::Escalated { reason } => mend::escalated(turn, from, reason),
        What::ProblemClosed => mend::problem_closed(turn, from),
        What::ProblemMerged { into } => mend::problem_merged(turn, from, into),
        What::Published => person::published(turn, from),
        What::Answered { input, note } => person::answered(turn, from, input.as_ref(), note.as_deref()),
        What::Edited { definition } => person::edited(turn, from, definition),
        What::Paused { reason } => person::paused(turn, from, reason),
        What::Resumed => person::resumed(turn, from),
        What::Cancelled { reason } => person::cancelled(turn, from, reason),
        What::Voided { reason } => person::voided(turn, from, reason),
        What::Retried { reason } => person::retried(turn, from, reason),
    }
}

#[cfg(test)]
mod tests;
