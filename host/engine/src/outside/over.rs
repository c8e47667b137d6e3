//! An attempt outside is over: its end is written, and if it cannot be, again. What was said to be done is never done anew
//! because of that. It must not know who says it, nor what is written.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Fence, Stuck, TaskId};

use super::Held;
use crate::attempt::{Claimed, Ending, Said, may_pass};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::runner::PAUSE;

/// Why the host itself ends an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// Its task was stopped before, or its worker is to stop: the task goes back.
    Released,
    /// Its worker shows no progress.
    Stuck(Stuck),
    /// Its lease has run out.
    Lost,
}

impl Inner {
    /// By the word of whoever makes it. Of two at one time the second waits. False: this fence has no attempt that goes on,
    /// or other words have ended it.
    ///
    /// # Errors
    /// If it cannot be written now. What may pass is written by the [watcher](Inner::watch_outside) if nobody says it again.
    pub(crate) async fn end_as_said(
        &self,
        id: TaskId,
        fence: Fence,
        said: Said,
    ) -> Result<bool, EngineError> {
        let _turn = self.outside.ends.of(id.0).await;
        let digest = said.digest();
        let is_same = |ending: &Arc<Ending>| ending.said() == Some(digest);
        let Some(held) = self.outside.take(id, fence, |held| held.ending.as_ref().is_none_or(is_same)) else {
            return Ok(false);
        };
        failpoint::at("engine.outside.end.taken");
        let ending = match held.ending.clone() {
            Some(ending) => ending,
            None => Arc::new(self.ending_as_said(&held.claimed, said).await),
        };
        match self.write_ending(&ending).await {
            Ok(()) => Ok(true),
            Err(error) => {
                self.outside.put(id, self.kept_for_later(held, ending, &error));
                Err(error)
            }
        }
    }

    fn kept_for_later(&self, held: Held, ending: Arc<Ending>, error: &EngineError) -> Held {
        match may_pass(error) {
            true => Held { ending: Some(ending), until: self.clock.monotonic() + PAUSE, ..held },
            false => held,
        }
    }

    /// By the host; what its worker has said of its end counts before that. False: this fence has no attempt that goes on.
    ///
    /// # Errors
    /// If it cannot be written now: the attempt stays.
    pub(crate) async fn end_for(&self, id: TaskId, fence: Fence, why: Why) -> Result<bool, EngineError> {
        let _turn = self.outside.ends.of(id.0).await;
        let now = self.clock.monotonic();
        let Some(held) = self.outside.take(id, fence, |held| why != Why::Lost || held.until <= now) else {
            return Ok(false);
        };
        let ending = match held.ending.clone() {
            Some(ending) => ending,
            None => Arc::new(self.ending_for(&held.claimed, why).await),
        };
        let written = self.write_ending(&ending).await;
        if written.is_err() {
            // Nobody else would come back to it.
            self.outside.put(id, held);
        }
        written.map(|()| true)
    }

    async fn ending_for(&self, claimed: &Claimed, why: Why) -> Ending {
        match why {
            Why::Released => self.ending_released(claimed).await,
            Why::Stuck(stuck) => self.ending_stuck(claimed, stuck).await,
            Why::Lost => {
                failpoint::at("engine.outside.lost");
                self.ending_lost(claimed).await
            }
        }
    }
}
