//! The loops of an engine: who fills lanes, starts attempts, wakes what waited, and sees to what is due. It must not
//! know what any of that means.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_store::{Key, KeyRange, StoreExt};
use patchbay_tasks::{Illegal, Lane, TaskId};
use tokio::sync::Semaphore;

use crate::cache::Kept;
use crate::caught::caught;
use crate::due::Due;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::flow;
use crate::port::Doing;
use crate::row::{OpenRow, TaskRow, task_key};
use crate::shelf::{Place, Shelf};
use crate::wake::{DEADLINES, WAITS};

/// Places that are read at once.
const PAGE: usize = 256;
/// Tasks that are read at once. Few, so that they need no memory that is new each time.
const AHEAD: usize = 64;
/// Links, checks, problems and schedules that are seen to at one time.
const LINKS: usize = 32;
const CHECKS: usize = 16;
const PROBLEMS: usize = 8;
const SCHEDULES: usize = 32;
/// How often it is looked whether what tasks lacked is there.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The longest sleep of whoever wakes others: the wall clock may have been set.
pub(crate) const SLEEP_MAX: Duration = Duration::from_secs(30);
/// How long a close waits: a worker that is to end may take 60 s, and its end is written then.
const CLOSE: Duration = Duration::from_secs(75);
/// How long it waits for those that are dropped.
const GONE: Duration = Duration::from_secs(5);
/// After something failed, before it is tried again.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Begins: first what an earlier host has left, then everything that is ready. Ends with [`close`](Self::close).
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn start(&self) -> Result<(), EngineError> {
        let inner = &self.inner;
        inner.recover().await?;
        inner.remember_start().await?;
        inner.loop_while(|inner| async move { inner.runs.keep_flushing().await });
        inner.loop_while(|inner| async move { inner.start_attempts().await });
        inner.loop_while(|inner| async move { inner.wake(WAITS).await });
        inner.loop_while(|inner| async move { inner.wake(DEADLINES).await });
        inner.loop_while(|inner| async move { inner.mind_the_clock().await });
        inner.loop_while(|inner| async move { inner.look_again_at_times().await });
        inner.loop_while(|inner| async move { inner.sweep_when_asked().await });
        inner.loop_while(|inner| async move {
            if let Err(error) = inner.know_who_is_waited_for().await {
                tracing::warn!(%error, "who waits for whom could not be read: each end is looked at");
            }
        });
        inner.loop_while(|inner| async move { inner.watch_fixes().await });
        inner.loop_while(|inner| async move { inner.watch_outside().await });
        inner.serve(LINKS, |inner| &inner.links, |inner, link| async move { inner.look_at_link(link).await });
        inner.serve(
            CHECKS,
            |inner| &inner.verifying,
            |inner, id| async move { flow::verify(&inner, id).await },
        );
        inner.serve(
            PROBLEMS,
            |inner| &inner.mending,
            |inner, due| async move { flow::mend(&inner, &due).await },
        );
        inner.loop_while(|inner| async move { inner.wake_schedules().await });
        inner.serve(
            SCHEDULES,
            |inner| &inner.schedules.due,
            |inner, due| async move { inner.look_at_schedule(due).await },
        );
        inner.sweep.notify_one();
        Ok(())
    }

    /// Begins nothing more, gives back what is running, and waits until it is gone: 75 s at most, then whoever goes on is
    /// dropped.
    pub async fn close(&self) {
        self.close_within(CLOSE).await;
    }

    pub(crate) async fn close_within(&self, longest: Duration) {
        let inner = &self.inner;
        failpoint::at("engine.close.begin");
        inner.lanes.close("it is shutting down");
        inner.stop.cancel();
        inner.closing.cancel();
        inner.tracker.close();
        if tokio::time::timeout(longest, inner.tracker.wait()).await.is_err() {
            let left = inner.tracker.len();
            tracing::warn!(left, "what goes on still is given up; it is done anew after the next start");
            inner.gone.cancel();
            if tokio::time::timeout(GONE, inner.tracker.wait()).await.is_err() {
                tracing::warn!(left = inner.tracker.len(), "some of it does not end");
            }
        }
        inner.runs.flush().await;
        failpoint::at("engine.close.end");
    }
}

impl Inner {
    fn loop_while<F>(self: &Arc<Self>, work: impl FnOnce(Arc<Inner>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (work, stop) = (work(self.clone()), self.stop.clone());
        self.tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Waits for it, but not once the close has waited long enough. None: it was dropped.
    pub(crate) async fn unless_gone<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.gone.cancelled() => None,
        }
    }

    /// For what can be done anew: it is dropped as soon as the engine closes.
    ///
    /// # Errors
    /// [`EngineError::Stopping`], if it was.
    pub(crate) async fn unless_closing<T>(&self, work: impl Future<Output = T>) -> Result<T, EngineError> {
        tokio::select! {
            done = work => Ok(done),
            () = self.closing.cancelled() => Err(EngineError::Stopping),
        }
    }

