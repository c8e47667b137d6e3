//! Pages of tasks, by their numbers, whatever order the store has them in: nothing is skipped from one page to the next.
//! It must not change anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_store::StoreExt;
use patchbay_tasks::{StateName, Task, TaskId};
use serde::Serialize;

use super::{LIST_MAX, TaskView};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::row::{TaskRow, task_key};
use crate::shelf::{Place, Shelf};

const PAGE: usize = 1_000;
/// Pages that a filtered list, or one shelf of it, reads before it gives what it has.
const PAGES_MAX: usize = 1_000;

/// Which tasks are listed; the newest last.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub states: Vec<StateName>,
    pub label: Option<(String, String)>,
    /// Only what is assigned to this one.
    pub assignee: Option<String>,
    pub after: Option<TaskId>,
    /// At most 10,000.
    pub limit: usize,
}

/// A page of tasks.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub tasks: Vec<TaskView>,
    /// Where the next page begins, if there may be more.
    pub next: Option<TaskId>,
}

/// The tasks with the lowest numbers of all that it is given, in any order.
struct Lowest {
    limit: usize,
    tasks: BTreeMap<TaskId, Arc<Task>>,
}

impl Engine {
    /// # Errors
    /// If the store cannot be read.
    pub async fn list(&self, query: &Query) -> Result<Listed, EngineError> {
        let limit = query.limit.clamp(1, LIST_MAX);
        let only_open = !query.states.is_empty() && query.states.iter().all(|state| !state.is_end());
        let (found, next) =
            if only_open { self.list_open(query, limit).await? } else { self.list_all(query, limit).await? };
        let mut tasks = Vec::with_capacity(found.len());
        for task in found {
            tasks.push(self.view(task).await?);
        }
        Ok(Listed { tasks, next })
    }

    /// By the shelves of the states: no task of another is looked at.
    async fn list_open(
        &self,
        query: &Query,
        limit: usize,
    ) -> Result<(Vec<Arc<Task>>, Option<TaskId>), EngineError> {
        let mut lowest = Lowest { limit, tasks: BTreeMap::new() };
        for shelf in query.states.iter().flat_map(|state| Shelf::of_state(*state)) {
            self.look_through(*shelf, query, &mut lowest).await?;
        }
        let found: Vec<Arc<Task>> = lowest.tasks.into_values().collect();
        let next = found.last().filter(|_| found.len() >= limit).map(|task| task.id);
        Ok((found, next))
    }

    async fn look_through(
        &self,
        shelf: Shelf,
        query: &Query,
        lowest: &mut Lowest,
    ) -> Result<(), EngineError> {
        let is_by_number = shelf.is_by_number();
        let mut after = query.after.filter(|_| is_by_number).map(|id| Place { shelf, order: 0, id });
        for _ in 0..PAGES_MAX {
            let (places, complete) = self.inner.places_on(shelf, after).await?;
            after = places.last().copied();
            for place in places {
                if query.after.is_some_and(|after| place.id <= after) || !lowest.has_room_for(place.id) {
                    continue;
                }
                let task = self.inner.task(place.id).await?;
                if fits(query, &task) {
                    lowest.put(task);
                }
            }
            let enough = is_by_number && after.is_some_and(|last| !lowest.has_room_for(last.id));
            if complete || enough {
                break;
            }
        }
        Ok(())
    }

    async fn list_all(
        &self,
        query: &Query,
        limit: usize,
    ) -> Result<(Vec<Arc<Task>>, Option<TaskId>), EngineError> {
        let mut range = patchbay_store::Key::new().prefix();
        if let Some(after) = query.after {
            range = range.after(&task_key(after));
        }
        let (mut found, mut looked_at) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let rows = self.inner.store.list::<TaskRow>(range.clone(), PAGE).await?;
            looked_at = rows.last().map(|row| row.record.0.id).filter(|_| rows.len() == PAGE);
            let fitting = rows.into_iter().map(|row| row.record.0).filter(|task| fits(query, task));
            found.extend(fitting.map(Arc::new));
            match looked_at {
                Some(last) if found.len() < limit => range = range.after(&task_key(last)),
                _ => break,
            }
        }
        found.truncate(limit);
        let full = found.last().filter(|_| found.len() >= limit).map(|task: &Arc<Task>| task.id);
        Ok((found, full.or(looked_at)))
    }
}

impl Lowest {
    fn has_room_for(&self, id: TaskId) -> bool {
        self.tasks.len() < self.limit || self.tasks.last_key_value().is_some_and(|(last, _)| id < *last)
    }

    fn put(&mut self, task: Arc<Task>) {
        self.tasks.insert(task.id, task);
        if self.tasks.len() > self.limit {
            self.tasks.pop_last();
        }
    }
}

fn fits(query: &Query, task: &Task) -> bool {
    let state = query.states.is_empty() || query.states.contains(&task.state.name());
    let label =
        query.label.as_ref().is_none_or(|(name, value)| task.definition.labels.get(name) == Some(value));
    let assignee = query.assignee.is_none() || task.definition.assignee == query.assignee;
    state && label && assignee
}
