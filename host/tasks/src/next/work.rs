//! What happens while a task waits for a worker or has one. It must not know what mends a failure (`mend`).

use std::time::Duration;

use patchbay_types::Timestamp;

use super::turn::{Turn, short};
use super::{Effect, Illegal};
use crate::retry::{TRANSIENT_TRIES_MAX, pause};
use crate::{AskReason, Failure, FailureKind, Grant, Lease, NoteKind, State, Task, TaskName, TaskType};

/// Losses in a row that are a failure.
const LOST_IN_ROW_MAX: u32 = 3;

pub(super) fn dependencies_met(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Pending => Ok(turn.again()),
        // What it broke by was voided, or is done after all.
        State::NeedsHuman { ask } if ask.why == AskReason::Dependency => Ok(turn.again()),
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn dependency_broken(turn: &Turn<'_>, from: &State, by: &TaskName) -> Result<State, Illegal> {
    match from {
        State::Pending => {
            let text = format!(
                "it depends on {by}, which ended without success: retry or void that one, and it goes on"
            );
            Ok(turn.ask(AskReason::Dependency, &text))
        }
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn claimed(turn: &mut Turn<'_>, from: &State, grant: &Grant) -> Result<State, Illegal> {
    if *from != State::Ready {
        return Err(turn.not_now(from));
    }
    admissible(turn, grant)?;
    turn.tally.attempts += 1;
    turn.tally.charged += 1;
    turn.fence = grant.fence;
    turn.plugin = grant.plugin;
    turn.effect(Effect::GrantLease(Lease {
        task: turn.task.id,
        attempt: turn.tally.attempts,
        fence: grant.fence,
        holder: grant.holder.clone(),
        expires: grant.expires,
    }));
    Ok(State::Leased { fence: grant.fence, started: None })
}

fn admissible(turn: &Turn<'_>, grant: &Grant) -> Result<(), Illegal> {
    let task = || turn.task.definition.name.clone();
    if grant.fence <= turn.task.fence {
        return Err(Illegal::OldFence { task: task(), given: grant.fence, current: turn.task.fence });
    }
    if grant.expires <= turn.now {
        return Err(Illegal::DeadLease { task: task(), expires: grant.expires });
    }
    match turn.has_attempts() {
        true => Ok(()),
        false => Err(Illegal::Attempts { task: task(), budget: turn.task.definition.budgets.attempts }),
    }
}

pub(super) fn started(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Leased { fence, started: None } => {
            Ok(State::Leased { fence: *fence, started: Some(turn.now) })
        }
        other => Err(turn.not_now(other)),
    }
}

/// The worker's word is not the end of it: checks look first.
pub(super) fn succeeded(turn: &mut Turn<'_>, from: &State, summary: &str) -> Result<State, Illegal> {
    let State::Leased { fence, .. } = from else { return Err(turn.not_now(from)) };
    let definition = &turn.task.definition;
    (turn.tally.transient_in_row, turn.tally.lost_in_row) = (0, 0);
    turn.note(NoteKind::Output, summary);
    if definition.checks.is_empty() {
        return Ok(turn.succeed(false));
    }
    let (checked, approved) = (!definition.wants_checks(), !definition.wants_person());
    Ok(State::Verifying { fence: *fence, checked, approved })
}

pub(super) fn failed(turn: &mut Turn<'_>, from: &State, failure: &Failure) -> Result<State, Illegal> {
    match from {
        State::Leased { .. } => Ok(fail(turn, failure)),
        other => Err(turn.not_now(other)),
    }
}

/// No failure and no budget, until it is the third in a row.
pub(super) fn lost(turn: &mut Turn<'_>, from: &State, base: Option<Duration>) -> Result<State, Illegal> {
    let State::Leased { .. } = from else { return Err(turn.not_now(from)) };
    turn.tally.lost_in_row += 1;
    if turn.tally.lost_in_row >= LOST_IN_ROW_MAX {
        let failure = Failure { base, ..Failure::lost(turn.tally.lost_in_row) };
        return Ok(fail(turn, &failure));
    }
    turn.tally.charged = turn.tally.charged.saturating_sub(1);
    Ok(turn.again())
}

pub(super) fn released(turn: &mut Turn<'_>, from: &State) -> Result<State, Illegal> {
    let State::Leased { .. } = from else { return Err(turn.not_now(from)) };
    turn.tally.charged = turn.tally.charged.saturating_sub(1);
    Ok(turn.again())
}

pub(super) fn backoff_over(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Backoff { until } if *until <= turn.now => Ok(turn.again()),
        State::Backoff { until } => Err(too_early(turn, "backoff-over", *until)),
        other => Err(turn.not_now(other)),
    }
}

/// A wait that was set by a clock which was ahead begins again, as long as it was: so it is never longer than what asked
/// for it, and never shorter.
pub(super) fn clock_set_back(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    let set = turn.task.changed;
    match from {
        State::Backoff { until } if turn.now < set => {
            Ok(State::Backoff { until: turn.now + until.since(set) })
        }
        other => Err(turn.not_now(other)),
    }
}

/// When a task has to hear that its deadline has passed. None: it has none, or is in a state that it does not end.
#[must_use]
pub fn awaits_deadline(task: &Task) -> Option<Timestamp> {
    task.definition.deadline.filter(|_| has_a_deadline(&task.state))
}

/// A task that waits for a person, or whose work is being looked at, is not given up: only if it is to go on then.
fn has_a_deadline(from: &State) -> bool {
    goes_on(from) || *from == State::Pending
}

pub(super) fn deadline_passed(turn: &mut Turn<'_>, from: &State) -> Result<State, Illegal> {
    let name = || turn.task.definition.name.clone();
    let deadline = turn.task.definition.deadline.ok_or_else(|| Illegal::NoDeadline { task: name() })?;
    if deadline > turn.now {
        return Err(too_early(turn, "deadline-passed", deadline));
    }
    if !has_a_deadline(from) {
        return Err(turn.not_now(from));
    }
    turn.leave(from);
    Ok(State::Dead { reason: format!("its deadline, {deadline}, passed") })
}

pub(super) fn budget_spent(turn: &mut Turn<'_>, from: &State, budget: &str) -> Result<State, Illegal> {
    if !goes_on(from) {
        return Err(turn.not_now(from));
    }
    turn.leave(from);
    Ok(turn.ask(AskReason::Budget, budget))
}

/// Whether it uses something up, or is about to.
fn goes_on(from: &State) -> bool {
    matches!(from, State::Ready | State::Leased { .. } | State::Backoff { .. })
        || matches!(from, State::Diagnosing { .. } | State::FixPlanned { .. } | State::Fixing { .. })
}

fn too_early(turn: &Turn<'_>, what: &'static str, until: Timestamp) -> Illegal {
    Illegal::TooEarly { task: turn.task.definition.name.clone(), what, until }
}

/// An attempt failed: it waits, is mended, or a person is asked.
pub(super) fn fail(turn: &mut Turn<'_>, failure: &Failure) -> State {
    turn.tally.failures += 1;
    turn.tally.lost_in_row = 0;
    turn.note(NoteKind::Failure, &failure.message);
    if failure.kind == FailureKind::Transient && turn.tally.transient_in_row < TRANSIENT_TRIES_MAX {
        return wait(turn, failure);
    }
    turn.tally.transient_in_row = 0;
    if let Some(fix) = turn.tally.mend.take() {
        turn.effect(Effect::FixDidNotHold { fix });
    }
    if failure.kind == FailureKind::Environment {
        return turn.ask(AskReason::Environment, &failure.message);
    }
    mend(turn, failure)
}

fn wait(turn: &mut Turn<'_>, failure: &Failure) -> State {
    turn.tally.transient_in_row += 1;
    if !turn.has_attempts() {
        return spent(turn, failure);
    }
    let salt = patchbay_types::stable_hash(turn.task.definition.name.as_str());
    let salt = salt.wrapping_add(u64::from(turn.tally.attempts));
    let pause = pause(failure.base, failure.retry_after, turn.tally.transient_in_row, salt);
    State::Backoff { until: turn.now + pause }
}

/// A fix has no fix of its own: it is over, and its problem looks for another plan.
fn mend(turn: &mut Turn<'_>, failure: &Failure) -> State {
    if turn.task.definition.kind == TaskType::Fix {
        return State::Dead { reason: short(&format!("{}: {}", failure.class, failure.message)) };
    }
    turn.effect(Effect::Attach(failure.clone()));
    match turn.has_attempts() {
        true => State::Diagnosing { problem: failure.fingerprint.clone(), diagnosed: false },
        false => spent(turn, failure),
    }
}

fn spent(turn: &Turn<'_>, failure: &Failure) -> State {
    let text = format!("{}; the last one failed: {}", turn.spent_attempts(), failure.message);
    match turn.task.definition.kind {
        TaskType::Fix => State::Dead { reason: short(&text) },
        _ => turn.ask(AskReason::Budget, &text),
    }
}
