//! Tasks are made and edited: all that are given at once, or none if one makes no sense. What is there already and says
//! the same stays as it is, so the same file may be applied again and again. It must not know files.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, Revision, StoreExt};
use patchbay_tasks::{
    Actor, Definition, Effect, Graph, GraphError, Happening, NODES_MAX, Place as Standing, Task, TaskId,
    TaskName, What, create, next,
};

use crate::cache::Kept;
use crate::change::{put, shelve};
use crate::engine::{Engine, Inner};
use crate::error::{ApplyError, EngineError};
use crate::row::{LinkKind, LinkRow, NameRow, links_of, name_key};

/// Tasks that are given at once.
const TASKS_MAX: usize = 10_000;
/// Children that are read of one parent to find circles.
const CHILDREN_MAX: usize = NODES_MAX;

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

/// A task that is to be made, and what it asks for then.
pub(crate) struct NewTask {
    pub(crate) task: Task,
    effects: Vec<Effect>,
}

/// A definition and the task that it is about, if there is one.
struct Wanted {
    definition: Definition,
    there: Option<Arc<Task>>,
}

impl Engine {
    /// Makes each task and each schedule that is not there, and edits each that is and says otherwise. A definition with
    /// a schedule is a schedule of its name; as a draft it is paused.
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
        let _making = inner.making.lock().await;
        let schedules = inner.schedules_wanted(&definitions).await?;
        let places_given: HashMap<TaskName, usize> =
            definitions.iter().map(|one| one.name.clone()).zip(0..).collect();
        let mut wanted = Vec::with_capacity(definitions.len());
        for definition in definitions.into_iter().filter(|definition| definition.schedule.is_none()) {
            let there = inner.find(&definition.name).await?;
            wanted.push(Wanted { definition, there });
        }
        let places = inner.places(&wanted).await?;
        inner.check_edits(&wanted, by)?;
        failpoint::at("engine.apply.checked");
        let parents: HashSet<TaskName> =
            wanted.iter().filter_map(|one| one.definition.parent.clone()).collect();
        let order = in_order(&wanted);
        let mut wanted: Vec<Option<Wanted>> = wanted.into_iter().map(Some).collect();
        let mut applied: Vec<Option<Applied>> = vec![None; wanted.len()];
        for number in order {
            let (Some(one), Some(place)) =
                (wanted.get_mut(number).and_then(Option::take), applied.get_mut(number))
            else {
                continue;
            };
            let waits = parents.contains(&one.definition.name) || !one.definition.depends_on.is_empty();
            *place = Some(inner.apply_one(one, &places, (draft, waits), by).await?);
            failpoint::at("engine.apply.between");
        }
        let mut applied: Vec<Applied> = applied.into_iter().flatten().collect();
        for one in schedules {
            applied.push(inner.apply_schedule(one, draft, by).await?);
        }
        applied.sort_by_key(|one| places_given.get(&one.name).copied());
        Ok(applied)
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

