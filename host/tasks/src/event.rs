//! What is written of each change, and the task that comes out of all of them. It must not know rules: an event says
//! what became so, and a rule that is changed later does not change what was.

mod actor;

use std::borrow::Cow;
use std::sync::Arc;

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use actor::Actor;

use crate::{Definition, Fence, Note, Place, State, StateName, Tally, Task, TaskId};

/// One change of one task. Appended, never changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    pub task: TaskId,
    /// From 1, without gaps.
    pub seq: u64,
    pub at: Timestamp,
    pub by: Actor,
    /// The word of what happened: `claimed`, `worker-failed`.
    pub cause: Cow<'static, str>,
    /// Why, as a person or a worker said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// None: the task was made.
    pub from: Option<StateName>,
    pub to: State,
    pub fence: Fence,
    pub tally: Tally,
    /// Of the skill's component, when it was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Digest>,
    /// One more note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// Another input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// Another definition; the first one if the task was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Arc<Definition>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Why events are no task.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there are no events: expected at least the one that made the task")]
    None,
    #[error(
        "task {task:?}: its first event says no definition or no place: its events before {seq} are missing"
    )]
    Beginning { task: TaskId, seq: u64 },
    #[error("task {task:?}: event {found} follows event {last}: expected {}; one is missing or twice there", last + 1)]
    Gap { task: TaskId, last: u64, found: u64 },
    #[error("an event of task {found:?} stands among those of {task:?}: read the events of one task only")]
    Stranger { task: TaskId, found: TaskId },
}

/// The task that these events of one task make, oldest first.
///
/// # Errors
/// The first event that cannot follow the one before.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Task, ReplayError> {
    let mut events = events.into_iter();
    let mut task = first(events.next().ok_or(ReplayError::None)?)?;
    for event in events {
        if event.task != task.id {
            return Err(ReplayError::Stranger { task: task.id, found: event.task });
        }
        if event.seq != task.rev + 1 {
            return Err(ReplayError::Gap { task: task.id, last: task.rev, found: event.seq });
        }
        task.apply(event);
    }
    Ok(task)
}

fn first(event: &Event) -> Result<Task, ReplayError> {
    let (Some(definition), Some(place), 1) = (&event.definition, &event.place, event.seq) else {
        return Err(ReplayError::Beginning { task: event.task, seq: event.seq });
    };
    let mut task = Task {
        id: event.task,
        definition: definition.clone(),
        place: place.clone(),
        state: event.to.clone(),
        tally: event.tally,
        fence: event.fence,
        notes: Vec::new(),
        created: event.at,
        changed: event.at,
        rev: 0,
    };
    task.apply(event);
    Ok(task)
}

impl Task {
    /// Becomes what the event says. It must be the next one: [`replay`] looks, and whoever made it from this task
    /// knows.
    pub fn apply(&mut self, event: &Event) {
        self.state = event.to.clone();
        self.tally = event.tally;
        self.fence = event.fence;
        self.changed = event.at;
        self.rev = event.seq;
        if let Some(definition) = &event.definition {
            self.definition = definition.clone();
        }
        if let Some(place) = &event.place {
            self.place = place.clone();
        }
        if let Some(input) = &event.input {
            Arc::make_mut(&mut self.definition).input = input.clone();
        }
        if let Some(note) = &event.note {
            self.note(note.clone());
        }
    }
}

#[cfg(test)]
mod tests;
