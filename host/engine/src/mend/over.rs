//! The ends of a fix: what becomes of its row, of its problem and of what is known of its plan is one change. It must not
//! know who ends it.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError, Record};
use patchbay_tasks::{Action, FixState, Tried};
use patchbay_types::{Report, Severity};

use super::change::NOBODY;
use crate::engine::{CONFLICTS_MAX, Inner};
use crate::error::EngineError;
use crate::row::{FixRecord, KnownFix, ProblemRecord, fix_key, problem_key};

/// Characters of why a fix failed.
const REASON_CHARS_MAX: usize = 4_000;

/// What came of a plan, for whoever counts how often it helps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Came {
    Held,
    Failed,
    /// It is not to be proposed again.
    TakenBack,
    /// Nothing that counts.
    Nothing,
}

impl Inner {
    /// Changes a fix, its problem and what is known of its plan at once. Whoever else counts the same known fix meanwhile
    /// comes first, and this is counted on top.
    ///
    /// # Errors
    /// Among others a conflict, if the fix is in another state by now: that has to be looked at anew.
    pub(crate) async fn end_fix(
        &self,
        seen: &FixRecord,
        came: Came,
        beside: Batch,
        fix: impl Fn(&mut FixRecord),
        problem: impl Fn(&mut ProblemRecord),
    ) -> Result<FixRecord, EngineError> {
        let mut tries = 0;
        loop {
            let counted = self.counted(beside.clone(), seen, came).await?;
            match self.change_both(seen, counted, &fix, &problem).await {
                Err(error) if is_miscounted(&error) && tries < CONFLICTS_MAX => tries += 1,
                ended => return ended,
            }
        }
    }

    /// A fix is over without having helped, and its problem looks for another.
    ///
    /// # Errors
    /// As [`end_fix`](Self::end_fix).
    pub(crate) async fn fail_fix(&self, seen: &FixRecord, reason: &str) -> Result<(), EngineError> {
        let beside = Batch::new().event(self.told_of(seen, "fix.failed", reason));
        let beside = self.left_behind(beside, seen, reason);
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        let (target, now) = (self.target_digest(), self.now());
        let fail = |record: &mut FixRecord| {
            record.fix.state = FixState::Failed;
            record.begun = false;
            record.reason.clone_from(&reason);
        };
        let failed = |problem: &mut ProblemRecord| {
            super::record::failed(&mut problem.problem, seen, target, now);
        };
        self.end_fix(seen, Came::Failed, beside, fail, failed).await?;
        failpoint::at("engine.fix-failed.after");
        Ok(())
    }

    /// A fix that nobody waits for and nobody judges is not needed any more, unless it has changed since it was looked at.
    pub(super) async fn void_fix(&self, record: &FixRecord) -> Result<(), EngineError> {
        let _turn = self.problem_turns.of(Self::problem_turn(&record.fix.problem)).await;
        let (key, problem) = (fix_key(record.fix.id), problem_key(&record.fix.problem));
        let (fix, row) = (self.read::<FixRecord>(&key).await?, self.read::<ProblemRecord>(&problem).await?);
        let (Some(fix), Some(row)) = (fix.filter(|fix| fix.record == *record), row) else { return Ok(()) };
        let (voided, mut known) = (voided(fix.record, NOBODY), row.record);
        if known.problem.open_fix == Some(voided.fix.id) {
            known.problem.open_fix = None;
            let plan = voided.fix.plan.digest();
            known.problem.remember(Tried { fix: voided.fix.id, plan, failed: false });
        }
        let batch = Batch::new()
            .require_revision::<FixRecord>(&key, fix.revision)
            .require_revision::<ProblemRecord>(&problem, row.revision);
        let batch = self.left_behind(batch, &voided, NOBODY);
        self.store.commit(batch.put(&voided)?.put(&known)?).await?;
        failpoint::at("engine.fix-voided.after");
        Ok(())
    }

    /// A plan that ends before all of it was done may have changed something outside: that stays, and a person is told
    /// how it is taken back.
    pub(super) fn left_behind(&self, batch: Batch, record: &FixRecord, why: &str) -> Batch {
        let done = record.results.len() + usize::from(record.begun);
        let mut outside = record.fix.plan.actions.iter().take(done).filter(|action| is_outside(action));
        if outside.next().is_none() {
            return batch;
        }
        let (id, all) = (record.fix.id, record.fix.plan.actions.len());
        batch.report(Report {
            at: self.now(),
            severity: Severity::Warning,
            subject: format!("fix/{id}"),
            title: format!("Fix {id} ended, and what it did stays: {}", record.fix.plan.title),
            body: format!(
                "It ended because: {why}.\nOf its {all} actions, {done} had been done or begun.\n\nSee it: patchbay fix show \
                 {id}\nTake it back: patchbay fix undo {id}"
            ),
        })
    }
}

/// Not wanted any more; what it did stays in its row.
pub(super) fn voided(mut record: FixRecord, reason: &str) -> FixRecord {
    record.fix.state = FixState::Voided;
    reason.clone_into(&mut record.reason);
    record
}

/// Whether somebody else does it, outside of tasks and the store.
pub(super) fn is_outside(action: &Action) -> bool {
    !matches!(
        action,
        Action::Retry { .. }
            | Action::SetInput { .. }
            | Action::Kill { .. }
            | Action::Subtask { .. }
            | Action::Notify { .. }
            | Action::Escalate { .. }
    )
}

fn is_miscounted(error: &EngineError) -> bool {
    matches!(error, EngineError::Commit(CommitError::Conflict { table, .. }) if *table == KnownFix::TABLE)
}
