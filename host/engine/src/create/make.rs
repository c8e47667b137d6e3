//! Tasks come into being, one or many in one transaction. It must not know whether they may.

use std::sync::Arc;

use patchbay_store::{Batch, Revision};
use patchbay_tasks::{
    Actor, Definition, Effect, Happening, Place as Standing, Task, TaskId, What, create, next,
};

use super::{Applied, Outcome};
use crate::cache::Kept;
use crate::change::{put, shelve};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{EventRow, LinkKind, LinkRow, NameRow, name_key};

/// Tasks that are made in one transaction, and bytes from which on no more are added to it.
const TOGETHER_MAX: usize = 256;
const TOGETHER_BYTES: usize = 1 << 20;

/// A task that is there once its batch is committed, and what follows then.
pub(super) struct Made {
    task: Task,
    effects: Vec<Effect>,
    batch: Batch,
}

/// Tasks that are made in one transaction.
#[derive(Default)]
pub(super) struct Together {
    made: Vec<(Task, Vec<Effect>)>,
    batch: Batch,
    bytes: usize,
}

impl Inner {
    /// Makes one task.
    pub(crate) async fn create(
        &self,
        definition: Definition,
        standing: Standing,
        draft: bool,
        by: &Actor,
    ) -> Result<Arc<Task>, EngineError> {
        let made = self.make(definition, standing, draft, by).await?;
        let revision = self.store.commit(made.batch).await?;
        Ok(self.came(made.task, &made.effects, revision))
    }

    /// Makes all of them, or none.
    pub(super) async fn created(&self, together: Together) -> Result<Vec<Applied>, EngineError> {
        if together.made.is_empty() {
            return Ok(Vec::new());
        }
        let revision = self.store.commit(together.batch).await?;
        let made = together.made.into_iter();
        let tasks = made.map(|(task, effects)| self.came(task, &effects, revision));
        Ok(tasks.map(|task| Applied { task, outcome: Outcome::Created }).collect())
    }

    /// A task is stored, by this commit.
    fn came(&self, task: Task, effects: &[Effect], revision: Revision) -> Arc<Task> {
        let task = Arc::new(task);
        self.cache.put(Arc::new(Kept { task: task.clone(), revision }));
        effects.iter().for_each(|effect| self.see_to(&task, effect));
        task
    }

    /// One task as it will be. One that waits for nobody is ready in the same transaction.
    pub(super) async fn make(
        &self,
        definition: Definition,
        standing: Standing,
        draft: bool,
        by: &Actor,
    ) -> Result<Made, EngineError> {
        let id = TaskId(self.task_ids.next(&*self.store).await?);
        self.wait_for(&definition);
        let links = linked(Batch::new(), id, &definition)?;
        let name = NameRow { name: definition.name.clone(), id };
        let batch = links.require_absent::<NameRow>(&name_key(&name.name)).put(&name)?;
        let waits = draft || !definition.depends_on.is_empty();
        let made = create(id, definition, standing, draft, by.clone(), self.now()).map_err(illegal)?;
        let first = patchbay_tasks::replay([&made.event]).expect("the event that makes a task makes one");
        let (task, batch, effects) = if waits {
            let (task, batch) = put(batch, first, &made)?;
            (task, batch, made.effects)
        } else {
            let happening = Happening { by: Actor::Host, what: What::DependenciesMet };
            let met = next(&first, &happening, self.now())?;
            let mut task = first;
            task.apply(&met.event);
            let batch = batch.put(&EventRow(made.event))?;
            let (task, batch) = put(batch, task, &met)?;
            (task, batch, met.effects)
        };
        let batch = shelve(batch, None, &task, &effects)?;
        Ok(Made { task, effects, batch })
    }
}

impl Together {
    pub(super) fn add(&mut self, made: Made) -> Result<(), EngineError> {
        self.bytes += made.batch.measure()?;
        self.batch = std::mem::take(&mut self.batch).and(made.batch);
        self.made.push((made.task, made.effects));
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.made.len() >= TOGETHER_MAX || self.bytes >= TOGETHER_BYTES
    }
}

fn linked(batch: Batch, id: TaskId, definition: &Definition) -> Result<Batch, EngineError> {
    let mut batch = batch;
    if let Some(parent) = &definition.parent {
        batch = batch.put(&LinkRow { name: parent.clone(), kind: LinkKind::Child, id })?;
    }
    for name in &definition.depends_on {
        batch = batch.put(&LinkRow { name: name.clone(), kind: LinkKind::Dependant, id })?;
    }
    Ok(batch)
}

fn illegal(error: patchbay_tasks::DefinitionError) -> EngineError {
    EngineError::Illegal(error.into())
}
