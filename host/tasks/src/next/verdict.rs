//! What others say of a worker's work. It must not know how a check is run.

use super::Illegal;
use super::turn::Turn;
use super::work::fail;
use crate::{AskReason, Failure, NoteKind, State};

/// Rejections after which a person is asked.
const REJECTIONS_MAX: u32 = 3;

pub(super) fn checks_passed(turn: &mut Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Verifying { checked: false, approved: true, .. } => Ok(turn.succeed(true)),
        State::Verifying { fence, checked: false, approved: false } => {
            Ok(State::Verifying { fence: *fence, checked: true, approved: false })
        }
        other => Err(turn.not_now(other)),
    }
}

pub(super) fn checks_failed(turn: &mut Turn<'_>, from: &State, failure: &Failure) -> Result<State, Illegal> {
    match from {
        State::Verifying { checked: false, .. } => Ok(fail(turn, failure)),
        other => Err(turn.not_now(other)),
    }
}

/// Also afterwards, for what had no check: then it is verified by a person.
pub(super) fn approved(turn: &mut Turn<'_>, from: &State) -> Result<State, Illegal> {
    match from {
        State::Verifying { checked: true, approved: false, .. } | State::Succeeded { verified: false } => {
            Ok(turn.succeed(true))
        }
        State::Verifying { fence, checked: false, approved: false } => {
            Ok(State::Verifying { fence: *fence, checked: false, approved: true })
        }
        other => Err(turn.not_now(other)),
    }
}

/// No failure: the next attempt knows what the reviewer wants.
pub(super) fn rejected(turn: &mut Turn<'_>, from: &State, remarks: &str) -> Result<State, Illegal> {
    let State::Verifying { .. } = from else { return Err(turn.not_now(from)) };
    turn.tally.rejections += 1;
    turn.note(NoteKind::Remark, remarks);
    match turn.tally.rejections {
        REJECTIONS_MAX.. => {
            let text = format!("rejected {} times, last with: {remarks}", turn.tally.rejections);
            Ok(turn.ask(AskReason::Rejections, &text))
        }
        _ => Ok(turn.again()),
    }
}
