//! The way of a failed task through its problem: diagnosis, plan, fix, and back to work. It must not know what a plan
//! does (`problem`).

use patchbay_types::Timestamp;
use serde_json::Value;

use super::turn::Turn;
use super::{Finding, Illegal};
use crate::task::Definition;
use crate::{Ask, AskReason, Fingerprint, FixId, State};

pub(super) fn diagnosed(turn: &mut Turn<'_>, from: &State, finding: &Finding) -> Result<State, Illegal> {
    let State::Diagnosing { problem, diagnosed: false } = from else { return Err(turn.not_now(from)) };
    match finding {
        Finding::Cause | Finding::Nothing => {
            Ok(State::Diagnosing { problem: problem.clone(), diagnosed: true })
        }
        Finding::Environment { missing } => {
            turn.leave(from);
            Ok(turn.ask(AskReason::Environment, missing))
        }
    }
}

/// Also before a diagnosis: a known fix, or one for a step, needs none.
pub(super) fn planned(turn: &Turn<'_>, from: &State, fix: FixId) -> Result<State, Illegal> {
    match from {
        State::Diagnosing { problem, .. } => Ok(State::FixPlanned { problem: problem.clone(), fix }),
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn begun(turn: &Turn<'_>, from: &State, given: FixId) -> Result<State, Illegal> {
    match from {
        State::FixPlanned { problem, fix } => {
            same(turn, "fix-begun", given, *fix)?;
            Ok(State::Fixing { problem: problem.clone(), fix: *fix })
        }
        other => Err(turn.not_now(other)),
    }
}

/// The next outcome of the task judges the fix.
pub(super) fn applied(
    turn: &mut Turn<'_>,
    from: &State,
    given: FixId,
    input: Option<&Value>,
    until: Option<Timestamp>,
) -> Result<State, Illegal> {
    let State::Fixing { fix, .. } = from else { return Err(turn.not_now(from)) };
    same(turn, "fix-applied", given, *fix)?;
    set_input(turn, input)?;
    turn.tally.mend = Some(given);
    match until.filter(|until| *until > turn.now) {
        Some(until) => Ok(State::Backoff { until }),
        None => Ok(turn.again()),
    }
}

/// Another plan is sought; the breaker says when that is enough.
pub(super) fn failed(
    turn: &mut Turn<'_>,
    from: &State,
    given: FixId,
    reason: &str,
) -> Result<State, Illegal> {
    let (State::FixPlanned { problem, fix } | State::Fixing { problem, fix }) = from else {
        return Err(turn.not_now(from));
    };
    same(turn, "fix-failed", given, *fix)?;
    turn.note(crate::NoteKind::Failure, reason);
    Ok(State::Diagnosing { problem: problem.clone(), diagnosed: true })
}

/// The task keeps its problem: when that is closed or its breaker half-open, the task goes on.
pub(super) fn breaker_opened(turn: &Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    about_problem(turn, from, AskReason::Breaker, reason)
}

pub(super) fn escalated(turn: &Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    about_problem(turn, from, AskReason::Escalated, reason)
}

fn about_problem(turn: &Turn<'_>, from: &State, why: AskReason, text: &str) -> Result<State, Illegal> {
    let problem: Fingerprint = mended(from).ok_or_else(|| turn.not_now(from))?.clone();
    let text = super::turn::short(text);
    Ok(State::NeedsHuman { ask: Ask { why, text, problem: Some(problem) } })
}

fn mended(from: &State) -> Option<&Fingerprint> {
    match from {
        State::NeedsHuman { .. } => None,
        other => other.problem(),
    }
}

pub(super) fn problem_closed(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from.problem() {
        Some(_) => Ok(turn.again()),
        None => Err(turn.not_now(from)),
    }
}

/// It waits for the other one: what was found out of its own is not asked for again there.
pub(super) fn problem_merged(turn: &Turn<'_>, from: &State, into: &Fingerprint) -> Result<State, Illegal> {
    match from {
        State::NeedsHuman { ask } if ask.problem.is_some() => {
            Ok(State::NeedsHuman { ask: Ask { problem: Some(into.clone()), ..ask.clone() } })
        }
        other if other.problem().is_some() => {
            Ok(State::Diagnosing { problem: into.clone(), diagnosed: false })
        }
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn set_input(turn: &mut Turn<'_>, input: Option<&Value>) -> Result<(), Illegal> {
    let Some(input) = input else { return Ok(()) };
    let found = crate::task::json_bytes(input);
    if found > Definition::INPUT_BYTES_MAX {
        let task = turn.task.definition.name.clone();
        return Err(Illegal::BigInput { task, found, max: Definition::INPUT_BYTES_MAX });
    }
    turn.input = Some(input.clone());
    Ok(())
}

fn same(turn: &Turn<'_>, what: &'static str, given: FixId, current: FixId) -> Result<(), Illegal> {
    let task = || turn.task.definition.name.clone();
    if given == current { Ok(()) } else { Err(Illegal::OtherFix { task: task(), what, given, current }) }
}
