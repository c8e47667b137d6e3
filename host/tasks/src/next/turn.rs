//! One change while it is made: what is gathered beside the new state, and what entering a state asks for. It must not
//! know which state follows which.

use std::sync::Arc;

use patchbay_types::{Digest, Timestamp};
use serde_json::Value;

use super::{Change, Effect, Happening, Illegal, What};
use crate::retry::WAIT_MAX;
use crate::task::Note;
use crate::{
    Actor, Ask, AskReason, Definition, DefinitionError, Event, Fence, NoteKind, Place, State, Tally, Task,
    TaskId,
};

/// Characters of a reason that an event keeps.
const REASON_CHARS_MAX: usize = 1_000;

pub(super) struct Turn<'a> {
    pub(super) task: &'a Task,
    pub(super) now: Timestamp,
    what: &'a What,
    by: &'a Actor,
    pub(super) tally: Tally,
    pub(super) fence: Fence,
    pub(super) plugin: Option<Digest>,
    pub(super) input: Option<Value>,
    pub(super) definition: Option<Arc<Definition>>,
    note: Option<Note>,
    effects: Vec<Effect>,
}

/// A task begins: as a draft, or waiting for its dependencies. What its parent and dependencies are was looked at
/// before (`graph`).
///
/// # Errors
/// If the definition makes no sense.
pub fn create(
    id: TaskId,
    definition: Definition,
    place: Place,
    draft: bool,
    by: Actor,
    now: Timestamp,
) -> Result<Change, DefinitionError> {
    definition.check()?;
    let to = if draft { State::Draft } else { State::Pending };
    let effects = if draft { Vec::new() } else { vec![Effect::CheckDependencies] };
    let event = Event {
        task: id,
        seq: 1,
        at: now,
        by,
        cause: "created".into(),
        reason: None,
        from: None,
        to,
        fence: Fence::default(),
        tally: Tally::default(),
        plugin: None,
        note: None,
        input: None,
        definition: Some(Arc::new(definition)),
        place: Some(place),
    };
    Ok(Change { event, effects })
}

impl<'a> Turn<'a> {
    pub(super) fn of(task: &'a Task, happening: &'a Happening, now: Timestamp) -> Self {
        Self {
            task,
            now,
            what: &happening.what,
            by: &happening.by,
            tally: task.tally,
            fence: task.fence,
            plugin: None,
            input: None,
            definition: None,
            note: None,
            effects: Vec::new(),
        }
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn note(&mut self, kind: NoteKind, text: &str) {
        if !text.trim().is_empty() {
            self.note = Some(Note::new(self.now, self.tally.attempts, kind, text));
        }
    }

    pub(super) fn not_now(&self, from: &State) -> Illegal {
        let task = self.task.definition.name.clone();
        Illegal::NotNow { task, what: self.what.name(), state: from.name() }
    }

    /// Somebody ends what goes on: its worker is stopped, its problem left.
    pub(super) fn leave(&mut self, from: &State) {
        if let State::Leased { fence, .. } = from {
            self.effect(Effect::StopWorker { fence: *fence });
        }
        if let Some(problem) = from.problem() {
            self.effect(Effect::LeaveProblem { problem: problem.clone() });
        }
    }

    /// Once more, if the budget has an attempt left.
    pub(super) fn again(&self) -> State {
        match self.has_attempts() {
            true => State::Ready,
            false => self.ask(AskReason::Budget, &self.spent_attempts()),
        }
    }

    pub(super) fn has_attempts(&self) -> bool {
        self.tally.charged < self.task.definition.budgets.attempts
    }

    pub(super) fn spent_attempts(&self) -> String {
        format!("its {} attempts are used up", self.task.definition.budgets.attempts)
    }

    pub(super) fn ask(&self, why: AskReason, text: &str) -> State {
        State::NeedsHuman { ask: Ask { why, text: short(text), problem: None } }
    }

    /// Succeeded, and with it the fix that went before.
    pub(super) fn succeed(&mut self, verified: bool) -> State {
        if let Some(fix) = self.tally.mend.take() {
            self.effect(Effect::FixHeld { fix, verified });
        }
        State::Succeeded { verified }
    }

    pub(super) fn end(mut self, to: State) -> Change {
        let to = self.no_longer_than_may_be(to);
        self.release(&to);
        if to != self.task.state {
            self.effects.extend(self.entering(&to));
        }
        let event = Event {
            task: self.task.id,
            seq: self.task.rev + 1,
            at: self.now,
            by: self.by.clone(),
            cause: self.what.name().into(),
            reason: self.what.reason().filter(|reason| !reason.is_empty()).map(short),
            from: Some(self.task.state.name()),
            to,
            fence: self.fence,
            tally: self.tally,
            plugin: self.plugin,
            note: self.note,
            input: self.input,
            definition: self.definition,
            place: None,
        };
        Change { event, effects: self.effects }
    }

    /// Whatever a plan asks for, and however the clock was set while the wait was hidden by a pause.
    fn no_longer_than_may_be(&self, to: State) -> State {
        match to {
            State::Backoff { until } => State::Backoff { until: until.min(self.now + WAIT_MAX) },
            other => other,
        }
    }

    /// A lease ends with the state that it made, unless its worker has to be stopped first.
    fn release(&mut self, to: &State) {
        let State::Leased { fence, .. } = self.task.state else { return };
        let is_stopped = self.effects.iter().any(|effect| matches!(effect, Effect::StopWorker { .. }));
        if !matches!(to, State::Leased { .. }) && !is_stopped {
            self.effects.insert(0, Effect::EndLease { fence });
        }
    }

    /// What a state asks for when it is entered, also again after a pause. Checks that run are not begun twice.
    fn entering(&self, to: &State) -> Vec<Effect> {
        let is_looked_at = matches!(self.task.state, State::Verifying { .. });
        let begins_again = |effect: &Effect| is_looked_at && matches!(effect, Effect::RunChecks { .. });
        due(to).into_iter().filter(|effect| !begins_again(effect)).collect()
    }
}

/// What a state asks for. After a start of the host this is what has to be done again for each task; a leased one asks
/// for nothing, its lease says whether its worker is gone; nor does one that is being fixed, its fix says how far it came.
#[must_use]
pub fn due(state: &State) -> Vec<Effect> {
    match state {
        State::Pending => vec![Effect::CheckDependencies],
        State::Ready => vec![Effect::WakeLane],
        State::Verifying { fence, checked, approved } => look(*fence, *checked, *approved),
        State::Backoff { until } => vec![Effect::WakeAt { until: *until }],
        State::Diagnosing { problem, diagnosed: false } => {
            vec![Effect::Diagnose { problem: problem.clone() }]
        }
        State::Diagnosing { problem, .. } => vec![Effect::ProposeFix { problem: problem.clone() }],
        State::FixPlanned { fix, .. } => vec![Effect::GateFix { fix: *fix }],
        State::NeedsHuman { ask } => vec![Effect::AskPerson(ask.clone()), Effect::LookAtDependants],
        state if state.is_end() => vec![Effect::LookAtDependants],
        _ => Vec::new(),
    }
}

/// Machines look first: a person is not asked about what they find wrong.
fn look(fence: Fence, checked: bool, approved: bool) -> Vec<Effect> {
    match (checked, approved) {
        (false, _) => vec![Effect::RunChecks { fence }],
        (true, false) => {
            let text = "its work waits for a person's yes".to_owned();
            vec![Effect::AskPerson(Ask { why: AskReason::Approval, text, problem: None })]
        }
        (true, true) => Vec::new(),
    }
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(REASON_CHARS_MAX).collect()
}
