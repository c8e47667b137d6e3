//! Changes of a problem or a fix beside those of tasks. It must not know why.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{Fingerprint, FixState, Tried};
use patchbay_types::Event;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, fix_key, problem_key};

impl Inner {
    /// Changes a problem's row in its turn; what else becomes true with it is given.
    pub(crate) async fn change_problem(
        &self,
        problem: &Fingerprint,
        beside: Batch,
        change: impl FnOnce(&mut ProblemRecord),
    ) -> Result<ProblemRecord, EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(problem)).await;
        let key = problem_key(problem);
        let row = self.read::<ProblemRecord>(&key).await?;
        let row = row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))?;
        let mut record = row.record;
        change(&mut record);
        let batch = beside.require_revision::<ProblemRecord>(&key, row.revision).put(&record)?;
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
        let row = self.read::<FixRecord>(&key).await?.ok_or(EngineError::NoFix(record.fix.id.0))?;
        if row.record.fix.state != from {
            return Err(EngineError::Commit(CommitError::Conflict {
                table: patchbay_store::Table("fixes"),
                key: key.as_bytes().to_vec(),
                expected: patchbay_store::Expected::At(row.revision),
                found: Some(row.revision),
            }));
        }
        let mut record = row.record;
        change(&mut record);
        let batch = beside.require_revision::<FixRecord>(&key, row.revision).put(&record)?;
        failpoint::at("engine.fix.before");
        self.store.commit(batch).await?;
        failpoint::at("engine.fix.after");
        Ok(record)
    }

    /// A fix is over without having helped, and its problem looks for another.
    pub(crate) async fn fail_fix(&self, record: &FixRecord, reason: &str) -> Result<(), EngineError> {
        let mut failed = record.clone();
        failed.fix.state = FixState::Failed;
        reason.clone_into(&mut failed.reason);
        let beside = self.counted(Batch::new().put(&failed)?, &failed, false).await?;
        let beside = beside.event(self.told_of(&failed, "fix.failed", reason));
        let (target, now) = (self.target_digest(), self.now());
        self.change_problem(&record.fix.problem, beside, |problem| {
            super::record::failed(&mut problem.problem, &failed, target, now);
        })
        .await?;
        failpoint::at("engine.fix-failed.after");
        Ok(())
    }

    /// A fix that was not begun is not needed any more.
    pub(super) async fn void_fix(&self, record: &FixRecord) -> Result<(), EngineError> {
        let mut voided = record.clone();
        voided.fix.state = FixState::Voided;
        let tried = Tried { fix: record.fix.id, plan: record.fix.plan.digest(), failed: false };
        self.change_problem(&record.fix.problem, Batch::new().put(&voided)?, |problem| {
            if problem.problem.open_fix == Some(tried.fix) {
                problem.problem.open_fix = None;
                problem.problem.remember(tried);
            }
        })
        .await?;
        failpoint::at("engine.fix-voided.after");
        Ok(())
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
