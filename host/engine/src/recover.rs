//! After a start, and whenever something did not fit or failed: what the store says is to be done. It must not know how.

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::Batch;
use patchbay_tasks::{TaskId, What, due};
use tokio::task::JoinSet;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::links::Link;
use crate::row::OpenRow;
use crate::shelf::{Place, Shelf};

/// Between two times that the store is gone over.
const PAUSE: Duration = Duration::from_secs(1);

/// States that ask for something which only memory has been told of.
const ASKING: [Shelf; 5] =
    [Shelf::Pending, Shelf::Verifying, Shelf::Diagnosing, Shelf::FixPlanned, Shelf::Fixing];

impl Inner {
    /// Leases of processes that are gone: their tasks go back. Only one process has a store, so none but its own is live.
    pub(crate) async fn recover(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut lost = 0;
        loop {
            let (leased, _) = self.places_on(Shelf::Leased, None).await?;
            if leased.is_empty() {
                break;
            }
            lost += leased.len();
            self.lose_all(&leased).await?;
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

    /// All at once, so that they share their commits.
    async fn lose_all(self: &Arc<Self>, places: &[Place]) -> Result<(), EngineError> {
        self.read_ahead(places).await?;
        let mut losing = JoinSet::new();
        for id in places.iter().map(|place| place.id) {
            let inner = self.clone();
            losing.spawn(async move { inner.lose(id).await });
        }
        while let Some(lost) = losing.join_next().await {
            lost.map_err(|error| EngineError::Undo(error.to_string()))??;
        }
        Ok(())
    }

    async fn lose(&self, id: TaskId) -> Result<(), EngineError> {
        let task = self.task(id).await?;
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
            self.read_ahead(&places).await?;
            for place in &places {
                // There may be more of these than fit anywhere, and most of them wait on: they are looked at here.
                if shelf == Shelf::Pending {
                    self.look_at_link(Link::Dependencies(place.id)).await?;
                    continue;
                }
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
