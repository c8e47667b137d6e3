//! After a start, and whenever something did not fit or failed: what the store says is to be done. It must not know how.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_runs::{Ended, Full, Kept, Line, Orphan, RunId, recover};
use patchbay_store::{Batch, Key, StoreExt};
use patchbay_tasks::{Actor, Happening, Task, TaskId, What, due};
use patchbay_types::{NanoUsd, Tokens};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::links::Link;
use crate::row::{Attempt, OpenRow, ProblemRecord, problem_key};
use crate::shelf::{Place, Shelf};

const PAGE: usize = 1_000;
/// Lines of a log that are stored with its attempt.
const LOG_LINES: usize = 10_000;
/// Logs that are read and stored at once.
const LOGS: usize = 16;
/// Between two times that the store is gone over.
const PAUSE: Duration = Duration::from_secs(1);

/// States that ask for something which only memory has been told of.
const ASKING: [Shelf; 5] =
    [Shelf::Pending, Shelf::Verifying, Shelf::Diagnosing, Shelf::FixPlanned, Shelf::Fixing];

impl Inner {
    /// Leases of processes that are gone: their tasks go back. Only one process has a store, so none but its own is live.
    pub(crate) async fn recover(self: &Arc<Self>) -> Result<(), EngineError> {
        failpoint::at("engine.recover.begin");
        let mut logs = self.logs_left().await;
        let mut lost = 0;
        loop {
            let (leased, _) = self.places_on(Shelf::Leased, None).await?;
            if leased.is_empty() {
                break;
            }
            lost += leased.len();
            self.lose_all(&leased, &mut logs).await?;
        }
        loop {
            failpoint::at("engine.recover.stopping");
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
        // Of runs that had ended for the store, but not for their logs.
        for (_, orphan) in logs {
            self.close_log(orphan, Ended::Cancelled).await;
        }
        failpoint::at("engine.recover.end");
        if lost > 0 {
            tracing::info!(lost, "attempts of a host that is gone were taken back");
        }
        Ok(())
    }

    /// All at once, so that they share their commits; those with a log so many at once as may be in memory.
    async fn lose_all(
        self: &Arc<Self>,
        places: &[Place],
        logs: &mut HashMap<RunId, Orphan>,
    ) -> Result<(), EngineError> {
        self.read_ahead(places).await?;
        let (reading, mut losing) = (Arc::new(Semaphore::new(LOGS)), JoinSet::new());
        for place in places {
            let task = self.task(place.id).await?;
            let log = logs.remove(&latest_run(&task));
            let (inner, reading) = (self.clone(), reading.clone());
            losing.spawn(async move {
                let _turn = if log.is_some() { reading.acquire().await.ok() } else { None };
                inner.lose(&task, log).await
            });
        }
        while let Some(lost) = losing.join_next().await {
            lost.map_err(|error| EngineError::Undo(error.to_string()))??;
            failpoint::at("engine.recover.between");
        }
        Ok(())
    }

    async fn lose(&self, task: &Task, log: Option<Orphan>) -> Result<(), EngineError> {
        let left = match log {
            Some(orphan) => self.close_log(orphan, Ended::Lost).await,
            None => (Vec::new(), None),
        };
        let attempt = Attempt {
            task: task.id,
            number: task.tally.attempts,
            fence: task.fence.0,
            plugin: None,
            began: task.changed,
            ended: self.now(),
            outcome: "lost".to_owned(),
            message: "its host ended before it did".to_owned(),
            output: serde_json::Value::Null,
            tokens: Tokens(0),
            cost: NanoUsd(0),
            log: left.0,
            artifacts: left.1.iter().map(|kept| kept.artifact.clone()).collect(),
        };
        let happening = Happening { by: Actor::Host, what: What::WorkerLost { fence: task.fence } };
        match self.happen_with(task.id, happening, Batch::new().put(&attempt)?).await {
            // It ended after all.
            Ok(_) | Err(EngineError::Illegal(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Logs that an earlier process has left, by their runs. That they cannot be read loses no task.
    async fn logs_left(&self) -> HashMap<RunId, Orphan> {
        let spools = self.spools.clone();
        let found = tokio::task::spawn_blocking(move || recover(&spools)).await;
        match found {
            Ok(Ok(orphans)) => orphans.into_iter().map(|orphan| (orphan.run, orphan)).collect(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "logs that an earlier host left are not read");
                HashMap::new()
            }
            Err(_) => HashMap::new(),
        }
    }

    async fn close_log(&self, orphan: Orphan, ended: Ended) -> (Vec<Line>, Option<Kept>) {
        match orphan.close(self.now(), ended, &self.artifacts).await {
            Ok(finished) => {
                let lines = finished.log.tail(LOG_LINES).lines;
                let kept = match finished.full {
                    Full::Kept(kept) => Some(kept),
                    _ => None,
                };
                (lines.into_iter().map(Arc::unwrap_or_clone).collect(), kept)
            }
            Err(error) => {
                tracing::warn!(%error, "a log that an earlier host left is not read");
                (Vec::new(), None)
            }
        }
    }

    pub(crate) async fn sweep_when_asked(self: Arc<Self>) {
        loop {
            self.sweep.notified().await;
            failpoint::at("engine.sweep.begin");
            for shelf in ASKING {
                if let Err(error) = self.go_over(shelf).await {
                    tracing::warn!(%error, "the store could not be gone over; it is tried again");
                    self.sweep.notify_one();
                }
            }
            if let Err(error) = self.go_over_schedules().await {
                tracing::warn!(%error, "the schedules could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            if let Err(error) = self.go_over_problems().await {
                tracing::warn!(%error, "the problems could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A fix that is open may have nobody who waits for it any more: its task succeeded, or was cancelled, and the host
    /// ended before that was seen to.
    async fn go_over_problems(&self) -> Result<(), EngineError> {
        let mut range = Key::new().prefix();
        loop {
            let rows = self.store.list::<ProblemRecord>(range.clone(), PAGE).await?;
            failpoint::at("engine.sweep.problems");
            let problems = rows.iter().map(|row| &row.record.problem);
            for problem in problems.filter(|problem| problem.closed.is_none() && problem.open_fix.is_some()) {
                if !self.push_problem(problem.fingerprint.clone()) {
                    self.sweep.notify_one();
                }
            }
            match rows.last().filter(|_| rows.len() == PAGE) {
                Some(last) => range = range.after(&problem_key(&last.record.problem.fingerprint)),
                None => return Ok(()),
            }
        }
    }

    async fn go_over(&self, shelf: Shelf) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(shelf, after).await?;
            self.read_ahead(&places).await?;
            for place in &places {
                failpoint::at("engine.sweep.each");
                // There may be more of these than fit anywhere, and most of them wait on: they are looked at here.
                if shelf == Shelf::Pending {
                    self.look_now(place.id).await;
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
    /// One that cannot be looked at keeps no other back.
    async fn look_now(&self, id: TaskId) {
        if let Err(error) = self.look_at_link(Link::Dependencies(id)).await {
            tracing::warn!(task = id.0, %error, "whether a task may go on could not be seen; it is tried again");
            self.sweep.notify_one();
        }
    }
}

fn latest_run(task: &Task) -> RunId {
    RunId { task: task.id.0, attempt: task.tally.attempts }
}