    /// Sees to what is due, so many at one time.
    fn serve<K, F>(
        self: &Arc<Self>,
        at_one_time: usize,
        due: fn(&Inner) -> &Due<K>,
        see_to: fn(Arc<Inner>, K) -> F,
    ) where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        F: Future<Output = Result<(), EngineError>> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(at_one_time));
        self.loop_while(|inner| async move {
            while let Ok(place) = places.clone().acquire_owned().await {
                let key = due(&inner).next().await;
                let (worker, tracker) = (inner.clone(), inner.tracker.clone());
                tracker.spawn(async move {
                    match worker.unless_gone(see_to(worker.clone(), key.clone())).await {
                        None | Some(Ok(()) | Err(EngineError::Stopping)) => {}
                        Some(Err(error)) => {
                            tracing::warn!(%error, "something due could not be done; it is tried again");
                            tokio::time::sleep(PAUSE).await;
                            worker.sweep.notify_one();
                        }
                    }
                    due(&worker).done(&key);
                    drop(place);
                });
            }
        });
    }

    async fn start_attempts(self: Arc<Self>) {
        loop {
            if let Err(error) = self.fill_lanes().await {
                tracing::warn!(%error, "what is ready could not be read; it is tried again");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let options = self.options.load_full();
            while let Some(place) = self.lanes.take(&options) {
                failpoint::at("engine.lane.taken");
                let inner = self.clone();
                self.tracker.spawn(async move { inner.unless_gone(inner.clone().attempt(place)).await });
            }
            if !self.lanes.wants_fill() {
                self.lanes.changed().await;
            }
        }
    }

    async fn attempt(self: Arc<Self>, place: Place) {
        self.see_out(place.id, Box::pin(flow::attempt(&self, place))).await;
    }

    /// Waits for an attempt, which is in a box for it is large, and whoever holds it moves it. When it is over, or there was
    /// none, its place is free.
    pub(crate) async fn see_out(&self, id: TaskId, attempt: Doing<'_, Result<(), EngineError>>) {
        let done = caught(attempt).await.unwrap_or_else(|said| {
            // Its end was not written: the sweep takes its lease back.
            self.running(id).into_iter().for_each(|running| self.end_running(id, running.fence));
            Err(EngineError::Panicked(said))
        });
        match &done {
            // It became something else before it could be claimed, and may be ready again by now.
            Ok(()) | Err(EngineError::Illegal(Illegal::NotNow { .. })) => {}
            // The clock was set, say. If it is ready all the same it waits like what lacks something.
            Err(EngineError::Illegal(refused)) => {
                if let Some(place) = self.ready_place(id).await {
                    self.lanes.hold(place, vec![refused.to_string()]);
                }
            }
            Err(error) => {
                tracing::warn!(task = id.0, %error, "an attempt broke off; it is tried again");
                tokio::time::sleep(PAUSE).await;
            }
        }
        failpoint::at("engine.lane.leave");
        self.lanes.leave(id);
        if done.is_err() {
            // It may have its lease still.
            self.sweep.notify_one();
        }
        // What became ready meanwhile was not taken in while it still had its place.
        if let Some(again) = self.ready_place(id).await
            && self.lanes.missing(id).is_empty()
        {
            self.lanes.offer(again);
        }
    }

    async fn ready_place(&self, id: TaskId) -> Option<Place> {
        let task = self.task(id).await.ok()?;
        Place::of(&task).filter(|place| matches!(place.shelf, Shelf::ReadyFix | Shelf::ReadyRegular))
    }

    async fn fill_lanes(&self) -> Result<(), EngineError> {
        for lane in [Lane::Fix, Lane::Regular] {
            if let Some(from) = self.lanes.begin_fill(lane) {
                let (read, complete) = self.places_on(Shelf::of_lane(lane), from).await?;
                self.read_ahead(&read).await?;
                if self.lanes.was_doubted(lane) {
                    self.count_forgotten(&read).await?;
                }
                self.lanes.fill(lane, &read, complete);
            }
        }
        Ok(())
    }

    /// What became ready just now may have been read before it was offered; what is ready for longer was forgotten.
    async fn count_forgotten(&self, read: &[Place]) -> Result<(), EngineError> {
        for place in read {
            let task = self.task(place.id).await?;
            let is_old = self.now().since(task.changed) >= LOOK_AGAIN;
            if is_old && Place::of(&task) == Some(*place) && self.lanes.missing(place.id).is_empty() {
                self.forgotten.fetch_add(1, Ordering::Relaxed);
                let task = &task.definition.name;
                tracing::error!(%task, "a task was ready and forgotten; it begins now. This is a mistake in Patchbay, please report it");
            }
        }
        Ok(())
    }

    /// The tasks of places that come next, all at once, so that none needs a read of its own.
    pub(crate) async fn read_ahead(&self, places: &[Place]) -> Result<(), EngineError> {
        let unknown = places.iter().map(|place| place.id).filter(|id| !self.cache.has(*id));
        let keys: Vec<Key> = unknown.map(task_key).collect();
        for keys in keys.chunks(AHEAD) {
            let since = self.cache.moment();
            let rows = self.store.read_many::<TaskRow>(keys).await?.into_iter().flatten();
            let read = rows.map(|row| Kept { task: Arc::new(row.record.0), revision: row.revision });
            self.cache.took_in(since, read);
        }
        Ok(())
    }

    /// The next places of a shelf, and whether there are no more.
    pub(crate) async fn places_on(
        &self,
        shelf: Shelf,
        after: Option<Place>,
    ) -> Result<(Vec<Place>, bool), EngineError> {
        let range: KeyRange = shelf.key().prefix();
        let range = after.map_or(range.clone(), |after| range.after(&after.key()));
        let rows = self.store.list::<OpenRow>(range, PAGE).await?;
        let complete = rows.len() < PAGE;
        Ok((rows.into_iter().map(|row| row.record.place).collect(), complete))
    }

    async fn look_again_at_times(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            if self.lanes.holds_any() {
                self.lanes.look_again();
            }
            self.lanes.doubt();
        }
    }
}
