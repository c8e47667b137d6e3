//! What comes by the clock: deadlines, budgets of time, waits; and clocks that are wrong.

mod clocks;
mod deadlines;
mod spent;

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_types::{ManualClock, Timestamp};

use super::world::{Played, World};
use crate::EngineOptions;

const NOON: Timestamp = Timestamp(1_795_305_600_000);
const HOUR: Duration = Duration::from_secs(3_600);

struct Timed {
    world: World,
    clock: ManualClock,
}

impl Timed {
    async fn new() -> Self {
        let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
        Self::over(store, ManualClock::at(NOON), EngineOptions::default()).await
    }

    async fn over(store: Arc<dyn Store>, clock: ManualClock, options: EngineOptions) -> Self {
        let shared = Arc::new(clock.clone());
        let world = World::at(store, Arc::new(Played::default()), options, shared).await.unwrap();
        Self { world, clock }
    }

    /// The next host, which may do nothing if it has no places.
    async fn restarted(self, places: u32) -> Self {
        self.world.engine.close().await;
        let options = EngineOptions { places, ..EngineOptions::default() };
        Self::over(self.world.store.clone(), self.clock, options).await
    }

    /// Whoever sleeps until a moment looks at the clock again.
    fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.world.engine.inner.alarm.ring();
        self.world.engine.inner.deadlines.ring();
    }
}
