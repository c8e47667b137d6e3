//! What is kept of todos files: what each had in common with a task when they were merged last, and what came of a task
//! out of one. It must not know how it comes about.

use std::collections::BTreeMap;

use patchbay_store::{Key, Record, Table};
use patchbay_tasks::TaskId;
use patchbay_tasks::todos::{Base, LogEntry, unite};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::row::{record, task_key};

/// Bytes of JSON that are kept of what a file says of one task beside its log, and of that log; of more the oldest go.
const MORE_BYTES_MAX: usize = 256 << 10;
const LOG_BYTES_MAX: usize = 512 << 10;

#[derive(Serialize, Deserialize)]
pub(super) struct TodoBaseRow {
    /// The name that stands for the file.
    pub(super) file: String,
    pub(super) task: TaskId,
    pub(super) base: Base,
}

/// What a todos file said of a task that the host does not know by itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TaskImport {
    pub task: TaskId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogEntry>,
    /// `analysis`, `plan`, `solution`, `fix_suggestion`, as far as they were there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub provenance: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Value>,
}

record!(TodoBaseRow, "todo_bases", |row| file_key(&row.file).number(row.task.0));
record!(TaskImport, "task_imports", |row| task_key(row.task));

pub(super) fn file_key(file: &str) -> Key {
    Key::new().text(file)
}

impl TaskImport {
    /// With more of the log.
    pub(super) fn add(&mut self, log: &[LogEntry]) {
        let mut room = LOG_BYTES_MAX;
        let united = unite(&self.log, log);
        let newest = united.into_iter().rev().take_while(|entry| {
            let bytes = json_bytes(entry);
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        self.log = newest.collect();
        self.log.reverse();
    }

    /// Without what is too large to be kept; whether there was any.
    pub(super) fn bound(&mut self) -> bool {
        let bytes = json_bytes(&(&self.provenance, &self.metrics, &self.artifacts));
        if bytes > MORE_BYTES_MAX {
            (self.provenance, self.metrics, self.artifacts) = (BTreeMap::new(), None, None);
        }
        bytes > MORE_BYTES_MAX
    }
}

fn json_bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}
