//! Wakes tasks whose moment has come: the end of a wait, a deadline. It must not know what a task makes of it.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Actor, Illegal, What};

use crate::alarm::Alarm;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::runner::{PAUSE, SLEEP_MAX};
use crate::shelf::{Place, Shelf};

/// What tasks wait for in the order of time, and what they hear then.
#[derive(Clone, Copy)]
pub(crate) struct Waker {
    shelf: Shelf,
    alarm: fn(&Inner) -> &Alarm<Place>,
    says: fn() -> What,
}

/// Ends of waits.
pub(crate) const WAITS: Waker =
    Waker { shelf: Shelf::Backoff, alarm: |inner| &inner.alarm, says: || What::BackoffOver };

/// Deadlines: also those that passed while no host was there.
pub(crate) const DEADLINES: Waker =
    Waker { shelf: Shelf::Deadline, alarm: |inner| &inner.deadlines, says: || What::DeadlinePassed };

impl Inner {
    /// Sleeps until the first moment; also now and then, since the wall clock may have been set.
    pub(crate) async fn wake(self: Arc<Self>, waker: Waker) {
        let alarm = (waker.alarm)(&self);
        loop {
            if let Some(from) = alarm.begin_fill() {
                match self.places_on(waker.shelf, from).await {
                    Ok((read, complete)) => alarm.fill(&read, complete),
                    Err(error) => {
                        tracing::warn!(%error, "what waits could not be read; it is tried again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                continue;
            }
            while let Some(place) = alarm.take_due(self.now()) {
                failpoint::at("engine.wake.taken");
                if let Err(error) = self.wake_one(waker, place).await {
                    tracing::warn!(%error, "a task that waited could not be woken; it is tried again");
                    tokio::time::sleep(PAUSE).await;
                    alarm.offer(place);
                }
            }
            let sleep = alarm.next().map(|next| next.since(self.now()).min(SLEEP_MAX));
            tokio::select! {
                () = alarm.changed() => {}
                () = tokio::time::sleep(sleep.unwrap_or(SLEEP_MAX)), if sleep.is_some() => {}
            }
        }
    }

    /// That it has nothing to wait for any more is no mistake.
    pub(crate) async fn wake_one(&self, waker: Waker, place: Place) -> Result<(), EngineError> {
        match self.happen(place.id, Actor::Host, (waker.says)()).await {
            // The clock was set back in between.
            Err(EngineError::Illegal(Illegal::TooEarly { .. })) => {
                (waker.alarm)(self).offer(place);
                Ok(())
            }
            Ok(_) | Err(EngineError::Illegal(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
