//! What a person wants of a task. It must not know how a person says it.

use std::sync::Arc;

use serde_json::Value;

use super::Illegal;
use super::mend::set_input;
use super::turn::{Turn, short};
use crate::{Ask, AskReason, Definition, NoteKind, State, TaskType};

pub(super) fn published(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Draft => Ok(State::Pending),
        other => Err(turn.not_now(other)),
    }
}

/// Who answers stands behind the task: it begins with a whole budget.
pub(super) fn answered(
    turn: &mut Turn<'_>,
    from: &State,
    input: Option<&Value>,
    note: Option<&str>,
) -> Result<State, Illegal> {
    let State::NeedsHuman { ask } = from else { return Err(turn.not_now(from)) };
    set_input(turn, input)?;
    turn.note(NoteKind::Answer, note.unwrap_or_default());
    turn.leave(from);
    turn.tally = turn.tally.fresh();
    Ok(after(ask))
}

fn after(ask: &Ask) -> State {
    match ask.why {
        AskReason::Dependency => State::Pending,
        _ => State::Ready,
    }
}

/// What a worker has, or what is being looked at, stays as it was asked for.
pub(super) fn edited(
    turn: &mut Turn<'_>,
    from: &State,
    definition: &Arc<Definition>,
) -> Result<State, Illegal> {
    if matches!(from, State::Leased { .. } | State::Verifying { .. }) {
        return Err(turn.not_now(from));
    }
    editable(turn, definition)?;
    turn.definition = Some(definition.clone());
    Ok(match from {
        State::Ready => State::Pending,
        State::Pending => {
            turn.effect(super::Effect::CheckDependencies);
            State::Pending
        }
        other => other.clone(),
    })
}

fn editable(turn: &Turn<'_>, definition: &Definition) -> Result<(), Illegal> {
    definition.check()?;
    let (old, charged) = (&turn.task.definition, turn.tally.charged);
    let (task, found) = (old.name.clone(), definition.budgets.attempts);
    if definition.name != old.name {
        return Err(Illegal::Renamed { task, found: definition.name.clone() });
    }
    if definition.parent != old.parent {
        return Err(Illegal::Moved { task });
    }
    if (definition.kind == TaskType::Fix) != (old.kind == TaskType::Fix) {
        return Err(Illegal::Retyped { task });
    }
    if found < charged { Err(Illegal::BudgetBelowUse { task, found, charged }) } else { Ok(()) }
}

/// A worker is stopped and its attempt not counted.
pub(super) fn paused(turn: &mut Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    let before = match from {
        State::Paused { .. } | State::Draft => return Err(turn.not_now(from)),
        State::Leased { .. } => {
            turn.leave(from);
            turn.tally.charged = turn.tally.charged.saturating_sub(1);
            State::Ready
        }
        other => other.clone(),
    };
    Ok(State::Paused { before: Box::new(before), reason: short(reason) })
}

pub(super) fn resumed(turn: &Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Paused { before, .. } => Ok((**before).clone()),
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn cancelled(turn: &mut Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    turn.leave(from);
    Ok(State::Cancelled { reason: short(reason) })
}

pub(super) fn voided(turn: &mut Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    if let State::Voided { .. } = from {
        return Err(turn.not_now(from));
    }
    turn.leave(from);
    Ok(State::Voided { reason: short(reason) })
}

/// From the beginning: what held it is looked at again. What a worker has is not taken away; pause or cancel it first.
pub(super) fn retried(turn: &mut Turn<'_>, from: &State, reason: &str) -> Result<State, Illegal> {
    if matches!(from, State::Draft | State::Leased { .. } | State::Verifying { .. }) {
        return Err(turn.not_now(from));
    }
    turn.leave(from);
    turn.note(NoteKind::Answer, reason);
    turn.tally = turn.tally.fresh();
    Ok(State::Pending)
}
