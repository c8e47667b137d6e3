//! A clock that was ahead, and one that is set back.

use std::sync::atomic::{AtomicBool, Ordering};

use patchbay_tasks::State;
use patchbay_types::{Clock, Monotonic};
use serde_json::json;

use super::*;
use crate::Claimant;
use crate::tests::world::name;

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);
/// Longer than the first pause may be.
const PAUSE: Duration = Duration::from_secs(34);

impl Timed {
    async fn waiting(&self) -> Timestamp {
        let view = self.world.until("a", &["backoff"]).await;
        match view.task.state {
            State::Backoff { until } => until,
            ref other => panic!("{other:?}"),
        }
    }

    async fn fails(&self) {
        self.world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "wait"}}])).await;
        let until = self.waiting().await;
        assert!(until.since(self.world.engine.inner.now()) < PAUSE);
    }

    /// Until the wait that the right clock allows is the one that is stored.
    async fn until_right(&self) {
        let right = async {
            while self.waiting().await > self.world.engine.inner.now() + PAUSE {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), right).await.expect("it waits for years");
    }

    async fn until_run(&self, runs: u32) {
        let run = async {
            while self.world.runs("a") < runs {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), run).await.expect("it was never woken");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_of_a_clock_that_was_years_ahead_is_as_long_as_it_was_meant() {
    let timed = Timed::new().await;
    timed.clock.set_wall(NOON + YEARS);
    timed.fails().await;
    timed.clock.set_wall(NOON);
    timed.until_right().await;
    assert_eq!(timed.world.runs("a"), 1, "it did not wait at all");
    timed.pass(PAUSE);
    timed.until_run(2).await;
    timed.waiting().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_starts_after_the_clock_was_set_right_finds_what_waits_for_years() {
    let timed = Timed::new().await;
    timed.clock.set_wall(NOON + YEARS);
    timed.fails().await;
    timed.world.engine.close().await;
    timed.clock.set_wall(NOON);
    let timed = timed.restarted(16).await;
    timed.until_right().await;
    timed.pass(PAUSE);
    timed.until_run(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_hour_back_a_wait_is_over_once_and_not_later_than_it_was_meant() {
    let timed = Timed::new().await;
    timed.clock.advance(HOUR);
    timed.fails().await;
    timed.clock.set_wall(NOON);
    timed.until_right().await;
    timed.pass(PAUSE);
    timed.until_run(2).await;
    let next = timed.waiting().await;
    // The moment at which it would have been woken by the old clock wakes nobody.
    timed.clock.set_wall(NOON + PAUSE + Duration::from_secs(1));
    timed.world.engine.inner.alarm.ring();
    assert_eq!((timed.waiting().await, timed.world.runs("a")), (next, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_woken_too_early_because_the_clock_goes_back_is_woken_again() {
    let timed = Timed::new().await;
    timed.fails().await;
    let place = crate::shelf::Place::of(&timed.world.engine.find(&name("a")).await.unwrap()).unwrap();
    let inner = timed.world.engine.inner.clone();
    // Taken out as due by a clock that is right no more when the task hears it.
    assert!(inner.alarm.take_due(NOON + PAUSE).is_some());
    inner.wake_one(crate::wake::WAITS, place).await.unwrap();
    timed.pass(PAUSE);
    timed.until_run(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_began_years_ahead_begins_again() {
    let timed = Timed::new().await;
    let watched = crate::row::WatchRow {
        fix: patchbay_tasks::FixId(1),
        metric: "m".to_owned(),
        skill: "s".to_owned(),
        before: 0,
        since: NOON + YEARS,
        until: NOON + YEARS + HOUR,
    };
    let batch = patchbay_store::Batch::new().put(&watched).unwrap();
    timed.world.store.commit(batch).await.unwrap();
    assert_eq!(timed.world.engine.inner.look_at_watched().await.unwrap(), Some(NOON + HOUR));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_outside_that_a_clock_years_ahead_has_set_lasts_no_longer_than_any() {
    let timed = Timed::new().await;
    timed.clock.set_wall(NOON + YEARS);
    timed.world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    let by = Claimant { agent: "ann".to_owned(), pid: 7, started: 1 };
    let granted = timed.world.engine.claim(&name("a"), &by).await.unwrap();
    timed.clock.set_wall(NOON);
    let timed = timed.restarted(1).await;
    timed.world.engine.beat(&name("a"), granted.fence, None, &[]).await.unwrap();
    timed.clock.advance(EngineOptions::default().lease);
    let late = timed.world.engine.beat(&name("a"), granted.fence, None, &[]).await.unwrap_err().to_string();
    assert!(late.contains("stop working on it"), "{late}");
}

/// It goes an hour on each time that somebody looks, if it leaps.
#[derive(Default)]
struct Leaping {
    clock: ManualClock,
    leaps: AtomicBool,
}

impl Clock for Leaping {
    fn wall(&self) -> Timestamp {
        if self.leaps.load(Ordering::SeqCst) {
            self.clock.set_wall(self.clock.wall() + HOUR);
        }
        self.clock.wall()
    }

    fn monotonic(&self) -> Monotonic {
        self.clock.monotonic()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_lease_is_over_before_it_is_granted_says_so_and_begins_later() {
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let (played, clock) = (Arc::new(Played::default()), Arc::new(Leaping::default()));
    let world = World::at(store, played.clone(), EngineOptions::default(), clock.clone()).await.unwrap();
    world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "time"}}])).await;
    let task = world.engine.find(&name("a")).await.unwrap();
    let inner = world.engine.inner.clone();
    let waits_for = async |what: &str| {
        let said = async {
            while !inner.lanes.missing(task.id).iter().any(|missing| missing.contains(what)) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), said).await.expect("it was forgotten");
    };
    waits_for("time").await;
    clock.leaps.store(true, Ordering::SeqCst);
    played.mended.store(true, Ordering::SeqCst);
    inner.lanes.look_again();
    waits_for("expires at").await;
    clock.leaps.store(false, Ordering::SeqCst);
    inner.lanes.look_again();
    world.until("a", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_no_lane_knows_of_is_found_and_told_of() {
    let timed = Timed::new().await;
    timed.world.apply(json!([{"name": "a", "skill": "played", "input": {"lacks": "a lamp"}}])).await;
    let task = timed.world.engine.find(&name("a")).await.unwrap();
    let inner = timed.world.engine.inner.clone();
    let is_held = || !inner.lanes.missing(task.id).is_empty() && !inner.lanes.has_place(task.id);
    let held = async {
        while !is_held() || inner.lanes.wants_fill() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), held).await.expect("it lacks nothing");
    inner.lanes.withdraw(crate::shelf::Place::of(&task).unwrap());
    timed.world.played.mended.store(true, Ordering::SeqCst);
    timed.clock.advance(Duration::from_secs(10));
    inner.lanes.doubt();
    timed.world.until("a", &["succeeded"]).await;
    assert_eq!(timed.world.engine.forgotten(), 1);
}
