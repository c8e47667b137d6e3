//! Schedules over a real store, with a clock that is moved by hand.

mod asked;
mod due;
mod kept;
mod kills;
mod many;

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_types::{Clock, ManualClock, Timestamp};
use serde_json::{Value, json};

use super::world::{Played, World, name, operator};
use crate::{EngineOptions, ScheduleView};

/// 2026-11-22T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_795_305_600_000);
const MINUTE: Duration = Duration::from_secs(60);
/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Bench {
    world: World,
    clock: ManualClock,
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap())
}

/// Every minute, with this overlap policy and input.
fn minutely(overlap: &str, input: &Value) -> Value {
    json!([{"name": "tick", "skill": "played", "input": input,
        "schedule": {"when": "* * * * *", "overlap": overlap}}])
}

impl Bench {
    async fn new() -> Self {
        Self::over(in_memory(), ManualClock::at(BEGIN)).await
    }

    async fn over(store: Arc<dyn Store>, clock: ManualClock) -> Self {
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let options = EngineOptions::default();
        let world = World::at(store, Arc::new(Played::default()), options, shared).await.unwrap();
        Self { world, clock }
    }

    async fn of(overlap: &str, input: Value) -> Self {
        let bench = Self::new().await;
        bench.world.apply(minutely(overlap, &input)).await;
        bench
    }

    fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.world.engine.inner.schedules.alarm.ring();
    }

    async fn show(&self) -> ScheduleView {
        self.world.engine.schedule(&name("tick")).await.unwrap()
    }

    /// Waits until the schedule is as it has to be.
    async fn until(&self, what: &str, is: impl Fn(&ScheduleView) -> bool) -> ScheduleView {
        let seen = async {
            loop {
                let view = self.show().await;
                if is(&view) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(view) => view,
            Err(_) => panic!("it never became so: {what}: {:#?}", self.show().await),
        }
    }

    /// The next minute, and its run to the end.
    async fn one_more(&self) -> ScheduleView {
        let before = self.show().await.number;
        self.pass(MINUTE);
        self.until("one more run, and over", |view| view.number > before && view.running.is_empty()).await
    }
}
