//! One task: what was asked for, where it stands, and what was counted on the way. It must not know what moves it
//! (`next`) or where it is kept.

mod again;
mod budget;
mod check;
mod definition;
mod kind;
mod parts;

use std::sync::Arc;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use budget::Budgets;
pub use check::Check;
pub(crate) use definition::json_bytes;
pub use definition::{Definition, DefinitionError};
pub use kind::{Priority, Schedule, TaskType};
pub use parts::PartsError;
pub(crate) use parts::from_parts;

use crate::{Fence, FixId, State, TaskId, TaskName};

/// A task as it stands: the sum of its events.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub definition: Arc<Definition>,
    pub place: Place,
    pub state: State,
    pub tally: Tally,
    /// Of the latest claim. It never goes down.
    pub fence: Fence,
    /// What the next attempt shall know of those before: at most [`Task::NOTES_MAX`], the oldest go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// How many events it is made of; the next one has this number plus 1.
    pub rev: u64,
}

/// Where a task stands among the others.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The topmost parent; the task itself if it has none.
    pub root: TaskName,
    /// 1 for a task without parent, 2 for its children, and so on.
    pub level: u8,
}

/// What is counted of a task. It stands in each event, so what is zero is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// How often it was claimed; the number of the latest attempt.
    pub attempts: u32,
    /// Attempts that count against the budget: not those that were lost or handed back.
    pub charged: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// Transient failures since the last one that was not.
    #[serde(skip_serializing_if = "is_zero")]
    pub transient_in_row: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub lost_in_row: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub rejections: u32,
    /// The fix that the next outcome will judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<FixId>,
    /// The latest attempt when a person last stood behind the task: budgets count those after it.
    #[serde(skip_serializing_if = "is_zero")]
    pub since: u32,
}

/// Something that the next attempt shall know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    pub at: Timestamp,
    /// The attempt that it is about.
    pub attempt: u32,
    pub kind: NoteKind,
    /// At most [`Note::CHARS_MAX`] characters.
    pub text: String,
}

/// What a note tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// What an attempt said of its result.
    Output,
    /// How an attempt failed.
    Failure,
    /// What a reviewer wants otherwise.
    Remark,
    /// What a person answered.
    Answer,
}

impl Task {
    pub const NOTES_MAX: usize = 8;

    /// How many attempts the budget leaves.
    #[must_use]
    pub fn attempts_left(&self) -> u32 {
        self.definition.budgets.attempts.saturating_sub(self.tally.charged)
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.notes.push(note);
        let extra = self.notes.len().saturating_sub(Self::NOTES_MAX);
        self.notes.drain(..extra);
    }
}

impl Note {
    pub const CHARS_MAX: usize = 4_000;

    /// A longer text keeps its end, where errors say what went wrong.
    #[must_use]
    pub fn new(at: Timestamp, attempt: u32, kind: NoteKind, text: &str) -> Self {
        let extra = text.chars().count().saturating_sub(Self::CHARS_MAX);
        Self { at, attempt, kind, text: text.chars().skip(extra).collect() }
    }
}

impl Tally {
    /// A person stands behind the task again: it begins with a whole budget. Attempts keep their numbers, and a fix
    /// that went before is judged no more: the person may have changed something as well.
    #[must_use]
    pub(crate) fn fresh(self) -> Self {
        Self { attempts: self.attempts, failures: self.failures, since: self.attempts, ..Self::default() }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