    async fn apply_one(
        &self,
        one: Wanted,
        places: &HashMap<TaskName, Standing>,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<Applied, ApplyError> {
        match one.there {
            Some(task) if task.definition == one.definition => Ok(applied(task, Outcome::Unchanged)),
            Some(task) => {
                let beside = relinked(&task, &one.definition).map_err(EngineError::from)?;
                let what = What::Edited { definition: Box::new(one.definition) };
                let happening = Happening { by: by.clone(), what };
                let task = self.happen_with(task.id, happening, beside).await?;
                Ok(applied(task, Outcome::Changed))
            }
            None => {
                let standing = places
                    .get(&one.definition.name)
                    .cloned()
                    .unwrap_or_else(|| Standing { root: one.definition.name.clone(), level: 1 });
                let task = self.create(one.definition, standing, (draft, waits), by).await?;
                Ok(applied(task, Outcome::Created))
            }
        }
    }

    /// Makes one task, perhaps as a draft. One that waits for nobody is ready in the same transaction.
    pub(crate) async fn create(
        &self,
        definition: Definition,
        standing: Standing,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<Arc<Task>, EngineError> {
        let (new, batch) = self.new_task(definition, standing, (draft, waits), by).await?;
        failpoint::at("engine.create.before");
        let revision = self.store.commit(batch).await?;
        failpoint::at("engine.create.after");
        let task = self.begin(new, revision);
        failpoint::at("engine.create.followed");
        Ok(task)
    }

    /// The same without its transaction.
    pub(crate) async fn new_task(
        &self,
        definition: Definition,
        standing: Standing,
        (draft, waits): (bool, bool),
        by: &Actor,
    ) -> Result<(NewTask, Batch), EngineError> {
        let id = TaskId(self.task_ids.next(&*self.store).await?);
        let links = linked(Batch::new(), id, &definition)?;
        let name = NameRow { name: definition.name.clone(), id, schedule: false };
        let batch = links.require_absent::<NameRow>(&name_key(&name.name)).put(&name)?;
        let made = create(id, definition, standing, draft, by.clone(), self.now()).map_err(illegal)?;
        let first = patchbay_tasks::replay([&made.event]).expect("the event that makes a task makes one");
        let (task, batch, effects) = if draft || waits {
            let (task, batch) = put(batch, first, &made)?;
            (task, batch, made.effects)
        } else {
            let happening = Happening { by: Actor::Host, what: What::DependenciesMet };
            let met = next(&first, &happening, self.now())?;
            let mut task = first;
            task.apply(&met.event);
            let batch = batch.put(&crate::row::EventRow(made.event))?;
            let (task, batch) = put(batch, task, &met)?;
            (task, batch, met.effects)
        };
        let batch = shelve(batch, None, &task, &effects)?;
        Ok((NewTask { task, effects }, batch))
    }

    /// A task whose transaction is committed.
    pub(crate) fn begin(&self, new: NewTask, revision: Revision) -> Arc<Task> {
        let task = Arc::new(new.task);
        self.cache.put(Arc::new(Kept { task: task.clone(), revision }));
        new.effects.iter().for_each(|effect| self.see_to(&task, effect));
        task
    }

    /// Where each of these stands, once it is sure that none waits for itself.
    async fn places(&self, wanted: &[Wanted]) -> Result<HashMap<TaskName, Standing>, ApplyError> {
        let nodes = self.around(wanted).await?;
        let mut graph = Graph::default();
        for (name, parent, depends_on) in &nodes {
            graph.add(name.clone(), parent.clone(), depends_on.clone())?;
        }
        let places = graph.places()?;
        Ok(nodes.into_iter().map(|(name, ..)| name).zip(places).collect())
    }

    /// These tasks, those above them, and all that they can come to wait for: what could close a circle.
    async fn around(&self, wanted: &[Wanted]) -> Result<Vec<Node>, ApplyError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut seen: HashSet<TaskName> = wanted.iter().map(|one| one.definition.name.clone()).collect();
        // Above: only where they stand matters. Below: their children can wait, too.
        let (mut above, mut below) = (VecDeque::new(), VecDeque::new());
        for one in wanted {
            let definition = &one.definition;
            nodes.push(node(definition));
            above.extend(definition.parent.clone());
            below.extend(definition.depends_on.iter().cloned());
            if one.there.is_some() {
                below.extend(self.names_of_children(&definition.name).await?);
            }
        }
        while let Some((name, is_below)) =
            below.pop_front().map(|name| (name, true)).or_else(|| above.pop_front().map(|name| (name, false)))
        {
            if !seen.insert(name.clone()) {
                continue;
            }
            // One that is not there is named by the graph, with whoever names it.
            let Some(task) = self.find(&name).await? else { continue };
            nodes.push(node(&task.definition));
            if nodes.len() > NODES_MAX {
                return Err(GraphError::Many.into());
            }
            above.extend(task.definition.parent.clone());
            below.extend(task.definition.depends_on.iter().cloned());
            if is_below {
                below.extend(self.names_of_children(&name).await?);
            }
        }
        Ok(nodes)
    }

    async fn names_of_children(&self, name: &TaskName) -> Result<Vec<TaskName>, EngineError> {
        let range = links_of(name, LinkKind::Child).prefix();
        let rows = self.store.list::<LinkRow>(range, CHILDREN_MAX).await?;
        let mut names = Vec::with_capacity(rows.len());
        for row in rows {
            names.push(self.task(row.record.id).await?.definition.name.clone());
        }
        Ok(names)
    }
}

fn applied(task: Arc<Task>, outcome: Outcome) -> Applied {
    Applied { name: task.definition.name.clone(), task: Some(task), outcome }
}

type Node = (TaskName, Option<TaskName>, Vec<TaskName>);

fn node(definition: &Definition) -> Node {
    (definition.name.clone(), definition.parent.clone(), definition.depends_on.clone())
}

/// What others wait for before them: a task is there only once its children and its dependencies are, so it cannot begin
/// without them. There is no circle.
fn in_order(wanted: &[Wanted]) -> Vec<usize> {
    let numbers: HashMap<&TaskName, usize> =
        wanted.iter().enumerate().map(|(number, one)| (&one.definition.name, number)).collect();
    let mut then: Vec<Vec<usize>> = vec![Vec::new(); wanted.len()];
    let mut waits = vec![0_usize; wanted.len()];
    let mut arrow = |from: usize, to: usize| {
        if let (Some(list), Some(count)) = (then.get_mut(from), waits.get_mut(to)) {
            list.push(to);
            *count += 1;
        }
    };
    for (number, one) in wanted.iter().enumerate() {
        let needed = one.definition.depends_on.iter().filter_map(|name| numbers.get(name));
        needed.for_each(|needed| arrow(*needed, number));
        if let Some(parent) = one.definition.parent.as_ref().and_then(|parent| numbers.get(parent)) {
            arrow(number, *parent);
        }
    }
    let mut free: BTreeSet<usize> =
        waits.iter().enumerate().filter(|(_, count)| **count == 0).map(|(number, _)| number).collect();
    let mut order = Vec::with_capacity(wanted.len());
    while let Some(number) = free.pop_first() {
        order.push(number);
        for next in then.get(number).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*next) {
                *count -= 1;
                if *count == 0 {
                    free.insert(*next);
                }
            }
        }
    }
    order
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

fn illegal(error: patchbay_tasks::DefinitionError) -> EngineError {
    EngineError::Illegal(error.into())
}
