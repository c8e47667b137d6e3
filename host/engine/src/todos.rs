//! A todos file and the tasks of this host, brought into step: what is told of them is gathered, the merge is the tasks'
//! own (`patchbay_tasks::todos`), and what comes out is taken over. It must not know where the file lies; a name stands
//! for it.

mod gather;
mod row;
mod take;

use std::collections::{HashMap, HashSet};

use patchbay_store::{Batch, KEYS_MAX};
use patchbay_tasks::todos::{Base, Conflict, HostChange, TodoOf, Todos, agreed, merge};
use patchbay_tasks::{Actor, TaskId, TaskName};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::EngineError;
use row::TodoBaseRow;

pub use row::TaskImport;

/// The file as it should be.
#[derive(Clone, Debug)]
pub struct TodosExported {
    pub file: Todos,
    /// Tasks of this host that stand in it.
    pub tasks: usize,
    /// Entries with a change that the host has not taken over.
    pub waiting: usize,
    pub conflicts: Vec<Conflict>,
}

/// What the host took over.
#[derive(Clone, Debug, Default)]
pub struct TodosImported {
    pub made: Vec<TaskName>,
    pub changed: Vec<TaskName>,
    pub refused: Vec<TodoRefused>,
    pub conflicts: Vec<Conflict>,
}

/// An entry of which something was not taken over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TodoRefused {
    pub id: String,
    pub reason: String,
}

/// A task and what the file is told of it.
struct Told {
    id: TaskId,
    todo: TodoOf,
}

impl Engine {
    /// The file with what the host knows; the tasks stay as they are. Of those that it does not have, only tasks with
    /// this label come into it, or all. `name` stands for the file, also the next time. Once it is written
    /// [`agree_todos`](Self::agree_todos) has to be told.
    ///
    /// # Errors
    /// There are more tasks than a file may have, or the store cannot be read or written.
    pub async fn export_todos(
        &self,
        name: &str,
        file: &Todos,
        label: Option<(String, String)>,
    ) -> Result<TodosExported, EngineError> {
        let told = self.told_to(name, file, label).await?;
        let ours: Vec<TodoOf> = told.iter().map(|told| told.todo.clone()).collect();
        let merged = merge(&ours, file);
        let waiting = merged.changes_for_host.len();
        Ok(TodosExported { file: merged.file, tasks: ours.len(), waiting, conflicts: merged.conflicts })
    }

    /// Takes over what the file says otherwise; the file stays as it is. Tasks that only the file has are made, as work
    /// [outside of the host](patchbay_tasks::Definition::is_outside).
    ///
    /// # Errors
    /// The store cannot be read or written: importing the same again does the rest.
    pub async fn import_todos(
        &self,
        name: &str,
        file: &Todos,
        by: &Actor,
    ) -> Result<TodosImported, EngineError> {
        let told = self.told_of_entries(name, file).await?;
        let ours: Vec<TodoOf> = told.into_iter().map(|told| told.todo).collect();
        let merged = merge(&ours, file);
        let mut imported = TodosImported { conflicts: merged.conflicts, ..TodosImported::default() };
        for change in &merged.changes_for_host {
            self.take_over(change, by, &mut imported).await?;
        }
        self.agree_todos(name, file).await?;
        Ok(imported)
    }

    /// The file is written so: what both have in common is kept for the next merge.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn agree_todos(&self, name: &str, file: &Todos) -> Result<(), EngineError> {
        let told = self.told_of_entries(name, file).await?;
        self.agree(name, &told, file).await
    }

    async fn take_over(
        &self,
        change: &HostChange,
        by: &Actor,
        imported: &mut TodosImported,
    ) -> Result<(), EngineError> {
        match self.taken(change, by).await? {
            Ok(take::Taken { name, made, changed, partly }) => {
                let reasons = partly.into_iter().map(|reason| TodoRefused { id: change.id.clone(), reason });
                imported.refused.extend(reasons);
                imported.made.extend(made.then(|| name.clone()));
                imported.changed.extend(changed.then_some(name));
            }
            Err(reason) => imported.refused.push(TodoRefused { id: change.id.clone(), reason }),
        }
        Ok(())
    }

    /// Keeps what both have in common now.
    async fn agree(&self, name: &str, told: &[Told], file: &Todos) -> Result<(), EngineError> {
        let ours: Vec<TodoOf> = told.iter().map(|told| told.todo.clone()).collect();
        let ids: HashMap<&str, TaskId> = told.iter().map(|told| (told.todo.id.as_str(), told.id)).collect();
        let news = agreed(&ours, file).into_iter();
        let rows: Vec<TodoBaseRow> =
            news.filter_map(|(id, base)| Some(row(name, *ids.get(id.as_str())?, base))).collect();
        for page in rows.chunks(KEYS_MAX) {
            let mut batch = Batch::new();
            for row in page {
                batch = batch.put(row)?;
            }
            self.inner.store.commit(batch).await?;
        }
        Ok(())
    }
}

fn row(file: &str, task: TaskId, base: Base) -> TodoBaseRow {
    TodoBaseRow { file: file.to_owned(), task, base }
}

/// The ids of a file's entries, each once.
fn ids_of(file: &Todos) -> HashSet<String> {
    file.ids().collect()
}
