//! Tasks that a plan asks for: all are made before one is waited for, and the plan goes on once each has succeeded. What
//! is made already is found again by its label, so a host that dies between goes on. It must not know what they do.

use patchbay_tasks::{
    Action, Actor, AskReason, Definition, Fix, FixId, State, StateName, Task, TaskName, TaskType, What,
};

use super::case::tell;
use crate::engine::{Engine, Inner};
use crate::error::{ApplyError, EngineError};
use crate::row::FixRecord;

/// The label with the number of the fix that a task belongs to.
pub(super) const LABEL_FIX: &str = "fix";
/// The label with the name of the task that it mends.
pub(super) const LABEL_MENDS: &str = "mends";

/// How far one action is.
pub(super) enum Awaited {
    Done(String),
    /// Its task has not ended: its end is heard of.
    Waits,
    Failed(String),
}

/// The fix that waits for this task.
pub(crate) fn fix_of(task: &Task) -> Option<FixId> {
    let is_fix = task.definition.kind == TaskType::Fix;
    let number = task.definition.labels.get(LABEL_FIX).filter(|_| is_fix)?;
    number.parse().ok().map(FixId)
}

impl Inner {
    pub(super) async fn subtask(&self, name: &TaskName, record: &FixRecord) -> Result<Awaited, EngineError> {
        let task = match self.find(name).await? {
            Some(task) if task.state.name() != StateName::Draft => Some(task),
            _ => match self.make_subtasks(record).await? {
                Some(reason) => return Ok(Awaited::Failed(reason)),
                None => self.find(name).await?,
            },
        };
        Ok(match task {
            Some(task) if fix_of(&task) == Some(record.fix.id) => self.awaited(&task),
            _ => Awaited::Failed(taken(name)),
        })
    }

    fn awaited(&self, task: &Task) -> Awaited {
        let name = &task.definition.name;
        let longest = self.options.load().fixes.budgets.wall_ms;
        let took = self.now().since(task.created).as_millis();
        match task.state.behind_a_pause() {
            State::Succeeded { .. } => Awaited::Done(format!("{name} succeeded")),
            State::Voided { reason } | State::Cancelled { reason } | State::Dead { reason } => {
                let state = task.state.name();
                Awaited::Failed(format!("{name} is {state}: {reason}"))
            }
            State::NeedsHuman { ask } if ask.why == AskReason::Dependency => {
                Awaited::Failed(format!("{name} cannot go on: {}", ask.text))
            }
            _ if took > longest.into() => {
                Awaited::Failed(format!("{name} has not ended within {} s", longest / 1_000))
            }
            _ => Awaited::Waits,
        }
    }

    /// Makes those that are not there, and lets all of them begin. A sentence if that cannot be.
    async fn make_subtasks(&self, record: &FixRecord) -> Result<Option<String>, EngineError> {
        let wanted = subtasks(&record.fix, record.provenance.task.as_ref());
        let mut missing = Vec::new();
        for definition in &wanted {
            match self.find(&definition.name).await? {
                Some(there) if fix_of(&there) != Some(record.fix.id) => {
                    return Ok(Some(taken(&definition.name)));
                }
                Some(_) => {}
                None => missing.push(definition.clone()),
            }
        }
        if let Some(waits) = waits_for_its_own(&missing, record) {
            return Ok(Some(waits));
        }
        if let Some(refused) = self.draft(missing).await? {
            return Ok(Some(refused));
        }
        for definition in &wanted {
            if let Some(task) = self.find(&definition.name).await? {
                tell(self, &task, What::Published).await?;
            }
        }
        Ok(None)
    }

    /// As drafts: a parent does not begin before its children are there.
    async fn draft(&self, missing: Vec<Definition>) -> Result<Option<String>, EngineError> {
        let Some(inner) = self.me.upgrade().filter(|_| !missing.is_empty()) else { return Ok(None) };
        match (Engine { inner }).apply(missing, true, &Actor::Host).await {
            Ok(_) => Ok(None),
            Err(ApplyError::Engine(error)) => Err(error),
            Err(refused) => Ok(Some(refused.to_string())),
        }
    }

    /// Those that have not ended are not needed any more.
    pub(crate) async fn void_subtasks(&self, record: &FixRecord, reason: &str) -> Result<(), EngineError> {
        for definition in subtasks(&record.fix, record.provenance.task.as_ref()) {
            let Some(task) = self.find(&definition.name).await? else { continue };
            if fix_of(&task) == Some(record.fix.id) {
                tell(self, &task, What::Voided { reason: reason.to_owned() }).await?;
            }
        }
        Ok(())
    }
}

/// As they are made: fixes, which never get fixes, beside the task that they mend. A child of it that ends badly would
/// break it for ever; the plan waits by itself. Their parents are among themselves.
fn subtasks(fix: &Fix, mends: Option<&TaskName>) -> Vec<Definition> {
    let tasks = fix.plan.actions.iter().filter_map(|action| match action {
        Action::Subtask { task } => Some(&**task),
        _ => None,
    });
    let names: Vec<&TaskName> = tasks.clone().map(|task| &task.name).collect();
    let made = tasks.map(|task| {
        let mut made = task.clone();
        made.kind = TaskType::Fix;
        made.schedule = None;
        made.parent = made.parent.filter(|parent| names.contains(&parent));
        made.labels.insert(LABEL_FIX.to_owned(), fix.id.to_string());
        mends.into_iter().for_each(|name| drop(made.labels.insert(LABEL_MENDS.to_owned(), name.to_string())));
        made
    });
    made.collect()
}

fn waits_for_its_own(missing: &[Definition], record: &FixRecord) -> Option<String> {
    let mends = record.provenance.task.as_ref()?;
    let waits = missing.iter().find(|definition| definition.depends_on.contains(mends))?;
    Some(format!("{} would wait for {mends}, which waits for it", waits.name))
}

fn taken(name: &TaskName) -> String {
    format!("there is a task {name} already, and it belongs to something else: expected a name that is free")
}
