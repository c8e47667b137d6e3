//! What was set by a clock that was ahead, once it is right again: it would wait for as long as the clock was ahead. A
//! task's wait begins again, as long as it was; a schedule is planned anew. Leases, pauses of the gate and clocks of a run
//! need nothing: they are measured, or asked anew each time. It must not know how long anything waits.

use std::sync::Arc;
use std::time::Duration;

use patchbay_tasks::What;
use tokio::task::JoinSet;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::runner::{PAUSE, SLEEP_MAX};
use crate::shelf::{Place, Shelf};

/// At a start only schedules that are due later than this are planned anew: most are due sooner, and few need it.
const FAR: Duration = Duration::from_secs(24 * 3_600);

impl Inner {
    /// At the start, since an earlier host's clock may have been ahead; then whenever the clock was set back.
    pub(crate) async fn mind_the_clock(self: Arc<Self>) {
        let mut far = FAR;
        loop {
            if let Err(error) = self.begin_waits_again().await {
                tracing::warn!(%error, "what waits by a clock that was ahead could not be set right; it is tried again");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if let Err(error) = self.plan_schedules_again(far).await {
                tracing::warn!(%error, "schedules could not be planned anew; it is tried again");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            self.until_set_back().await;
            tracing::info!("the clock was set back: what waits is looked at again");
            far = Duration::ZERO;
        }
    }

    async fn until_set_back(&self) {
        loop {
            tokio::select! {
                () = self.wall.set_back() => return,
                // Nobody else may ask for the time.
                () = tokio::time::sleep(SLEEP_MAX) => drop(self.now()),
            }
        }
    }

    async fn begin_waits_again(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(Shelf::Backoff, after).await?;
            self.begin_again(&places).await?;
            after = places.last().copied();
            if complete {
                return Ok(());
            }
        }
    }

    /// All at once, so that they share their commits.
    async fn begin_again(self: &Arc<Self>, places: &[Place]) -> Result<(), EngineError> {
        self.read_ahead(places).await?;
        let (now, mut told) = (self.now(), JoinSet::new());
        for place in places {
            let task = self.task(place.id).await?;
            if now < task.changed {
                let inner = self.clone();
                told.spawn(async move { inner.said(task.id, What::ClockSetBack).await });
            }
        }
        while let Some(one) = told.join_next().await {
            one.map_err(|error| EngineError::Panicked(error.to_string()))??;
        }
        Ok(())
    }
}
