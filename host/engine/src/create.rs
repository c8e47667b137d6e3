//! Tasks are made and edited: all that are given at once, or none if one makes no sense. What is there already and says
//! the same stays as it is, so the same file may be applied again and again. It must not know files.

mod circle;
mod make;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use patchbay_store::{Batch, CommitError, KEYS_MAX, StoreExt};
use patchbay_tasks::{
    Actor, Definition, GraphError, Happening, Place as Standing, Task, TaskName, What, next,
};

use crate::engine::{CONFLICTS_MAX, Engine, Inner};
use crate::error::{ApplyError, EngineError};
use crate::row::{LinkKind, LinkRow, NameRow, name_key};
use make::Together;

/// Tasks that are given at once.
const TASKS_MAX: usize = 10_000;

/// What became of one definition.
#[derive(Clone, Debug)]
pub struct Applied {
    pub task: Arc<Task>,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Created,
    Changed,
    Unchanged,
}

/// A definition and the task that it is about, if there is one.
struct Wanted {
    definition: Definition,
    there: Option<Arc<Task>>,
}

impl Engine {
    /// Makes each task that is not there, and edits each that is and says otherwise.
    ///
    /// # Errors
    /// The first thing that makes no sense; then nothing has changed. A failure of the store may come in the midst:
    /// applying the same again does the rest.
    pub async fn apply(
        &self,
        definitions: Vec<Definition>,
        draft: bool,
        by: &Actor,
    ) -> Result<Vec<Applied>, ApplyError> {
        let inner = &self.inner;
        inner.check(&definitions)?;
        if let Some(applied) = inner.apply_alone(&definitions, draft, by).await? {
            return Ok(applied);
        }
        let _making = inner.making.lock().await;
        let mut tries = 0;
        loop {
            match inner.apply_all(&definitions, draft, by).await {
                // One of them came meanwhile, alone.
                Err(ApplyError::Engine(EngineError::Commit(CommitError::Conflict { .. })))
                    if tries < CONFLICTS_MAX =>
                {
                    tries += 1;
                }
                done => return done,
            }
        }
    }
}

impl Inner {
    fn check(&self, definitions: &[Definition]) -> Result<(), ApplyError> {
        if definitions.len() > TASKS_MAX {
            return Err(ApplyError::Many { found: definitions.len(), max: TASKS_MAX });
        }
        let mut names = HashSet::new();
        for definition in definitions {
            definition.check()?;
            if !names.insert(&definition.name) {
                return Err(GraphError::Twice { task: definition.name.clone() }.into());
            }
            for (number, check) in (1..).zip(&definition.checks) {
                let task = definition.name.clone();
                self.checks.possible(check).map_err(|reason| ApplyError::Check { task, number, reason })?;
            }
        }
        Ok(())
    }

    /// What an edit may not do is said before anything is written.
    fn check_edits(&self, wanted: &[Wanted], by: &Actor) -> Result<(), ApplyError> {
        for one in wanted {
            if let Some(task) = one.there.as_ref().filter(|task| task.definition != one.definition) {
                let what = What::Edited { definition: Box::new(one.definition.clone()) };
                next(task, &Happening { by: by.clone(), what }, self.now()).map_err(EngineError::from)?;
            }
        }
        Ok(())
    }

    /// One task that names no other has no circle to close, so it need not wait until others are made. None: there is
    /// more to look at.
    async fn apply_alone(
        &self,
        definitions: &[Definition],
        draft: bool,
        by: &Actor,
    ) -> Result<Option<Vec<Applied>>, ApplyError> {
        let [definition] = definitions else { return Ok(None) };
        if definition.parent.is_some() || !definition.depends_on.is_empty() {
            return Ok(None);
        }
        let standing = topmost(&definition.name);
        match self.create(definition.clone(), standing, draft, by).await {
            Ok(task) => Ok(Some(vec![Applied { task, outcome: Outcome::Created }])),
            // It is there already.
            Err(EngineError::Commit(CommitError::Conflict { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Each with the task of its name.
    async fn wanted(&self, definitions: &[Definition]) -> Result<Vec<Wanted>, EngineError> {
        let mut wanted = Vec::with_capacity(definitions.len());
        for page in definitions.chunks(KEYS_MAX) {
            let keys: Vec<_> = page.iter().map(|definition| name_key(&definition.name)).collect();
            let names = self.store.read_many::<NameRow>(&keys).await?;
            for (definition, name) in page.iter().cloned().zip(names) {
                let there = match name {
                    Some(name) => self.kept(name.record.id).await?.map(|kept| kept.task.clone()),
                    None => None,
                };
                wanted.push(Wanted { definition, there });
            }
        }
        Ok(wanted)
    }

    async fn apply_all(
        &self,
        definitions: &[Definition],
        draft: bool,
        by: &Actor,
    ) -> Result<Vec<Applied>, ApplyError> {
        let wanted = self.wanted(definitions).await?;
        let places = self.places(&wanted).await?;
        self.check_edits(&wanted, by)?;
        let mut applied = Vec::with_capacity(wanted.len());
        let mut together = Together::default();
        for Wanted { definition, there } in in_order(wanted, &places) {
            // An edit may name what was to be made before it.
            if there.is_some() || together.is_full() {
                applied.extend(self.created(std::mem::take(&mut together)).await?);
            }
            if let Some(task) = there {
                applied.push(self.edit(task, definition, by).await?);
                continue;
            }
            let standing = places.get(&definition.name).cloned().unwrap_or_else(|| topmost(&definition.name));
            together.add(self.make(definition, standing, draft, by).await?)?;
        }
        applied.extend(self.created(together).await?);
        Ok(applied)
    }

    async fn edit(&self, task: Arc<Task>, definition: Definition, by: &Actor) -> Result<Applied, ApplyError> {
        if task.definition == definition {
            return Ok(Applied { task, outcome: Outcome::Unchanged });
        }
        self.wait_for(&definition);
        let beside = relinked(&task, &definition).map_err(EngineError::from)?;
        let what = What::Edited { definition: Box::new(definition) };
        let task = self.happen_with(task.id, Happening { by: by.clone(), what }, beside).await?;
        Ok(Applied { task, outcome: Outcome::Changed })
    }
}

fn topmost(name: &TaskName) -> Standing {
    Standing { root: name.clone(), level: 1 }
}

/// Parents before their children, and otherwise as they were given.
fn in_order(mut wanted: Vec<Wanted>, places: &HashMap<TaskName, Standing>) -> Vec<Wanted> {
    wanted.sort_by_key(|one| places.get(&one.definition.name).map_or(1, |place| place.level));
    wanted
}

/// The links of an edited task: those that it had go, those that it has come.
fn relinked(task: &Task, definition: &Definition) -> Result<Batch, patchbay_store::EncodeError> {
    let mut batch = Batch::new();
    for name in &task.definition.depends_on {
        batch = batch.delete::<LinkRow>(&crate::row::link_key(name, LinkKind::Dependant, task.id));
    }
    for name in &definition.depends_on {
        batch = batch.put(&LinkRow { name: name.clone(), kind: LinkKind::Dependant, id: task.id })?;
    }
    Ok(batch)
}
