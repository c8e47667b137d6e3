//! Changes of a problem or a fix beside those of tasks. It must not know why.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError, Expected, Key, Record, Revision, StoreExt, Stored};
use patchbay_tasks::{Fingerprint, FixId, FixState};
use patchbay_types::Event;

use super::record::put_problem;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, WaitRow, fix_key, problem_key};

/// Why a fix is void and a problem over.
pub(super) const NOBODY: &str = "nobody waits for it any more";

impl Inner {
    /// Changes a problem's row in its turn; what else becomes true with it is given.
    pub(crate) async fn change_problem(
        &self,
        problem: &Fingerprint,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord),
    ) -> Result<ProblemRecord, EngineError> {
        let change = |record: &mut ProblemRecord| {
            change(record);
            true
        };
        self.change_problem_if(problem, beside, change).await
    }

    /// The same, if it is still as whoever changes it has to find it.
    ///
    /// # Errors
    /// Among others a conflict, if it is not: that has to be looked at anew.
    pub(crate) async fn change_problem_if(
        &self,
        problem: &Fingerprint,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord) -> bool,
    ) -> Result<ProblemRecord, EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(problem)).await;
        self.change_problem_now(problem, beside, change).await
    }

    /// The same, for whoever has the problem's turn.
    pub(super) async fn change_problem_now(
        &self,
        problem: &Fingerprint,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord) -> bool,
    ) -> Result<ProblemRecord, EngineError> {
        let key = problem_key(problem);
        let row = self.read::<ProblemRecord>(&key).await?;
        let row = row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))?;
        let mut record = row.record;
        let was_open = record.problem.closed.is_none();
        if !change(&mut record) {
            return Err(changed::<ProblemRecord>(&key, row.revision));
        }
        let batch = beside.require_revision::<ProblemRecord>(&key, row.revision);
        let batch = put_problem(batch, was_open, &record)?;
        failpoint::at("engine.problem.before");
        self.store.commit(batch).await?;
        failpoint::at("engine.problem.after");
        Ok(record)
    }

    /// Changes a fix, unless it is in another state by now.
    pub(crate) async fn change_fix(
        &self,
        record: &FixRecord,
        from: FixState,
        beside: Batch,
        change: impl FnOnce(&mut FixRecord),
    ) -> Result<FixRecord, EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(&record.fix.problem)).await;
        let key = fix_key(record.fix.id);
        let row = self.fix_in_state(record.fix.id, from).await?;
        let mut record = row.record;
        change(&mut record);
        let batch = beside.require_revision::<FixRecord>(&key, row.revision).put(&record)?;
        failpoint::at("engine.fix.before");
        self.store.commit(batch).await?;
        failpoint::at("engine.fix.after");
        Ok(record)
    }

    /// The row of a fix, if it is in this state still.
    pub(super) async fn fix_in_state(
        &self,
        id: FixId,
        state: FixState,
    ) -> Result<Stored<FixRecord>, EngineError> {
        let key = fix_key(id);
        let row = self.read::<FixRecord>(&key).await?.ok_or(EngineError::NoFix(id.0))?;
        match row.record.fix.state == state {
            true => Ok(row),
            false => Err(changed::<FixRecord>(&key, row.revision)),
        }
    }

    /// Changes a fix and its problem at once, each as it is stored, unless the fix is in another state by now than it was
    /// looked at in.
    pub(super) async fn change_both(
        &self,
        seen: &FixRecord,
        beside: Batch,
        fix: impl FnOnce(&mut FixRecord),
        problem: impl FnOnce(&mut ProblemRecord),
    ) -> Result<FixRecord, EngineError> {
        let (id, of) = (seen.fix.id, &seen.fix.problem);
        let _turn = self.problem_turns.of(Self::problem_turn(of)).await;
        let row = self.fix_in_state(id, seen.fix.state).await?;
        let mut record = row.record;
        fix(&mut record);
        let beside = beside.require_revision::<FixRecord>(&fix_key(id), row.revision).put(&record)?;
        let problem = |record: &mut ProblemRecord| {
            problem(record);
            true
        };
        self.change_problem_now(of, beside, problem).await?;
        Ok(record)
    }

    /// A problem that no task has any more is over, unless one has come since it was looked at. Answers whether it is.
    pub(super) async fn leave_problem(&self, problem: &Fingerprint) -> Result<bool, EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(problem)).await;
        let key = problem_key(problem);
        let Some(row) = self.read::<ProblemRecord>(&key).await? else { return Ok(true) };
        if self.is_waited_for(problem).await? || row.record.problem.open_fix.is_some() {
            return Ok(false);
        }
        let (now, mut record) = (self.now(), row.record);
        let was_open = record.problem.closed.is_none();
        record.problem.leave(now);
        let subject = format!("problem/{problem}");
        let told = Event { at: now, kind: "problem.left".to_owned(), subject, message: NOBODY.to_owned() };
        let batch = Batch::new().require_revision::<ProblemRecord>(&key, row.revision).event(told);
        failpoint::at("engine.problem.before");
        self.store.commit(put_problem(batch, was_open, &record)?).await?;
        failpoint::at("engine.problem.after");
        Ok(true)
    }

    pub(crate) async fn is_waited_for(&self, problem: &Fingerprint) -> Result<bool, EngineError> {
        Ok(!self.store.list::<WaitRow>(problem_key(problem).prefix(), 1).await?.is_empty())
    }

    pub(crate) fn told_of(&self, record: &FixRecord, kind: &str, message: &str) -> Event {
        Event {
            at: self.now(),
            kind: kind.to_owned(),
            subject: format!("fix/{}", record.fix.id),
            message: format!("{}: {}", record.fix.plan.title, crate::change::first_line(message)),
        }
    }
}

/// Somebody has changed a row since it was looked at: whoever wanted to change it decides anew.
pub(crate) fn changed<R: Record>(key: &Key, revision: Revision) -> EngineError {
    EngineError::Commit(CommitError::Conflict {
        table: R::TABLE,
        key: key.as_bytes().to_vec(),
        expected: Expected::At(revision),
        found: Some(revision),
    })
}
