//! Tasks: made, looked at, and told what to do. What follows from a word is the engine's affair.

mod below;
mod claim;
mod command;
mod log;
mod read;
mod view;

use patchbay_engine::{Applied, ApplyOutcome as Outcome};
use patchbay_tasks::{Actor, TaskName};

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{ApplyOutcome, ApplyTasks, TaskApplied};
pub(super) use read::label;
pub(super) use view::row;

impl Operator {
    /// Makes tasks and edits those that are there; what says the same stays as it is.
    ///
    /// # Errors
    /// What makes no sense, by its field; then none was taken in.
    pub async fn apply_tasks(
        &self,
        request: ApplyTasks,
        actor: &str,
    ) -> Result<Vec<TaskApplied>, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.apply_tasks(request, &actor).await }).await
    }
}

impl Desk {
    async fn apply_tasks(&self, request: ApplyTasks, actor: &str) -> Result<Vec<TaskApplied>, OperatorError> {
        let ApplyTasks { tasks, draft } = request;
        let applied = self.parts.engine.apply(tasks, draft, &by(actor)).await?;
        let told = applied.iter().filter(|one| one.outcome != Outcome::Unchanged).map(|one| {
            let kind = if one.task.is_some() { "task" } else { "schedule" };
            let word = if one.outcome == Outcome::Created { "create" } else { "set" };
            self.audit(actor, &format!("{kind}.{word}"), &format!("{kind}/{}", one.name), String::new())
        });
        self.write_down(told.collect()).await?;
        Ok(applied.iter().map(told_of).collect())
    }
}

fn told_of(applied: &Applied) -> TaskApplied {
    TaskApplied {
        name: applied.name.clone(),
        outcome: match applied.outcome {
            Outcome::Created => ApplyOutcome::Created,
            Outcome::Changed => ApplyOutcome::Changed,
            Outcome::Unchanged => ApplyOutcome::Unchanged,
        },
        state: match &applied.task {
            Some(task) => task.state.name().as_str().to_owned(),
            None => "schedule".to_owned(),
        },
        rev: applied.task.as_ref().map_or(0, |task| task.rev),
    }
}

pub(super) fn by(actor: &str) -> Actor {
    Actor::Operator(actor.to_owned())
}

pub(super) fn named(name: &str) -> Result<TaskName, OperatorError> {
    name.parse().map_err(|error| OperatorError::field("name", error))
}

fn subject(name: &TaskName) -> String {
    format!("task/{name}")
}
