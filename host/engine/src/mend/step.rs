//! One action of a plan: that it is begun is stored before it is done, if it changes something outside, and what it gave
//! before the next one is begun. So the row says at any time what was done. It must not know how an action is done.

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Action, FixState, Task};
use patchbay_types::{Report, Severity};

use super::over::is_outside;
use super::subtask::Awaited;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::FixRecord;

/// Characters of an action's result that are kept. What an action needs to be taken back has to fit.
pub const RESULT_CHARS_MAX: usize = 2_000;

/// How far an action is.
pub(super) enum Stepped {
    /// Done, and in the row.
    Kept(Box<FixRecord>),
    /// Its task has not ended.
    Waits,
    Failed(String),
    /// Only a person helps.
    Escalates(String),
    /// It was dropped, since somebody ends the fix.
    Halted,
}

impl Inner {
    /// In the fix's turn: whoever ends it or takes it back comes before or after, never amid.
    pub(super) async fn step(
        &self,
        action: &Action,
        task: &Task,
        seen: &FixRecord,
    ) -> Result<Stepped, EngineError> {
        let _turn = self.fix_turns.of(seen.fix.id.0).await;
        let record = self.fix_in_state(seen.fix.id, FixState::Applying).await?.record;
        failpoint::at("engine.action.before");
        let stepped = match action {
            Action::Escalate { reason } => Stepped::Escalates(reason.clone()),
            Action::Subtask { task } => match self.subtask(&task.name, &record).await? {
                Awaited::Done(result) => self.keep(&record, Batch::new(), &result).await?,
                Awaited::Waits => Stepped::Waits,
                Awaited::Failed(reason) => Stepped::Failed(reason),
            },
            Action::Notify { text, severity } => {
                let told = Batch::new().report(self.notice(text, *severity, &record));
                self.keep(&record, told, "a person was told").await?
            }
            other if is_outside(other) => self.act_outside(other, task, record).await?,
            own => match self.act_here(own).await {
                Ok(result) => self.keep(&record, Batch::new(), &result).await?,
                Err(reason) => Stepped::Failed(reason),
            },
        };
        failpoint::at("engine.action.kept");
        Ok(stepped)
    }

    /// After a kill in the midst it is done anew: whoever acts sees what is done already.
    async fn act_outside(
        &self,
        action: &Action,
        task: &Task,
        seen: FixRecord,
    ) -> Result<Stepped, EngineError> {
        let begin = |record: &mut FixRecord| record.begun = true;
        let record = match seen.begun {
            true => seen,
            false => self.change_fix(&seen, FixState::Applying, Batch::new(), begin).await?,
        };
        failpoint::at("engine.action.begun");
        let acting = self.hands.act(action, task, &record.fix);
        let done = self.acting.unless_halted(record.fix.id, acting).await;
        failpoint::at("engine.action.after");
        match done {
            Some(Ok(result)) => self.keep(&record, Batch::new(), &result).await,
            Some(Err(reason)) => Ok(Stepped::Failed(reason)),
            None => Ok(Stepped::Halted),
        }
    }

    /// What is the engine's own is done here or at each task.
    async fn act_here(&self, action: &Action) -> Result<String, String> {
        Ok(match action {
            Action::SetInput { .. } => "the task's input is changed".to_owned(),
            Action::Kill { task: None } => "its worker is gone already".to_owned(),
            Action::Kill { task: Some(name) } => return self.kill(name).await,
            _ => "the task runs again".to_owned(),
        })
    }

    async fn keep(&self, record: &FixRecord, beside: Batch, result: &str) -> Result<Stepped, EngineError> {
        let kept = self.change_fix(record, FixState::Applying, beside, |record| keep(record, result)).await?;
        Ok(Stepped::Kept(Box::new(kept)))
    }

    /// Finds out what an action did whose end nobody heard, for whoever has the fix's turn and ends it.
    pub(crate) async fn settle_begun(&self, record: FixRecord) -> Result<FixRecord, EngineError> {
        let action = record.fix.plan.actions.get(record.results.len());
        let Some(action) = action.filter(|_| record.begun) else { return Ok(record) };
        let found = match self.hands.find(action, &record.fix).await {
            Ok(found) => found,
            Err(reason) => {
                tracing::warn!(fix = %record.fix.id, reason, "what an action did could not be found out");
                return Ok(record);
            }
        };
        let settle = |record: &mut FixRecord| match &found {
            Some(result) => keep(record, result),
            None => record.begun = false,
        };
        self.change_fix(&record, record.fix.state, Batch::new(), settle).await
    }

    fn notice(&self, text: &str, severity: Severity, record: &FixRecord) -> Report {
        Report {
            at: self.now(),
            severity,
            subject: format!("fix/{}", record.fix.id),
            title: crate::change::first_line(text),
            body: text.to_owned(),
        }
    }
}

fn keep(record: &mut FixRecord, result: &str) {
    record.begun = false;
    record.results.push(result.chars().take(RESULT_CHARS_MAX).collect());
}
