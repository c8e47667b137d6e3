//! Tasks are made and edited: all that are given at once, or none if one makes no sense. What is there already and says
//! the same as the last time stays as it is, so the same file may be applied again and again. It must not know files.

mod applied;
mod at_once;
mod circle;
mod make;
mod order;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError, KEYS_MAX, StoreExt};
use patchbay_tasks::{
    Actor, Definition, GraphError, Happening, Place as Standing, Task, TaskName, What, next,
};

use crate::engine::{CONFLICTS_MAX, Engine, Inner};
use crate::error::{ApplyError, EngineError};
use crate::row::{LinkKind, LinkRow, NameRow, name_key};
pub(crate) use applied::AppliedRow;
use applied::noted;
pub(crate) use make::NewTask;
use make::Together;
use order::in_order;

/// Tasks that are given at once.
const TASKS_MAX: usize = 10_000;

/// What became of one definition.
#[derive(Clone, Debug)]
pub struct Applied {
    pub name: TaskName,
    /// None: it is a schedule.
    pub task: Option<Arc<Task>>,
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
    /// As it is to be: what is given, and of what it does not say otherwise than the last time what is there.
    definition: Definition,
    /// What is given, if it is not what was applied last.
    applied: Option<Definition>,
    there: Option<Arc<Task>>,
}

/// What became of each definition so far.
#[derive(Default)]
struct Done(HashMap<TaskName, Applied>);

