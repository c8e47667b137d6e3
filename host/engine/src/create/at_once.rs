//! A task that is made where nobody waits and a place is free begins in the same transaction: it need not wait for a
//! second one. It must not know how an attempt goes on.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Task, awaits_deadline, next};
use tokio::sync::oneshot;

use super::make::Made;
use crate::attempt::Claim;
use crate::budget::Allowance;
use crate::caught::caught;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::flow;
use crate::shelf::{Place, Shelf};

type Answer = Result<Arc<Task>, EngineError>;

/// A place that is kept for a task which is yet to be made.
pub(super) struct Seat {
    place: Place,
    allowance: Allowance,
}

impl Inner {
    /// None: it has to wait like all others, or somebody has to hear why it cannot begin.
    pub(super) async fn seat(&self, task: &Task) -> Result<Option<Seat>, EngineError> {
        let is_of_lane = |place: &Place| matches!(place.shelf, Shelf::ReadyFix | Shelf::ReadyRegular);
        let Some(place) = Place::of(task).filter(is_of_lane) else { return Ok(None) };
        if awaits_deadline(task).is_some_and(|deadline| deadline <= self.now()) {
            return Ok(None);
        }
        let Ok(allowance) = self.budget_left(task).await? else { return Ok(None) };
        if !self.skills.missing(task).await.is_empty() {
            return Ok(None);
        }
        let is_free = self.lanes.take_at_once(place, &self.options.load());
        Ok(is_free.then_some(Seat { place, allowance }))
    }

    /// Makes the task with its lease. Whoever waits for it may go: it is made all the same, and its attempt goes on.
    pub(super) async fn create_begun(&self, made: Made, seat: Seat) -> Answer {
        let inner = self.me.upgrade().ok_or(EngineError::Stopping)?;
        let (said, hears) = oneshot::channel();
        let attempt = Box::pin(inner.clone().make_and_attempt(made, seat, said));
        self.tracker.spawn(async move { inner.unless_gone(attempt).await });
        hears.await.unwrap_or(Err(EngineError::Stopping))
    }

    async fn make_and_attempt(self: Arc<Self>, made: Made, seat: Seat, said: oneshot::Sender<Answer>) {
        let id = seat.place.id;
        let leased = caught(self.make_leased(made, seat)).await;
        match leased.unwrap_or_else(|said| Err(EngineError::Undo(format!("it panicked: {said}")))) {
            Ok((task, claimed)) => {
                // They may have gone.
                let _ = said.send(Ok(task));
                self.see_out(id, flow::work(&self, claimed)).await;
            }
            Err(error) => {
                self.lanes.leave(id);
                let _ = said.send(Err(error));
            }
        }
    }

    async fn make_leased(
        &self,
        mut made: Made,
        seat: Seat,
    ) -> Result<(Arc<Task>, crate::attempt::Claimed), EngineError> {
        let claim = Claim::of(self, &made.task, seat.allowance).await?;
        made.happens(next(&made.task, &claim.happening(self), self.now())?);
        let (new, batch) = made.written()?;
        let revision = self.commit_new(batch).await?;
        let task = self.begin(new, revision);
        failpoint::at("engine.create.begun");
        let claimed = claim.granted(self, task.clone());
        Ok((task, claimed))
    }
}
