//! What an operator says of tasks, problems and fixes. It must not know how it was said.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{
    Actor, Fingerprint, FixId, FixState, Happening, Task, TaskName, What, merge_patch, next,
};
use serde_json::{Map, Value};

use crate::engine::{CONFLICTS_MAX, Engine};
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord};

impl Engine {
    /// An operator's word about a task, by its name; `rev` is what it is based on, if that matters.
    ///
    /// # Errors
    /// If there is no such task, it has changed since, or it cannot be.
    pub async fn command(
        &self,
        name: &TaskName,
        rev: Option<u64>,
        by: &Actor,
        what: What,
    ) -> Result<Arc<Task>, EngineError> {
        let task = self.find(name).await?;
        if let Some(expected) = rev.filter(|expected| *expected != task.rev) {
            return Err(EngineError::OldRevision { task: name.clone(), found: task.rev, expected });
        }
        let problem = match what {
            What::Answered { .. } | What::Retried { .. } => task.state.problem().cloned(),
            _ => None,
        };
        let beside = beside(&what);
        let happening = Happening { by: by.clone(), what };
        if let Some(problem) = problem {
            // Before the task goes on: it may fail again at once, and would find the breaker open still.
            next(&task, &happening, self.inner.now())?;
            self.try_again(&problem).await?;
            failpoint::at("engine.command.heard");
        }
        let told = self.inner.happen_with(task.id, happening, beside).await?;
        failpoint::at("engine.command.after");
        Ok(told)
    }

    /// A person's yes or no to the work of the latest attempt.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub async fn review(
        &self,
        name: &TaskName,
        by: &Actor,
        approved: bool,
        text: String,
    ) -> Result<Arc<Task>, EngineError> {
        let fence = self.find(name).await?.fence;
        let what = match approved {
            true => What::Approved { fence, reason: text },
            false => What::Rejected { fence, remarks: text },
        };
        self.command(name, None, by, what).await
    }

    /// What a person was asked for: fields of the input, a note, or both.
    ///
    /// # Errors
    /// As [`command`](Self::command).
    pub async fn answer(
        &self,
        name: &TaskName,
        by: &Actor,
        fields: Map<String, Value>,
        note: Option<String>,
    ) -> Result<Arc<Task>, EngineError> {
        let task = self.find(name).await?;
        let input = (!fields.is_empty()).then(|| merge_patch(&task.definition.input, &Value::Object(fields)));
        self.command(name, None, by, What::Answered { input, note }).await
    }

    /// A problem is over: its open fix is void, its tasks go on. An action that is being done for it gets a little time to
    /// end, then it is dropped. What the fix did outside stays, and a person is told how it is taken back.
    ///
    /// # Errors
    /// If there is no such problem, or an action does not end.
    pub async fn close_problem(&self, problem: &Fingerprint) -> Result<ProblemRecord, EngineError> {
        let mut tries = 0;
        let closed = loop {
            match self.close_once(problem).await {
                Err(EngineError::Commit(CommitError::Conflict { .. })) if tries < CONFLICTS_MAX => tries += 1,
                closed => break closed?,
            }
        };
        failpoint::at("engine.problem-close.after");
        self.inner.push_problem(problem.clone());
        Ok(closed)
    }

    async fn close_once(&self, problem: &Fingerprint) -> Result<ProblemRecord, EngineError> {
        let inner = &self.inner;
        let mut halted = inner.halt(problem, "its problem was closed").await?;
        let (now, beside) = (inner.now(), std::mem::take(&mut halted.batch));
        let close = |record: &mut ProblemRecord| {
            let open = record.problem.close(now);
            record.problem.breaker = patchbay_tasks::Breaker::Closed;
            open == halted.fix
        };
        inner.change_problem_if(problem, beside, close).await
    }

    /// A person stands behind a problem again: one more plan may be tried.
    async fn try_again(&self, problem: &Fingerprint) -> Result<(), EngineError> {
        let now = self.inner.now();
        let changed = self.inner.change_problem(problem, Batch::new(), |record| {
            let problem = &mut record.problem;
            problem.breaker = std::mem::take(&mut problem.breaker).half_opened(now);
        });
        match changed.await {
            Ok(_) | Err(EngineError::NoProblem(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A person's yes to a plan that waits for it.
    ///
    /// # Errors
    /// If there is no such fix, or it waits for no yes.
    pub async fn approve_fix(&self, id: FixId, by: &Actor) -> Result<FixRecord, EngineError> {
        let record =
            self.fix_in(id, &[FixState::Planned, FixState::WaitsForApproval], "approving it").await?;
        let (from, by) = (record.fix.state, by.to_string());
        let event = self.inner.told_of(&record, "fix.approved", &by);
        let beside = Batch::new().event(event);
        let record =
            self.inner.change_fix(&record, from, beside, |record| record.fix.approved_by = Some(by)).await?;
        failpoint::at("engine.approve.after");
        self.inner.push_problem(record.fix.problem.clone());
        Ok(record)
    }

    /// A person's no.
    ///
    /// # Errors
    /// If there is no such fix, or it was begun already.
    pub async fn reject_fix(&self, id: FixId, reason: &str) -> Result<FixRecord, EngineError> {
        let states = [FixState::Planned, FixState::WaitsForApproval];
        let reason = format!("a person said no: {reason}");
        let mut tries = 0;
        let record = loop {
            let record = self.fix_in(id, &states, "rejecting it").await?;
            match self.inner.fail_fix(&record, &reason).await {
                Ok(()) => break record,
                Err(EngineError::Commit(CommitError::Conflict { .. })) if tries < CONFLICTS_MAX => tries += 1,
                Err(error) => return Err(error),
            }
        };
        self.inner.push_problem(record.fix.problem.clone());
        self.fix(id).await
    }

    pub(crate) async fn fix_in(
        &self,
        id: FixId,
        states: &[FixState],
        wanted: &'static str,
    ) -> Result<FixRecord, EngineError> {
        let record = self.fix(id).await?;
        match states.contains(&record.fix.state) {
            true => Ok(record),
            false => Err(EngineError::FixNotNow { fix: id.0, state: state_word(record.fix.state), wanted }),
        }
    }
}

/// What ends work has to be heard on a full disk, too: the work may be what fills it.
fn beside(what: &What) -> Batch {
    match what {
        What::Cancelled { .. } | What::Paused { .. } => Batch::new().essential(),
        _ => Batch::new(),
    }
}

/// A fix's state as people read it.
#[must_use]
pub fn state_word(state: FixState) -> &'static str {
    match state {
        FixState::Planned => "planned",
        FixState::WaitsForApproval => "waits-for-approval",
        FixState::Applying => "applying",
        FixState::Applied => "applied",
        FixState::Verified => "verified",
        FixState::Failed => "failed",
        FixState::Voided => "voided",
        FixState::Undone => "undone",
    }
}
