//! After a start, and whenever something did not fit or failed: what the store says is to be done. It must not know how.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_runs::{Ended, Full, Kept, Line, Orphan, RunId, recover};
use patchbay_store::{Batch, KEYS_MAX, Key, StoreExt};
use patchbay_tasks::{Actor, Fingerprint, Happening, Problem, State, Task, TaskId, due};
use patchbay_types::{NanoUsd, Tokens};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::attempt::End;
use crate::budget::LOST;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::links::Link;
use crate::row::{Attempt, OpenProblem, OpenRow, ProblemRecord, attempt_key, problem_key};
use crate::shelf::{Place, Shelf};

const PAGE: usize = 1_000;
/// Lines of a log that are stored with its attempt.
const LOG_LINES: usize = 10_000;
/// Logs that are read and stored at once.
const LOGS: usize = 16;
/// Between two times that the store is gone over.
const PAUSE: Duration = Duration::from_secs(1);

/// States that ask for something which only memory has been told of.
const ASKING: [Shelf; 6] = [
    Shelf::Pending,
    Shelf::Verifying,
    Shelf::Diagnosing,
    Shelf::FixPlanned,
    Shelf::Fixing,
    Shelf::NeedsHuman,
];

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
            for place in &stopping {
                self.keep_left(place.id, &mut logs).await?;
            }
            if complete {
                break;
            }
        }
        self.adopt_outside(&mut logs).await?;
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
            lost.map_err(|error| EngineError::Panicked(error.to_string()))??;
            failpoint::at("engine.recover.between");
        }
        Ok(())
    }

    async fn lose(&self, task: &Task, log: Option<Orphan>) -> Result<(), EngineError> {
        let attempt = self.lost_with(task, "its host ended before it did", log).await;
        self.take_back(task, attempt).await
    }

    /// An attempt that was stopped, and whose host ended before it had written that: what it said is kept.
    async fn keep_left(&self, id: TaskId, logs: &mut HashMap<RunId, Orphan>) -> Result<(), EngineError> {
        let Some(task) = self.left_unwritten(id).await? else {
            let gone = Batch::new().delete::<OpenRow>(&Place::stopping(id).key());
            return self.store.commit(gone.essential()).await.map(drop).map_err(EngineError::from);
        };
        let log = logs.remove(&latest_run(&task));
        let attempt = self.lost_with(&task, "it was stopped, and its host ended before it did", log).await;
        self.keep_stopped(&attempt.bounded()).await
    }

    /// The task, if its latest attempt is over and was not written.
    async fn left_unwritten(&self, id: TaskId) -> Result<Option<Arc<Task>>, EngineError> {
        let task = self.kept(id).await?.map(|kept| kept.task.clone());
        let Some(task) = task.filter(|task| !matches!(task.state, State::Leased { .. })) else {
            return Ok(None);
        };
        let written = self.read::<Attempt>(&attempt_key(id, task.tally.attempts)).await?;
        Ok(written.is_none().then_some(task))
    }

    async fn lost_with(&self, task: &Task, message: &str, log: Option<Orphan>) -> Attempt {
        let (log, kept) = match log {
            Some(orphan) => self.close_log(orphan, Ended::Lost).await,
            None => (Vec::new(), None),
        };
        let artifacts = kept.iter().map(|kept| kept.artifact.clone()).collect();
        Attempt { log, artifacts, ..self.lost(task, message) }
    }

    /// An attempt of which no more is known than its task says.
    fn lost(&self, task: &Task, message: &str) -> Attempt {
        Attempt {
            task: task.id,
            number: task.tally.attempts,
            fence: task.fence.0,
            plugin: None,
            began: task.changed,
            ended: self.now(),
            outcome: LOST.to_owned(),
            message: message.to_owned(),
            output: serde_json::Value::Null,
            said: None,
            tokens: Tokens(0),
            cost: NanoUsd(0),
            log: Vec::new(),
            artifacts: Vec::new(),
        }
    }

    async fn take_back(&self, task: &Task, attempt: Attempt) -> Result<(), EngineError> {
        let happening = Happening { by: Actor::Host, what: self.lost_worker(task.fence) };
        let end = End { task: task.id, happening, attempt: attempt.bounded() };
        match self.tell_end(&end).await {
            // It ended after all.
            Ok(_) | Err(EngineError::Illegal(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Leases of this host whose attempt broke off: nobody else would come back to them.
    async fn go_over_leases(&self) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(Shelf::Leased, after).await?;
            for place in &places {
                self.look_at_lease(*place).await?;
            }
            after = places.last().copied();
            if complete {
                return Ok(());
            }
        }
    }

    /// An attempt has its place from before it has its lease until its end is written.
    async fn look_at_lease(&self, place: Place) -> Result<(), EngineError> {
        let lease = self.read::<OpenRow>(&place.key()).await?.and_then(|row| row.record.lease);
        let task = self.task(place.id).await?;
        let is_own = lease.is_some_and(|lease| {
            lease.fence == task.fence && lease.holder.incarnation == self.holder.incarnation
        });
        if !is_own || self.lanes.has_place(place.id) {
            return Ok(());
        }
        tracing::warn!(task = place.id.0, "a task was leased to this host, and no attempt at it goes on");
        self.take_back(&task, self.lost(&task, "it broke off, and its end could not be written")).await
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

    pub(crate) async fn close_log(&self, orphan: Orphan, ended: Ended) -> (Vec<Line>, Option<Kept>) {
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
            if let Err(error) = self.go_over_leases().await {
                tracing::warn!(%error, "the leases could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            if let Err(error) = self.go_over_schedules().await {
                tracing::warn!(%error, "the schedules could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            if let Err(error) = self.go_over_problems().await {
                tracing::warn!(%error, "the problems could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            if let Err(error) = self.go_over_waits().await {
                tracing::warn!(%error, "who waits for problems could not be gone over; it is tried again");
                self.sweep.notify_one();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Of problems that are open: those with a fix, and those that no task has. The host may have ended before somebody's
    /// leaving was seen to.
    async fn go_over_problems(&self) -> Result<(), EngineError> {
        let mut range = Key::new().prefix();
        loop {
            let rows = self.store.list::<OpenProblem>(range.clone(), PAGE).await?;
            failpoint::at("engine.sweep.problems");
            let open: Vec<Fingerprint> = rows.into_iter().map(|row| row.record.problem).collect();
            for record in self.problems_named(&open).await? {
                self.go_over_problem(record.problem).await?;
            }
            match open.last().filter(|_| open.len() == PAGE) {
                Some(last) => range = range.after(&problem_key(last)),
                None => return Ok(()),
            }
        }
    }

    async fn go_over_problem(&self, problem: Problem) -> Result<(), EngineError> {
        let is_left = problem.open_fix.is_none() && !self.is_waited_for(&problem.fingerprint).await?;
        let is_wanted = problem.open_fix.is_some() || is_left;
        if is_wanted && !self.push_problem(problem.fingerprint) {
            self.sweep.notify_one();
        }
        Ok(())
    }

    /// Their rows, in this order.
    pub(crate) async fn problems_named(
        &self,
        names: &[Fingerprint],
    ) -> Result<Vec<ProblemRecord>, EngineError> {
        let mut records = Vec::with_capacity(names.len());
        for names in names.chunks(KEYS_MAX) {
            let keys: Vec<Key> = names.iter().map(problem_key).collect();
            let rows = self.store.read_many::<ProblemRecord>(&keys).await?;
            records.extend(rows.into_iter().flatten().map(|row| row.record));
        }
        Ok(records)
    }

    async fn go_over(&self, shelf: Shelf) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(shelf, after).await?;
            self.read_ahead(&places).await?;
            for place in &places {
                failpoint::at("engine.sweep.each");
                // There may be more of these than fit anywhere, and most of them wait on: they are looked at here.
                if matches!(shelf, Shelf::Pending | Shelf::NeedsHuman) {
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
