//! The end of an attempt is written, and if it cannot be, again: a task whose end is lost would stay leased. It must not
//! know what came of the attempt.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{Happening, Task, TaskId};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{Attempt, OpenRow};
use crate::runner::PAUSE;
use crate::shelf::Place;

/// How often the end of an attempt is tried to be written once the engine closes; until then as often as it takes.
const TRIES_AT_CLOSE: u32 = 3;
/// Lines of a log that are stored with its attempt while the disk is full, the newest.
const LINES_WHEN_FULL: usize = 100;

/// What is written of an attempt that is over.
pub(crate) struct End {
    pub(crate) task: TaskId,
    pub(crate) happening: Happening,
    pub(crate) attempt: Attempt,
}

impl Inner {
    /// Until it is written. The attempt keeps its place meanwhile, so no more ends wait than there are places.
    ///
    /// # Errors
    /// If it can never be written, or the engine closes: then its lease is found by the sweep, or by the next host.
    pub(super) async fn keep_end(&self, end: &End) -> Result<Option<Arc<Task>>, EngineError> {
        let mut tries_at_close = 0;
        loop {
            let error = match self.write_end(end).await {
                Ok(told) => return Ok(told),
                Err(error) => error,
            };
            tries_at_close += u32::from(self.stop.is_cancelled());
            if !may_pass(&error) || tries_at_close >= TRIES_AT_CLOSE {
                return Err(error);
            }
            tracing::warn!(task = end.task.0, %error, "the end of an attempt could not be written; it is tried again");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// None: its task was stopped before, and what it said is kept.
    pub(super) async fn write_end(&self, end: &End) -> Result<Option<Arc<Task>>, EngineError> {
        match self.tell_end(end).await {
            Err(EngineError::Illegal(_)) => {
                failpoint::at("engine.settle.stopped");
                self.keep_stopped(&end.attempt).await.map(|()| None)
            }
            told => told.map(Some),
        }
    }

    /// On a full disk with the end of its log alone, from the room that is kept for such.
    pub(crate) async fn tell_end(&self, end: &End) -> Result<Arc<Task>, EngineError> {
        let whole = Batch::new().put(&end.attempt)?;
        match self.happen_with(end.task, end.happening.clone(), whole).await {
            Err(EngineError::Commit(CommitError::Full)) => {
                let short = Batch::new().put(&short(&end.attempt))?.essential();
                self.happen_with(end.task, end.happening.clone(), short).await
            }
            told => told,
        }
    }

    /// The attempt of a worker that was stopped: what it says does not count any more, but what it said is kept.
    pub(crate) async fn keep_stopped(&self, attempt: &Attempt) -> Result<(), EngineError> {
        let gone = Place::stopping(attempt.task).key();
        let whole = Batch::new().put(attempt)?.delete::<OpenRow>(&gone);
        let kept = match self.store.commit(whole).await {
            Err(CommitError::Full) => {
                let short = Batch::new().put(&short(attempt))?.delete::<OpenRow>(&gone);
                self.store.commit(short.essential()).await
            }
            kept => kept,
        };
        kept.map(drop).map_err(EngineError::from)
    }
}

fn short(attempt: &Attempt) -> Attempt {
    let mut short = attempt.clone();
    short.log.drain(..short.log.len().saturating_sub(LINES_WHEN_FULL));
    short
}

/// Whether the same may be written later. What is too large stays so, and a store that has stopped does not come back.
pub(crate) fn may_pass(error: &EngineError) -> bool {
    match error {
        EngineError::Commit(error) => matches!(error, CommitError::Full | CommitError::Conflict { .. }),
        error => matches!(error, EngineError::Read(_)),
    }
}
