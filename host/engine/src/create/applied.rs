//! What was applied last of each task, so that the same file changes nothing that others have changed since: an answer, a
//! fix, a title. Kept only where it is not what the task was made as (`task_applied`, by the task's id). It must not know
//! what becomes of a definition.

use std::sync::Arc;

use patchbay_store::{Batch, EncodeError, Key, Record, Table};
use patchbay_tasks::{Definition, Task, TaskId};
use serde::{Deserialize, Serialize};

use super::Wanted;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{EventRow, record, task_key};

#[derive(Serialize, Deserialize)]
pub(crate) struct AppliedRow {
    task: TaskId,
    definition: Definition,
}

record!(AppliedRow, "task_applied", |row| task_key(row.task));

impl Inner {
    /// A definition that is given for a task that is there.
    pub(super) async fn again(&self, given: Definition, task: Arc<Task>) -> Result<Wanted, EngineError> {
        let applied = self.last_applied(&task).await?;
        let definition = given.again(&applied, &task.definition);
        let applied = (given != *applied).then_some(given);
        Ok(Wanted { definition, applied, there: Some(task) })
    }

    async fn last_applied(&self, task: &Task) -> Result<Arc<Definition>, EngineError> {
        if let Some(row) = self.read::<AppliedRow>(&task_key(task.id)).await? {
            return Ok(Arc::new(row.record.definition));
        }
        let made = self.read::<EventRow>(&task_key(task.id).number(FIRST)).await?;
        let made = made.and_then(|row| row.record.0.definition);
        Ok(made.unwrap_or_else(|| task.definition.clone()))
    }
}

/// The event that makes a task.
const FIRST: u64 = 1;

/// With what was applied now, if that is another one.
pub(super) fn noted(batch: Batch, task: TaskId, applied: Option<Definition>) -> Result<Batch, EncodeError> {
    match applied {
        Some(definition) => batch.put(&AppliedRow { task, definition }),
        None => Ok(batch),
    }
}