impl Engine {
    /// Makes each task and each schedule that is not there, and edits each that is, if its definition says otherwise than
    /// when it was applied last: what others have changed since stays. A definition with a schedule is a schedule of its
    /// name; as a draft it is paused.
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
        inner.check(&definitions, draft)?;
        if let Some(applied) = inner.apply_alone(&definitions, draft, by).await? {
            return Ok(vec![applied]);
        }
        let _making = inner.making.lock().await;
        let (mut done, mut tries) = (Done::default(), 0);
        loop {
            match inner.apply_all(&definitions, draft, by, &mut done).await {
                // One of them came meanwhile, alone.
                Err(ApplyError::Engine(EngineError::Commit(CommitError::Conflict { .. })))
                    if tries < CONFLICTS_MAX =>
                {
                    tries += 1;
                }
                Ok(()) => return Ok(done.in_order_of(&definitions)),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Inner {
    /// A draft may name a skill that comes later.
    fn check(&self, definitions: &[Definition], draft: bool) -> Result<(), ApplyError> {
        if definitions.len() > TASKS_MAX {
            return Err(ApplyError::Many { found: definitions.len(), max: TASKS_MAX });
        }
        let mut names = HashSet::new();
        for definition in definitions {
            definition.check()?;
            if !names.insert(&definition.name) {
                return Err(GraphError::Twice { task: definition.name.clone() }.into());
            }
            let by_host = !draft && !definition.is_outside();
            if let Some(skill) = definition.skill.as_ref().filter(|_| by_host) {
                let (task, skill) = (definition.name.clone(), skill.clone());
                self.skills.known(&skill).map_err(|hint| ApplyError::Skill { task, skill, hint })?;
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
            if let Some(task) = one.there.as_ref().filter(|task| *task.definition != one.definition) {
                let what = What::Edited { definition: Arc::new(one.definition.clone()) };
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
    ) -> Result<Option<Applied>, ApplyError> {
        let [definition] = definitions else { return Ok(None) };
        let names_others = definition.parent.is_some() || !definition.depends_on.is_empty();
        if names_others || definition.schedule.is_some() {
            return Ok(None);
        }
        if self.applied.may_have(&definition.name)
            && let Some(task) = self.find(&definition.name).await?
        {
            let wanted = self.again(definition.clone(), task.clone()).await?;
            let is_the_same = wanted.applied.is_none() && wanted.definition == *task.definition;
            return Ok(is_the_same.then(|| applied(task, Outcome::Unchanged)));
        }
        let standing = topmost(&definition.name);
        let created = self.create(definition.clone(), standing, (draft, false), by).await;
        self.applied.add(&definition.name);
        match created {
            Ok(task) => Ok(Some(applied(task, Outcome::Created))),
            // It is there already.
            Err(EngineError::Commit(CommitError::Conflict { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn apply_all(
        &self,
        definitions: &[Definition],
        draft: bool,
        by: &Actor,
        done: &mut Done,
    ) -> Result<(), ApplyError> {
        let names = self.names(definitions).await?;
        let schedules = self.schedules_wanted(definitions, &names).await?;
        let wanted = self.wanted(definitions, &names).await?;
        let places = self.places(&wanted).await?;
        self.check_edits(&wanted, by)?;
        failpoint::at("engine.apply.checked");
        self.apply_tasks(wanted, &places, (draft, by), done).await?;
        for one in schedules {
            done.note([self.apply_schedule(one, draft, by).await?]);
        }
        Ok(())
    }

    /// The row of each one's name, if somebody has it.
    async fn names(&self, definitions: &[Definition]) -> Result<Vec<Option<NameRow>>, EngineError> {
        let mut names = Vec::with_capacity(definitions.len());
        for page in definitions.chunks(KEYS_MAX) {
            let keys: Vec<_> = page.iter().map(|definition| name_key(&definition.name)).collect();
            let rows = self.store.read_many::<NameRow>(&keys).await?;
            names.extend(rows.into_iter().map(|row| row.map(|row| row.record)));
        }
        Ok(names)
    }

    /// Those that are no schedules, each with the task of its name.
    async fn wanted(
        &self,
        definitions: &[Definition],
        names: &[Option<NameRow>],
    ) -> Result<Vec<Wanted>, EngineError> {
        let mut wanted = Vec::with_capacity(definitions.len());
        let tasks = definitions.iter().zip(names).filter(|(definition, _)| definition.schedule.is_none());
        for (definition, name) in tasks {
            let there = match name {
                Some(name) => self.kept(name.id).await?.map(|kept| kept.task.clone()),
                None => None,
            };
            wanted.push(match there {
                Some(task) => self.again(definition.clone(), task).await?,
                None => Wanted { definition: definition.clone(), applied: None, there: None },
            });
        }
        Ok(wanted)
    }

    async fn apply_tasks(
        &self,
        wanted: Vec<Wanted>,
        places: &HashMap<TaskName, Standing>,
        (draft, by): (bool, &Actor),
        done: &mut Done,
    ) -> Result<(), ApplyError> {
        let parents: HashSet<TaskName> =
            wanted.iter().filter_map(|one| one.definition.parent.clone()).collect();
        let mut together = Together::default();
        for Wanted { definition, applied, there } in in_order(wanted) {
            if let Some(task) = there {
                if *task.definition != definition {
                    // An edit may name what was to be made before it.
                    done.note(self.created(std::mem::take(&mut together)).await?);
                }
                done.note([self.edit(task, definition, applied, by).await?]);
                continue;
            }
            if together.is_full() {
                done.note(self.created(std::mem::take(&mut together)).await?);
            }
            let waits = parents.contains(&definition.name) || !definition.depends_on.is_empty();
            let standing = places.get(&definition.name).cloned().unwrap_or_else(|| topmost(&definition.name));
            together.add(self.new_task(definition, standing, (draft, waits), by).await?)?;
        }
        done.note(self.created(together).await?);
        Ok(())
    }

    async fn edit(
        &self,
        task: Arc<Task>,
        definition: Definition,
        given: Option<Definition>,
        by: &Actor,
    ) -> Result<Applied, EngineError> {
        if *task.definition == definition {
            if given.is_some() {
                self.store.commit(noted(Batch::new(), task.id, given)?).await?;
            }
            return Ok(applied(task, Outcome::Unchanged));
        }
        self.wait_for(&definition);
        let beside = noted(relinked(&task, &definition)?, task.id, given)?;
        let what = What::Edited { definition: Arc::new(definition) };
        let task = self.happen_with(task.id, Happening { by: by.clone(), what }, beside).await?;
        failpoint::at("engine.apply.between");
        Ok(applied(task, Outcome::Changed))
    }
}

impl Done {
    /// What an earlier try has done is not undone by its being there now.
    fn note(&mut self, more: impl IntoIterator<Item = Applied>) {
        for one in more {
            if one.outcome != Outcome::Unchanged || !self.0.contains_key(&one.name) {
                self.0.insert(one.name.clone(), one);
            }
        }
    }

    fn in_order_of(mut self, definitions: &[Definition]) -> Vec<Applied> {
        definitions.iter().filter_map(|definition| self.0.remove(&definition.name)).collect()
    }
}

fn applied(task: Arc<Task>, outcome: Outcome) -> Applied {
    Applied { name: task.definition.name.clone(), task: Some(task), outcome }
}

fn topmost(name: &TaskName) -> Standing {
    Standing { root: name.clone(), level: 1 }
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
