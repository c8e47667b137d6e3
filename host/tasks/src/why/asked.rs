//! What a person is asked about a task. It must not know who asks.

use crate::{Check, Definition, State};

/// None: nobody is asked. Also of a task that is paused, since it is asked again then.
#[must_use]
pub fn asked(state: &State, definition: &Definition) -> Option<String> {
    match state.behind_a_pause() {
        State::NeedsHuman { ask } => Some(ask.text.clone()),
        State::Verifying { checked: true, approved: false, .. } => Some(questions(definition)),
        _ => None,
    }
}

/// Of its checks by a person.
pub(super) fn questions(definition: &Definition) -> String {
    let questions = definition.checks.iter().filter_map(|check| match check {
        Check::Human { question } => Some(question.trim()),
        _ => None,
    });
    questions.collect::<Vec<_>>().join("; ")
}
