//! The open fix of a problem that a person ends, whatever it is at: the action that is being done comes to its end or is
//! dropped, what it did is written down, its tasks are not needed any more. It must not know why the problem ends.

use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Fingerprint, FixId};

use super::acting::{Halting, STOP_GRACE};
use super::over::voided;
use super::record::Held;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, fix_key, problem_key};

/// How long is waited for an action to be over: what it did has to be written, too.
const HALT_MAX: Duration = STOP_GRACE.saturating_mul(4);

/// A problem without anybody who does something about it, until this is dropped.
pub(crate) struct Halted<'a> {
    /// What the problem's row has to name still.
    pub(crate) fix: Option<FixId>,
    /// Voids it, if it is as it was.
    pub(crate) batch: Batch,
    _turn: Option<(Halting<'a>, Held<'a>)>,
}

impl Inner {
    /// # Errors
    /// If there is no such problem, or the action does not end.
    pub(crate) async fn halt(&self, problem: &Fingerprint, reason: &str) -> Result<Halted<'_>, EngineError> {
        let row = self.read::<ProblemRecord>(&problem_key(problem)).await?;
        let row = row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))?;
        let Some(fix) = row.record.problem.open_fix else {
            return Ok(Halted { fix: None, batch: Batch::new(), _turn: None });
        };
        let turn = self.turn_to_halt(fix).await?;
        let batch = self.void(fix, reason).await?;
        failpoint::at("engine.halt.after");
        Ok(Halted { fix: Some(fix), batch, _turn: Some(turn) })
    }

    async fn turn_to_halt(&self, fix: FixId) -> Result<(Halting<'_>, Held<'_>), EngineError> {
        let halting = self.acting.halt(fix);
        match tokio::time::timeout(HALT_MAX, self.fix_turns.of(fix.0)).await {
            Ok(turn) => Ok((halting, turn)),
            Err(_) => Err(EngineError::FixBusy { fix: fix.0, seconds: HALT_MAX.as_secs() }),
        }
    }

    /// Its tasks are voided before it is: a host that dies between finds a fix whose task is gone, and ends it.
    async fn void(&self, id: FixId, reason: &str) -> Result<Batch, EngineError> {
        let key = fix_key(id);
        let Some(row) = self.read::<FixRecord>(&key).await?.filter(|row| row.record.fix.state.is_open())
        else {
            return Ok(Batch::new());
        };
        let record = self.settle_begun(row.record).await?;
        self.void_subtasks(&record, reason).await?;
        let row = self.fix_in_state(id, record.fix.state).await?;
        let batch = self.left_behind(Batch::new(), &row.record, reason);
        Ok(batch.require_revision::<FixRecord>(&key, row.revision).put(&voided(row.record, reason))?)
    }
}
