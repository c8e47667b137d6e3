//! What the host takes over of one entry of a todos file: a task is made, called otherwise, or brought to where the file
//! says, as far as a word from outside may do that. It must not know how the file was merged.

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::Batch;
use patchbay_tasks::todos::{HostChange, Imported};
use patchbay_tasks::{Actor, Definition, Shown, State, StateName, Task, TaskName, What};
use serde_json::Value;

use super::row::TaskImport;
use crate::claim::Claimant;
use crate::engine::Engine;
use crate::error::{ApplyError, EngineError};
use crate::port::Done;

/// Who works on what a file says was done, unless somebody is named.
const AGENT: &str = "todos";
/// Why a task changes that way.
const REASON: &str = "the todos file says so";
/// Looks at a task that is about to be ready, and the time between them.
const LOOKS_MAX: u32 = 100;
const LOOK: Duration = Duration::from_millis(20);

/// An entry that was taken over.
pub(super) struct Taken {
    pub(super) name: TaskName,
    pub(super) made: bool,
    pub(super) changed: bool,
    /// What was not, one sentence each.
    pub(super) partly: Vec<String>,
}

/// What cannot be is a sentence; what failed is an error.
type Attempted<T> = Result<Result<T, String>, EngineError>;

impl Engine {
    pub(super) async fn taken(&self, change: &HostChange, by: &Actor) -> Attempted<Taken> {
        let name = match change.id.parse::<TaskName>() {
            Ok(name) => name,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let made = match &change.new {
            None => false,
            Some(new) => match self.make_todo(&name, change, new, by).await? {
                Ok(()) => true,
                Err(reason) => return Ok(Err(reason)),
            },
        };
        let (mut partly, before) = (Vec::new(), self.find(&name).await?.rev);
        if let Some(title) = change.title.as_ref().filter(|_| !made) {
            partly.extend(self.retitled(&name, title, by).await?.err());
        }
        if let Some(status) = change.status {
            partly.extend(self.brought_to(&name, status, made, by).await?.err());
        }
        partly.extend(self.noted(&name, change).await?.err());
        let changed = !made && (self.find(&name).await?.rev != before || !change.log.is_empty());
        Ok(Ok(Taken { name, made, changed, partly }))
    }

    async fn make_todo(
        &self,
        name: &TaskName,
        change: &HostChange,
        new: &Imported,
        by: &Actor,
    ) -> Attempted<()> {
        let definition = Definition {
            title: change.title.clone().unwrap_or_default(),
            description: new.description.clone(),
            kind: new.kind,
            priority: new.priority,
            checks: new.checks.clone(),
            labels: new.labels.clone(),
            skill: Some(Definition::WRAP.to_owned()),
            ..Definition::named(name.clone())
        };
        match self.apply(vec![definition], false, by).await {
            Ok(_) => Ok(Ok(())),
            Err(ApplyError::Engine(error)) => refusal(error),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    async fn retitled(&self, name: &TaskName, title: &str, by: &Actor) -> Attempted<()> {
        let task = self.find(name).await?;
        let definition = Definition { title: title.to_owned(), ..Definition::clone(&task.definition) };
        self.said_of(&task, What::Edited { definition: Arc::new(definition) }, by).await
    }

    /// A new one that the file knows as done was done before it came here: nobody is asked about it again.
    async fn brought_to(&self, name: &TaskName, status: Shown, is_new: bool, by: &Actor) -> Attempted<()> {
        let (task, reason) = (self.find(name).await?, REASON.to_owned());
        match status {
            Shown::Unverified | Shown::As(StateName::Succeeded) => self.finished(&task, is_new, by).await,
            Shown::As(StateName::Cancelled) => self.said_of(&task, What::Cancelled { reason }, by).await,
            Shown::As(StateName::Voided) => self.said_of(&task, What::Voided { reason }, by).await,
            Shown::As(StateName::Dead) => {
                let reason = "the todos file says that it failed".to_owned();
                self.said_of(&task, What::Cancelled { reason }, by).await
            }
            Shown::As(StateName::NeedsHuman | StateName::Paused) => {
                let reason = "the todos file says that it needs a person".to_owned();
                self.said_of(&task, What::Paused { reason }, by).await
            }
            Shown::As(StateName::Ready | StateName::Pending) => self.begun_anew(&task, by).await,
            other => Ok(Err(only_here(other, is_new))),
        }
    }

    async fn begun_anew(&self, task: &Task, by: &Actor) -> Attempted<()> {
        let what = match &task.state {
            State::Ready | State::Pending => return Ok(Ok(())),
            State::Draft => What::Published,
            State::Paused { .. } => What::Resumed,
            _ => What::Retried { reason: REASON.to_owned() },
        };
        self.said_of(task, what, by).await
    }

    /// Done by somebody outside: claimed and ended in their name, so its checks look at it like at any other work.
    async fn finished(&self, task: &Task, is_new: bool, by: &Actor) -> Attempted<()> {
        let name = &task.definition.name;
        if !task.definition.is_outside() {
            return Ok(Err(format!("{name} is the host's own work: it is done when that is, or void it")));
        }
        if let Err(reason) = self.begun_anew(task, by).await? {
            return Ok(Err(reason));
        }
        self.until_ready(name).await?;
        let agent = task.definition.assignee.clone().unwrap_or_else(|| AGENT.to_owned());
        let granted = match self.claim(name, &Claimant { agent, pid: 0, started: 0 }).await {
            Ok(granted) => granted,
            Err(error) => return refusal(error),
        };
        let done = Done::Succeeded { summary: REASON.to_owned(), output: Value::Null };
        let ended = self.end(name, granted.fence, done, false).await?.task;
        if is_new && matches!(ended.state, State::Verifying { .. }) && task.definition.wants_person() {
            return match self.review(name, by, true, REASON.to_owned()).await {
                Ok(_) => Ok(Ok(())),
                Err(error) => refusal(error),
            };
        }
        Ok(Ok(()))
    }

    async fn until_ready(&self, name: &TaskName) -> Result<(), EngineError> {
        for _ in 0..LOOKS_MAX {
            if self.find(name).await?.state != State::Pending {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// What the host does not know by itself.
    async fn noted(&self, name: &TaskName, change: &HostChange) -> Attempted<()> {
        let task = self.find(name).await?;
        let known = self.imported(&task).await?;
        let mut import = known.unwrap_or_else(|| TaskImport { task: task.id, ..TaskImport::default() });
        let before = import.clone();
        if let Some(new) = &change.new {
            import.provenance.extend(new.provenance.clone());
            import.metrics.clone_from(&new.metrics);
            import.artifacts.clone_from(&new.artifacts);
        }
        import.add(&change.log);
        let was_bound = import.bound();
        if import != before {
            self.inner.store.commit(Batch::new().put(&import)?).await?;
        }
        Ok(if was_bound {
            Err("its plan and artifacts are too large to be kept here".to_owned())
        } else {
            Ok(())
        })
    }

    async fn said_of(&self, task: &Task, what: What, by: &Actor) -> Attempted<()> {
        match self.happen(task.id, by.clone(), what).await {
            Ok(_) => Ok(Ok(())),
            Err(error) => refusal(error),
        }
    }
}

/// What cannot be now, told apart from what failed.
fn refusal<T>(error: EngineError) -> Attempted<T> {
    match error {
        EngineError::Illegal(_) | EngineError::NotTheirs { .. } => Ok(Err(error.to_string())),
        error => Err(error),
    }
}

fn only_here(status: Shown, is_new: bool) -> String {
    let word = status.as_str();
    match is_new {
        true => format!("it begins anew: a task is {word} only by what happens to it here"),
        false => format!("a task is {word} only by what happens to it here: its state stays"),
    }
}
