//! Changes of a problem or a fix beside those of tasks. It must not know why.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError, Expected, Record, StoreExt, Stored};
use patchbay_tasks::{Fingerprint, FixId, FixState, Tried};
use patchbay_types::Event;

use super::record::put_problem;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, WaitRow, fix_key, problem_key};

/// Characters of why a fix failed.
const REASON_CHARS_MAX: usize = 4_000;

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
        let _turn = self.problem_turns.of(Self::problem_turn(problem)).await;
        self.change_problem_now(problem, beside, change).await
    }

    /// The same, for whoever has the problem's turn.
    async fn change_problem_now(
        &self,
        problem: &Fingerprint,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord),
    ) -> Result<ProblemRecord, EngineError> {
        let key = problem_key(problem);
        let row = self.read::<ProblemRecord>(&key).await?;
        let row = row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))?;
        let mut record = row.record;
        let was_open = record.problem.closed.is_none();
        change(&mut record);
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
    async fn fix_in_state(&self, id: FixId, state: FixState) -> Result<Stored<FixRecord>, EngineError> {
        let key = fix_key(id);
        let row = self.read::<FixRecord>(&key).await?.ok_or(EngineError::NoFix(id.0))?;
        match row.record.fix.state == state {
            true => Ok(row),
            false => Err(EngineError::Commit(CommitError::Conflict {
                table: FixRecord::TABLE,
                key: key.as_bytes().to_vec(),
                expected: Expected::At(row.revision),
                found: Some(row.revision),
            })),
        }
    }

    /// Puts a fix and changes its problem at once, unless the fix is in another state by now than it was looked at in.
    pub(super) async fn put_fix(
        &self,
        from: FixState,
        record: &FixRecord,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord),
    ) -> Result<(), EngineError> {
        let problem = &record.fix.problem;
        let _turn = self.problem_turns.of(Self::problem_turn(problem)).await;
        let row = self.fix_in_state(record.fix.id, from).await?;
        let beside = beside.require_revision::<FixRecord>(&fix_key(record.fix.id), row.revision);
        self.change_problem_now(problem, beside.put(record)?, change).await.map(drop)
    }

    /// A fix is over without having helped, and its problem looks for another.
    ///
    /// # Errors
    /// Among others a conflict, if it is in another state by now: that has to be looked at anew.
    pub(crate) async fn fail_fix(&self, record: &FixRecord, reason: &str) -> Result<(), EngineError> {
        let mut failed = record.clone();
        failed.fix.state = FixState::Failed;
        failed.reason = reason.chars().take(REASON_CHARS_MAX).collect();
        let beside = self.counted(Batch::new(), &failed, false).await?;
        let beside = beside.event(self.told_of(&failed, "fix.failed", reason));
        let (target, now) = (self.target_digest(), self.now());
        self.put_fix(record.fix.state, &failed, beside, |problem| {
            super::record::failed(&mut problem.problem, &failed, target, now);
        })
        .await?;
        failpoint::at("engine.fix-failed.after");
        Ok(())
    }

    /// A fix that nobody waits for and nobody judges is not needed any more, unless it has changed since it was looked at.
    pub(super) async fn void_fix(&self, record: &FixRecord) -> Result<(), EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(&record.fix.problem)).await;
        let (key, problem) = (fix_key(record.fix.id), problem_key(&record.fix.problem));
        let (fix, row) = (self.read::<FixRecord>(&key).await?, self.read::<ProblemRecord>(&problem).await?);
        let (Some(fix), Some(row)) = (fix.filter(|fix| fix.record == *record), row) else { return Ok(()) };
        let (mut voided, mut known) = (fix.record, row.record);
        voided.fix.state = FixState::Voided;
        NOBODY.clone_into(&mut voided.reason);
        if known.problem.open_fix == Some(voided.fix.id) {
            known.problem.open_fix = None;
            let plan = voided.fix.plan.digest();
            known.problem.remember(Tried { fix: voided.fix.id, plan, failed: false });
        }
        let batch = Batch::new()
            .require_revision::<FixRecord>(&key, fix.revision)
            .require_revision::<ProblemRecord>(&problem, row.revision);
        self.store.commit(batch.put(&voided)?.put(&known)?).await?;
        failpoint::at("engine.fix-voided.after");
        Ok(())
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
