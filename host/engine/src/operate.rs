//! What an operator says of tasks, problems and fixes. It must not know how it was said.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{
    Actor, Fingerprint, FixId, FixState, Happening, State, Task, TaskName, Tried, What, merge_patch,
};
use serde_json::{Map, Value};

use crate::engine::{CONFLICTS_MAX, Engine};
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, fix_key, problem_key};

/// States in which a fix can be taken back.
const UNDONE_FROM: [FixState; 4] =
    [FixState::Applied, FixState::Verified, FixState::Failed, FixState::Voided];

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
        let told = self.inner.happen_with(task.id, Happening { by: by.clone(), what }, beside).await?;
        failpoint::at("engine.command.after");
        if let Some(problem) = problem {
            self.try_again(&problem).await?;
        }
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

    /// A problem is over: its open fix is void, its tasks go on.
    ///
    /// # Errors
    /// If there is no such problem.
    pub async fn close_problem(&self, problem: &Fingerprint) -> Result<ProblemRecord, EngineError> {
        let inner = &self.inner;
        let row = inner.read::<ProblemRecord>(&problem_key(problem)).await?;
        let open = row.and_then(|row| row.record.problem.open_fix);
        let (mut beside, mut voided) = (Batch::new(), None);
        if let Some(id) = open
            && let Some(row) = inner.read::<FixRecord>(&fix_key(id)).await?
        {
            let mut record = row.record;
            record.fix.state = FixState::Voided;
            "its problem was closed".clone_into(&mut record.reason);
            beside = beside.require_revision::<FixRecord>(&fix_key(id), row.revision).put(&record)?;
            voided = Some(record);
        }
        let now = inner.now();
        let record = inner
            .change_problem(problem, beside, |record| {
                record.problem.close(now);
                record.problem.breaker = patchbay_tasks::Breaker::Closed;
            })
            .await?;
        failpoint::at("engine.problem-close.after");
        if let Some(fix) = &voided {
            inner.void_subtasks(fix, "its problem was closed").await?;
        }
        inner.push_problem(problem.clone());
        Ok(record)
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

    /// Takes a fix back: inputs become what they were, and its own undo is done; without one, each action that was done
    /// is taken back, the last first, as far as it can be.
    ///
    /// # Errors
    /// If there is no such fix, it was not applied, or a step of taking it back fails.
    pub async fn undo_fix(&self, id: FixId, by: &Actor) -> Result<FixRecord, EngineError> {
        // Whoever comes second finds it undone.
        let _turn = self.inner.undo_turns.of(id.0).await;
        let record = self.fix_in(id, &UNDONE_FROM, "taking it back").await?;
        if record.fix.state == FixState::Voided && record.results.is_empty() {
            return Err(EngineError::FixNotNow { fix: id.0, state: "voided", wanted: "taking it back" });
        }
        let mut results = self.undo_by_plan(&record).await?;
        failpoint::at("engine.undo.acted");
        if record.fix.plan.undo.is_empty() {
            results.extend(self.inner.undo_each(&record).await?);
        }
        for (name, input) in &record.inputs {
            self.restore(name, input, by).await?;
        }
        let record = self.keep_undone(record, &results).await?;
        failpoint::at("engine.undo.kept");
        let tried = Tried { fix: id, plan: record.fix.plan.digest(), failed: true };
        let beside = self.inner.retire(Batch::new(), &record).await?;
        self.inner
            .change_problem(&record.fix.problem, beside, |problem| {
                if problem.problem.open_fix == Some(id) {
                    problem.problem.open_fix = None;
                }
                problem.problem.remember(tried);
            })
            .await?;
        failpoint::at("engine.undo.after");
        self.inner.push_problem(record.fix.problem.clone());
        Ok(record)
    }

    /// The plan's own undo, which is done for the task that it was made for.
    async fn undo_by_plan(&self, record: &FixRecord) -> Result<Vec<String>, EngineError> {
        if record.fix.plan.undo.is_empty() {
            return Ok(Vec::new());
        }
        let name = record.provenance.task.as_ref();
        let task = match name {
            Some(name) => self.inner.find(name).await?,
            None => None,
        };
        let Some(task) = task else { return Err(no_task(record)) };
        let mut results = Vec::new();
        for action in &record.fix.plan.undo {
            let done = self.inner.hands.act(action, &task, &record.fix).await;
            results.push(done.map_err(EngineError::Undo)?);
        }
        Ok(results)
    }

    /// It may have been judged while it was taken back: that does not count any more.
    async fn keep_undone(&self, record: FixRecord, results: &[String]) -> Result<FixRecord, EngineError> {
        let (mut record, mut tries) = (record, 0);
        loop {
            let kept = self.inner.change_fix(&record, record.fix.state, Batch::new(), |record| {
                record.fix.state = FixState::Undone;
                record.results.extend_from_slice(results);
            });
            match kept.await {
                Err(EngineError::Commit(CommitError::Conflict { .. })) if tries < CONFLICTS_MAX => tries += 1,
                kept => return kept,
            }
            record = self.fix_in(record.fix.id, &UNDONE_FROM, "taking it back").await?;
        }
    }

    /// What a worker has, or what has ended, keeps what it was given: its row says what that was.
    async fn restore(&self, name: &TaskName, input: &Value, by: &Actor) -> Result<(), EngineError> {
        let Some(task) = self.inner.find(name).await? else { return Ok(()) };
        if task.state.is_end() || matches!(task.state, State::Leased { .. } | State::Verifying { .. }) {
            return Ok(());
        }
        let mut definition = task.definition.clone();
        definition.input = input.clone();
        let what = What::Edited { definition: Box::new(definition) };
        self.inner.happen(task.id, by.clone(), what).await.map(drop)
    }

    async fn fix_in(
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

fn no_task(record: &FixRecord) -> EngineError {
    let name = record.provenance.task.as_ref().map_or("it was made for", TaskName::as_str);
    let fix = record.fix.id;
    EngineError::Undo(format!(
        "the undo of fix {fix} is done for task {name}, which is gone: see `patchbay fix show {fix}`, and take it back by hand"
    ))
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
