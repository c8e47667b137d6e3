//! A fix that is taken back: what its row says was done, the last first, whatever stage it ended in. Nothing is said of it
//! before all of it is taken back; then fix, problem and known fix change at once. It must not know how an action is taken
//! back.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{Actor, Definition, FixId, FixState, State, TaskName, Tried, What};
use serde_json::Value;

use crate::engine::{CONFLICTS_MAX, Engine, Inner};
use crate::error::EngineError;
use crate::mend::Came;
use crate::operate::state_word;
use crate::row::{FixRecord, ProblemRecord};

/// States in which a fix can be taken back.
const UNDONE_FROM: [FixState; 4] =
    [FixState::Applied, FixState::Verified, FixState::Failed, FixState::Voided];
/// As an error names it.
const WANTED: &str = "taking it back";

impl Engine {
    /// Takes a fix back: inputs become what they were, and its own undo is done; without one, each action that was done
    /// is taken back, the last first, as far as it can be. A step that fails leaves the fix as it is: it can be taken back
    /// again, and what was taken back already is seen to be so.
    ///
    /// # Errors
    /// If there is no such fix, nothing of it was done, or a step of taking it back fails.
    pub async fn undo_fix(&self, id: FixId, by: &Actor) -> Result<FixRecord, EngineError> {
        let inner = &self.inner;
        // Whoever comes second finds it undone.
        let _turn = inner.fix_turns.of(id.0).await;
        let record = self.fix_in(id, &UNDONE_FROM, WANTED).await?;
        let record = inner.settle_begun(record).await?;
        if record.begun {
            return Err(unknown(&record));
        }
        if !is_anything_done(&record) {
            let state = state_word(record.fix.state);
            return Err(EngineError::FixNotNow { fix: id.0, state, wanted: WANTED });
        }
        let mut results = self.undo_by_plan(&record).await?;
        failpoint::at("engine.undo.acted");
        if record.fix.plan.undo.is_empty() {
            results.extend(inner.undo_each(&record).await?);
        }
        for (name, input) in &record.inputs {
            self.restore(name, input, by).await?;
        }
        failpoint::at("engine.undo.before");
        let record = self.keep_undone(record, &results).await?;
        failpoint::at("engine.undo.after");
        inner.push_problem(record.fix.problem.clone());
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
        let undone = |record: &mut FixRecord| {
            record.fix.state = FixState::Undone;
            record.results.extend_from_slice(results);
        };
        loop {
            let (id, plan) = (record.fix.id, record.fix.plan.digest());
            let forget = |problem: &mut ProblemRecord| {
                if problem.problem.open_fix == Some(id) {
                    problem.problem.open_fix = None;
                }
                problem.problem.remember(Tried { fix: id, plan, failed: true });
            };
            let kept = self.inner.end_fix(&record, Came::TakenBack, Batch::new(), undone, forget);
            match kept.await {
                Err(EngineError::Commit(CommitError::Conflict { .. })) if tries < CONFLICTS_MAX => tries += 1,
                kept => return kept,
            }
            record = self.fix_in(id, &UNDONE_FROM, WANTED).await?;
        }
    }

    /// What a worker has, or what has ended, keeps what it was given: its row says what that was.
    async fn restore(&self, name: &TaskName, input: &Value, by: &Actor) -> Result<(), EngineError> {
        let Some(task) = self.inner.find(name).await? else { return Ok(()) };
        if task.state.is_end() || matches!(task.state, State::Leased { .. } | State::Verifying { .. }) {
            return Ok(());
        }
        let definition = Definition { input: input.clone(), ..Definition::clone(&task.definition) };
        let what = What::Edited { definition: Arc::new(definition) };
        self.inner.happen(task.id, by.clone(), what).await.map(drop)
    }
}

impl Inner {
    /// Takes back what was done, the last first.
    async fn undo_each(&self, record: &FixRecord) -> Result<Vec<String>, EngineError> {
        let mut results = Vec::new();
        for (action, result) in record.fix.plan.actions.iter().zip(&record.results).rev() {
            if let Some(done) = self.hands.undo(action, result, &record.fix).await {
                results.push(done.map_err(EngineError::Undo)?);
            }
        }
        Ok(results)
    }
}

/// An action that failed may have done a part of what its plan's own undo takes back.
fn is_anything_done(record: &FixRecord) -> bool {
    let fix = &record.fix;
    let failed_amid = fix.state == FixState::Failed && fix.executions > 0 && !fix.plan.undo.is_empty();
    !record.results.is_empty() || failed_amid
}

fn unknown(record: &FixRecord) -> EngineError {
    let fix = record.fix.id;
    EngineError::Undo(format!(
        "what action {} of fix {fix} did before it was cut off cannot be seen now: see `patchbay fix show {fix}`, and try \
         again",
        record.results.len() + 1
    ))
}

fn no_task(record: &FixRecord) -> EngineError {
    let name = record.provenance.task.as_ref().map_or("it was made for", TaskName::as_str);
    let fix = record.fix.id;
    EngineError::Undo(format!(
        "the undo of fix {fix} is done for task {name}, which is gone: see `patchbay fix show {fix}`, and take it back by hand"
    ))
}
