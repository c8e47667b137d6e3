//! Why a text is no task file. It must not know how one is read.

use std::fmt;

use super::{TASKS_MAX, TEXT_BYTES_MAX};
use crate::{DefinitionError, TaskName};

/// A place in a task file. All count from 1; a column is a character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spot {
    pub document: usize,
    pub line: usize,
    pub column: usize,
}

/// Why a text is no task file: the first thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the file has {found} bytes, expected at most {TEXT_BYTES_MAX}: split it")]
    TooLarge { found: usize },
    #[error(
        "there is no task in the file: expected a map with `name`, a list of such, or `tasks:` and a list"
    )]
    Empty,
    #[error("{at}: there are more than {TASKS_MAX} tasks: split the file before this one")]
    Many { at: Spot },
    #[error("{at}: broken YAML: {reason}")]
    Broken { at: Spot, reason: String },
    #[error("{at}: found {found} where a task is expected: a map with `name`")]
    NotATask { at: Spot, found: &'static str },
    #[error("{at}: unknown field `{field}`{}; {hint}", Of(task))]
    Unknown { at: Spot, task: String, field: String, hint: String },
    #[error("{at}: field `{field}`{} is missing: {hint}", Of(task))]
    Missing { at: Spot, task: String, field: String, hint: &'static str },
    #[error("{at}: field `{field}`{}: {reason}", Of(task))]
    Wrong { at: Spot, task: String, field: String, reason: String },
    #[error("{at}: {error}")]
    Definition { at: Spot, error: DefinitionError },
    #[error("{at}: task {name} is there already at {first}: a name is unique; rename one or take it out")]
    Twice { at: Spot, first: Spot, name: TaskName },
}

impl DocumentError {
    /// What is wrong, of a text that is no file: without the place in it and the task's name.
    #[must_use]
    pub fn without_place(&self) -> String {
        match self {
            Self::Unknown { field, hint, .. } => format!("unknown field `{field}`; {hint}"),
            Self::Missing { field, hint, .. } => format!("field `{field}` is missing: {hint}"),
            Self::Wrong { field, reason, .. } => format!("field `{field}`: {reason}"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}, line {}, column {}", self.document, self.line, self.column)
    }
}

/// Which task, if it said its name.
struct Of<'a>(&'a str);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " of task {}", self.0) }
    }
}
