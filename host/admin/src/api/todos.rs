//! Todos files: exchanged as texts, with what came of each entry.

use patchbay_engine::TodoRefused;
use patchbay_tasks::TaskName;
use patchbay_tasks::todos::{Conflict, Side};
use serde::{Deserialize, Serialize};

/// `POST /api/todos/{export, import}`; the body is the file's text, up to 32 MiB.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TodosQuery {
    /// A name that stands for this file, also the next time: by it is known what both had in common. 1 to 512 bytes.
    pub file: String,
    /// To `export`: of tasks that the file does not have, only those with this label, `KEY=VALUE`.
    #[serde(default)]
    pub label: Option<String>,
}

/// The file as it should be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TodosExported {
    pub text: String,
    /// Whether that is another one.
    pub changed: bool,
    /// Tasks of the host that stand in it.
    pub tasks: usize,
    /// Entries with a change that the host has not taken over: `import` does.
    pub waiting: usize,
    pub conflicts: Vec<TodoConflict>,
}

/// What the host took over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TodosImported {
    pub made: Vec<TaskName>,
    pub changed: Vec<TaskName>,
    /// Entries of which something was not taken over.
    pub refused: Vec<TodoRefused>,
    pub conflicts: Vec<TodoConflict>,
}

/// What somebody should look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TodoConflict {
    /// Empty: the entry has none.
    pub id: String,
    pub field: String,
    /// The host's value.
    pub ours: String,
    /// The file's value.
    pub theirs: String,
    /// `ours` or `theirs`.
    pub kept: String,
    pub why: String,
}

impl From<Conflict> for TodoConflict {
    fn from(conflict: Conflict) -> Self {
        Self {
            id: conflict.id,
            field: conflict.field.to_owned(),
            ours: conflict.ours,
            theirs: conflict.theirs,
            kept: if conflict.kept == Side::Ours { "ours" } else { "theirs" }.to_owned(),
            why: conflict.why.to_owned(),
        }
    }
}
