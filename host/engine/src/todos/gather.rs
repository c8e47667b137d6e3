//! What a todos file is told of tasks: their log, figures and artifacts, and what both had in common. It must not change
//! anything.

use std::collections::{HashMap, HashSet};

use patchbay_store::StoreExt;
use patchbay_tasks::todos::{Base, LOG_MAX, TODOS_MAX, TodoOf, Todos, log_of, metrics_of, unite};
use patchbay_tasks::{Task, TaskId, TaskName, shown};
use serde_json::{Value, json};

use super::row::{TaskImport, TodoBaseRow, file_key};
use super::{Told, ids_of};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::row::{Attempt, attempt_key, task_key};
use crate::schedule::SCHEDULE_LABEL;
use crate::view::{LIST_MAX, Query, TaskView};

/// Rows that are read at once.
const PAGE: usize = 1_000;

impl Engine {
    /// Those that the file has, and those that shall come into it.
    pub(super) async fn told_to(
        &self,
        name: &str,
        file: &Todos,
        label: Option<(String, String)>,
    ) -> Result<Vec<Told>, EngineError> {
        let (ids, bases) = (ids_of(file), self.bases(name).await?);
        let (mut told, mut query) = (Vec::new(), Query { limit: LIST_MAX, ..Query::default() });
        loop {
            let listed = self.list(&query).await?;
            for seen in listed.tasks.into_iter().filter(|seen| is_wanted(&seen.task, &ids, label.as_ref())) {
                if told.len() >= TODOS_MAX {
                    return Err(EngineError::ManyTodos { max: TODOS_MAX });
                }
                told.push(self.told(seen, &bases).await?);
            }
            match listed.next {
                Some(next) => query.after = Some(next),
                None => return Ok(told),
            }
        }
    }

    /// Those that the file has.
    pub(super) async fn told_of_entries(&self, name: &str, file: &Todos) -> Result<Vec<Told>, EngineError> {
        let (ids, bases) = (ids_of(file), self.bases(name).await?);
        let mut told = Vec::new();
        for task in ids.iter().filter_map(|id| id.parse::<TaskName>().ok()) {
            match self.show(&task).await {
                Ok(seen) => told.push(self.told(seen, &bases).await?),
                Err(EngineError::NoTask(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(told)
    }

    async fn told(&self, seen: TaskView, bases: &HashMap<TaskId, Base>) -> Result<Told, EngineError> {
        let task = &seen.task;
        let name = &task.definition.name;
        let after = task.rev.saturating_sub(LOG_MAX as u64);
        let events = self.history(name, after, LOG_MAX).await?;
        let import = self.inner.read::<TaskImport>(&task_key(task.id)).await?;
        let imported = import.map(|row| row.record.log).unwrap_or_default();
        let title = &task.definition.title;
        let todo = TodoOf {
            id: name.to_string(),
            title: if title.is_empty() { name.to_string() } else { title.clone() },
            status: shown(task, seen.lease.as_ref(), self.inner.now()),
            changed: task.changed,
            log: unite(&log_of(&events), &imported),
            metrics: metrics_of(&events),
            artifacts: self.artifacts_of(task).await?,
            base: bases.get(&task.id).cloned(),
        };
        Ok(Told { id: task.id, todo })
    }

    /// Of the latest attempt that is over.
    async fn artifacts_of(&self, task: &Task) -> Result<Option<Value>, EngineError> {
        if task.tally.attempts == 0 {
            return Ok(None);
        }
        let row = self.inner.read::<Attempt>(&attempt_key(task.id, task.tally.attempts)).await?;
        Ok(row.map(|row| row.record).filter(|attempt| !attempt.artifacts.is_empty()).map(|attempt| {
            let files =
                attempt.artifacts.iter().map(|kept| json!({"name": kept.name, "digest": kept.digest}));
            json!({ "files": files.collect::<Vec<_>>() })
        }))
    }

    async fn bases(&self, name: &str) -> Result<HashMap<TaskId, Base>, EngineError> {
        let (mut bases, mut range) = (HashMap::new(), file_key(name).prefix());
        loop {
            let rows = self.inner.store.list::<TodoBaseRow>(range.clone(), PAGE).await?;
            let last = rows.last().map(|row| file_key(name).number(row.record.task.0));
            let read = rows.len();
            bases.extend(rows.into_iter().map(|row| (row.record.task, row.record.base)));
            match last.filter(|_| read == PAGE) {
                Some(last) => range = range.after(&last),
                None => return Ok(bases),
            }
        }
    }

    /// What a todos file said of a task, if it was in one.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn imported(&self, task: &Task) -> Result<Option<TaskImport>, EngineError> {
        Ok(self.inner.read::<TaskImport>(&task_key(task.id)).await?.map(|row| row.record))
    }
}

/// Runs of a schedule are forgotten one day, so they come into a file only if somebody asks for their label.
fn is_wanted(task: &Task, ids: &HashSet<String>, label: Option<&(String, String)>) -> bool {
    let labels = &task.definition.labels;
    let comes_in = match label {
        Some((name, value)) => labels.get(name) == Some(value),
        None => !labels.contains_key(SCHEDULE_LABEL),
    };
    comes_in || ids.contains(task.definition.name.as_str())
}
