//! A task that is made where nobody waits and a place is free begins in the same transaction: it need not wait for a
//! second one. It must not know how an attempt goes on.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Task, awaits_deadline, next};
use tokio::sync::oneshot;

use super::make::Made;
use crate::attempt::{Claim, Claimed};
use crate::budget::Allowance;
use crate::caught::caught;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flow;
use crate::shelf::{Place, Shelf};

type Answer = Result<Arc<Task>, EngineError>;

/// A place that is kept for a task which is yet to be made. Dropped, it is free again.
pub(super) struct Seat {
    engine: Arc<Inner>,
    place: Place,
    allowance: Allowance,
    /// An attempt has it, and gives it back.
    is_taken: bool,
}

impl Inner {
    /// None: it has to wait like all others, or somebody has to hear why it cannot begin.
    pub(super) async fn seat(&self, task: &Task) -> Result<Option<Seat>, EngineError> {
        let is_of_lane = |place: &Place| matches!(place.shelf, Shelf::ReadyFix | Shelf::ReadyRegular);
        let Some(place) = Place::of(task).filter(is_of_lane) else { return Ok(None) };
        let engine = self.me.upgrade().ok_or(EngineError::Stopping)?;
        if !self.lanes.take_at_once(place, &self.options.load()) {
            return Ok(None);
        }
        let mut seat = Seat { engine, place, allowance: Allowance::default(), is_taken: false };
        if awaits_deadline(task).is_some_and(|deadline| deadline <= self.now()) {
            return Ok(None);
        }
        let Ok(allowance) = self.budget_left(task).await? else { return Ok(None) };
        // A preflight that panics is the lane's to tell.
        let begins =
            caught(async { self.skills.missing(task).await }).await.is_ok_and(|missing| missing.is_empty());
        seat.allowance = allowance;
        Ok(begins.then_some(seat))
    }

    /// Makes the task with its lease. Whoever waits for it may go: it is made all the same, and its attempt goes on.
    pub(super) async fn create_begun(&self, made: Made, seat: Seat) -> Answer {
        let inner = seat.engine.clone();
        let (said, hears) = oneshot::channel();
        let attempt = Box::pin(inner.clone().make_and_attempt(made, seat, said));
        self.tracker.spawn(async move { inner.unless_gone(attempt).await });
        hears.await.unwrap_or(Err(EngineError::Stopping))
    }

    async fn make_and_attempt(self: Arc<Self>, made: Made, mut seat: Seat, said: oneshot::Sender<Answer>) {
        let leased = caught(self.make_leased(made, seat.allowance)).await;
        match leased.unwrap_or_else(|said| Err(EngineError::Panicked(said))) {
            Ok((task, claimed)) => {
                // They may have gone.
                let _ = said.send(Ok(task));
                seat.is_taken = true;
                self.see_out(seat.place.id, Box::pin(flow::work(&self, claimed))).await;
            }
            Err(error) => {
                // First, so that whoever hears of it finds the place free.
                drop(seat);
                let _ = said.send(Err(error));
            }
        }
    }

    async fn make_leased(
        &self,
        mut made: Made,
        allowance: Allowance,
    ) -> Result<(Arc<Task>, Claimed), EngineError> {
        let claim = Claim::of(self, &made.task, allowance).await?;
        made.happens(next(&made.task, &claim.happening(self), self.now())?);
        let (new, batch) = made.written()?;
        let revision = self.commit_new(batch).await?;
        let task = self.begin(new, revision);
        failpoint::at("engine.create.begun");
        let claimed = claim.granted(self, task.clone());
        Ok((task, claimed))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_taken {
            self.engine.lanes.leave(self.place.id);
        }
    }
}
