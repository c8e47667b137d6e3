//! Tasks come into being, one or many in one transaction. It must not know whether they may.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, Revision};
use patchbay_tasks::{
    Actor, Change, Definition, Effect, Event, Happening, Place as Standing, Task, TaskId, What, create, next,
};

use super::{Applied, Outcome, applied};
use crate::cache::Kept;
use crate::change::shelve;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{EventRow, LinkKind, LinkRow, NameRow, TaskRow, name_key};

/// Tasks that are made in one transaction, and bytes from which on no more are added to it.
const TOGETHER_MAX: usize = 256;
const TOGETHER_BYTES: usize = 1 << 20;

/// A task that is to be made, and what it asks for then.
pub(crate) struct NewTask {
    pub(crate) task: Task,
    effects: Vec<Effect>,
}

/// Tasks that are made in one transaction.
#[derive(Default)]
pub(super) struct Together {
    new: Vec<NewTask>,
    batch: Batch,
    bytes: usize,
}

/// A task that is to be made, and what led to the state in which it begins.
pub(super) struct Made {
    pub(super) task: Task,
    pub(super) events: Vec<Event>,
    pub(super) effects: Vec<Effect>,
    /// Its name and its links.
    beside: Batch,
}

impl Inner {
    /// Makes one task, perhaps as a draft. One that waits for nobody is ready in the same transaction, or begun if it can
    /// be.
    pub(super) async fn create(
        &self,
        definition: Definition,
        standing: Standing,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<Arc<Task>, EngineError> {
        let made = self.made(definition, standing, (draft, waits), by).await?;
        if let Some(seat) = self.seat(&made.task).await? {
            return self.create_begun(made, seat).await;
        }
        let (new, batch) = made.written()?;
        let revision = self.commit_new(batch).await?;
        let task = self.begin(new, revision);
        failpoint::at("engine.create.followed");
        Ok(task)
    }

    /// Makes all of them, or none.
    pub(super) async fn created(&self, together: Together) -> Result<Vec<Applied>, EngineError> {
        if together.new.is_empty() {
            return Ok(Vec::new());
        }
        let revision = self.commit_new(together.batch).await?;
        let tasks = together.new.into_iter().map(|new| self.begin(new, revision));
        let created = tasks.map(|task| applied(task, Outcome::Created)).collect();
        failpoint::at("engine.create.followed");
        failpoint::at("engine.apply.between");
        Ok(created)
    }

    pub(super) async fn commit_new(&self, batch: Batch) -> Result<Revision, EngineError> {
        failpoint::at("engine.create.before");
        let revision = self.store.commit(batch).await?;
        failpoint::at("engine.create.after");
        Ok(revision)
    }

    /// One task as it will be, and the transaction that makes it.
    pub(crate) async fn new_task(
        &self,
        definition: Definition,
        standing: Standing,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<(NewTask, Batch), EngineError> {
        self.made(definition, standing, (draft, waits), by).await?.written()
    }

    async fn made(
        &self,
        definition: Definition,
        standing: Standing,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<Made, EngineError> {
        let id = TaskId(self.task_ids.next(&*self.store).await?);
        self.wait_for(&definition);
        let links = linked(Batch::new(), id, &definition)?;
        let name = NameRow { name: definition.name.clone(), id, schedule: false };
        let beside = links.require_absent::<NameRow>(&name_key(&name.name)).put(&name)?;
        let Change { event, effects } =
            create(id, definition, standing, draft, by.clone(), self.now()).map_err(illegal)?;
        let task = patchbay_tasks::replay([&event]).expect("the event that makes a task makes one");
        let mut made = Made { task, events: vec![event], effects, beside };
        if !draft && !waits {
            let happening = Happening { by: Actor::Host, what: What::DependenciesMet };
            made.happens(next(&made.task, &happening, self.now())?);
        }
        Ok(made)
    }

    /// A task whose transaction is committed.
    pub(crate) fn begin(&self, new: NewTask, revision: Revision) -> Arc<Task> {
        let task = Arc::new(new.task);
        self.cache.put(Arc::new(Kept { task: task.clone(), revision }));
        new.effects.iter().for_each(|effect| self.see_to(&task, effect));
        self.follow_deadline(None, &task);
        task
    }
}

impl Made {
    pub(super) fn happens(&mut self, Change { event, effects }: Change) {
        self.task.apply(&event);
        self.events.push(event);
        self.effects = effects;
    }

    /// The transaction that makes it.
    pub(super) fn written(self) -> Result<(NewTask, Batch), EngineError> {
        let Self { task, events, effects, beside } = self;
        let row = TaskRow(task);
        let batch =
            events.into_iter().try_fold(beside.put(&row)?, |batch, event| batch.put(&EventRow(event)))?;
        let batch = shelve(batch, None, &row.0, &effects)?;
        batch.measure()?;
        Ok((NewTask { task: row.0, effects }, batch))
    }
}

impl Together {
    pub(super) fn add(&mut self, (new, batch): (NewTask, Batch)) -> Result<(), EngineError> {
        self.bytes += batch.measure()?;
        self.batch = std::mem::take(&mut self.batch).and(batch);
        self.new.push(new);
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.new.len() >= TOGETHER_MAX || self.bytes >= TOGETHER_BYTES
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
