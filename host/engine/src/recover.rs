//! After a start, and whenever something did not fit or failed: what the store says is to be done. It must not know how.

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{Batch, StoreExt};
use patchbay_tasks::{What, due};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::OpenRow;
use crate::shelf::{Place, Shelf};

const PAGE: usize = 1_000;
/// Between two times that the store is gone over.
const PAUSE: Duration = Duration::from_secs(1);

/// States that ask for something which only memory has been told of.
const ASKING: [Shelf; 5] =
    [Shelf::Pending, Shelf::Verifying, Shelf::Diagnosing, Shelf::FixPlanned, Shelf::Fixing];

impl Inner {
    /// Leases of processes that are gone: their tasks go back. Only one process has a store, so none but its own is live.
    pub(crate) async fn recover(&self) -> Result<(), EngineError> {
        let mut lost = 0;
        loop {
            let rows = self.store.list::<OpenRow>(Shelf::Leased.key().prefix(), PAGE).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                self.lose(&row.record).await?;
                lost += 1;
            }
        }
        loop {
            let (stopping, complete) = self.places_on(Shelf::Stopping, None).await?;
            let gone = stopping
                .iter()
                .fold(Batch::new(), |batch, place: &Place| batch.delete::<OpenRow>(&place.key()));
            if !stopping.is_empty() {
                self.store.commit(gone).await?;
            }
            if complete {
                break;
            }
        }
        if lost > 0 {
            tracing::info!(lost, "attempts of a host that is gone were taken back");
        }
        Ok(())
    }

    async fn lose(&self, row: &OpenRow) -> Result<(), EngineError> {
        let task = self.task(row.place.id).await?;
        self.happen(task.id, patchbay_tasks::Actor::Host, What::WorkerLost { fence: task.fence }).await?;
        Ok(())
    }

    pub(crate) async fn sweep_when_asked(self: Arc<Self>) {
        loop {
            self.sweep.notified().await;
            for shelf in ASKING {
                if let Err(error) = self.go_over(shelf).await {
                    tracing::warn!(%error, "the store could not be gone over; it is tried again");
                    self.sweep.notify_one();
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn go_over(&self, shelf: Shelf) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(shelf, after).await?;
            for place in &places {
                let task = self.task(place.id).await?;
                due(&task.state).iter().for_each(|effect| self.see_to(&task, effect));
                if shelf == Shelf::Fixing {
                    let problem = task.state.problem().cloned();
                    problem.into_iter().for_each(|problem| {
                        self.push_problem(problem);
                    });
                }
            }
            after = places.last().copied();
            if complete {
                return Ok(());
            }
        }
    }
}
