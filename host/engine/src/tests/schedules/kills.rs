//! A host that is killed at any commit: what was due is in exactly one counter, and each counted run is there once.

use std::sync::atomic::{AtomicI64, Ordering};

use patchbay_store::{
    Batch, BoxFuture, CommitError, KeyRange, Keyed, Log, ReadError, Revision, Row, Span, Table,
};

use super::*;

const WORLDS: u64 = 12;
const LIVES: u64 = 10;

/// Takes so many commits, then none. Of the one at which it dies the answer is lost, whether it was written or not.
struct Mortal {
    store: Arc<dyn Store>,
    left: AtomicI64,
    last_is_written: bool,
}

impl Store for Mortal {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            let left = self.left.fetch_sub(1, Ordering::SeqCst);
            let answer = match left {
                1.. => return self.store.commit(batch).await,
                0 if self.last_is_written => self.store.commit(batch).await.err(),
                _ => None,
            };
            Err(answer.unwrap_or_else(|| CommitError::Stopped { cause: "it was killed".to_owned() }))
        })
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>> {
        self.store.get(table, key)
    }

    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>> {
        self.store.get_many(table, keys)
    }

    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>> {
        self.store.range(table, range, limit)
    }

    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>> {
        self.store.log(log, span, limit)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>> {
        self.store.waiting()
    }

    fn watch(&self) -> tokio::sync::watch::Receiver<Revision> {
        self.store.watch()
    }
}

/// Enough for a test: the numbers of Knuth's MMIX.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_and_runs_add_up_wherever_the_host_is_killed() {
    let (mut fired, mut others) = (0, 0);
    for seed in 0..WORLDS {
        let view = world_of(seed).await;
        fired += view.counters.fired;
        others += view.counters.skipped + view.counters.missed + view.counters.dropped;
    }
    println!("{WORLDS} worlds, {LIVES} lives each: fired {fired}, skipped, missed or dropped {others}");
    assert!(fired > WORLDS && others > WORLDS, "fired {fired}, others {others}");
}

async fn world_of(seed: u64) -> ScheduleView {
    let mut random = Random(seed);
    let (store, clock) = (in_memory(), ManualClock::at(BEGIN));
    let overlap = ["skip", "buffer-one", "buffer-all", "cancel-other", "allow"]
        .into_iter()
        .nth(usize::try_from(seed % 5).unwrap())
        .unwrap();
    let input = if seed.is_multiple_of(2) { json!({}) } else { json!({"do": "hang"}) };
    let first = Bench::over(store.clone(), clock.clone()).await;
    first.world.apply(minutely(overlap, &input)).await;
    first.world.engine.close().await;
    for _ in 0..LIVES {
        // Seldom enough that the host counts as stable.
        clock.advance(MINUTE * 6);
        live(&store, &clock, &mut random).await;
    }
    clock.advance(MINUTE * 6);
    let last = Bench::over(store, clock).await;
    let now = last.clock.wall();
    let view = last.until("all is dealt with", |view| view.next.is_some_and(|next| next > now)).await;
    check(&last, seed).await;
    last.world.engine.inner.stop.cancel();
    view
}

/// A host that is killed after some commits, while the clock goes on.
async fn live(store: &Arc<dyn Store>, clock: &ManualClock, random: &mut Random) {
    let left = AtomicI64::new(i64::try_from(random.below(40)).unwrap());
    let mortal = Mortal { store: store.clone(), left, last_is_written: random.below(2) == 0 };
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let played = Arc::new(Played::default());
    let world = World::at(Arc::new(mortal), played, EngineOptions::default(), shared).await;
    // It may have been killed before it was there.
    let Ok(world) = world else { return };
    for _ in 0..6 {
        clock.advance(Duration::from_millis(random.below(90_000)));
        world.engine.inner.schedules.alarm.ring();
        tokio::time::sleep(Duration::from_millis(random.below(8))).await;
    }
    world.engine.inner.stop.cancel();
}

async fn check(bench: &Bench, seed: u64) {
    let engine = &bench.world.engine;
    let all = crate::Query { limit: 1_000, ..Default::default() };
    let (view, there) = loop {
        let made = |view: &ScheduleView| view.number >= view.counters.fired + view.counters.by_hand;
        let view = bench.until("all is made", made).await;
        let there = engine.list(&all).await.unwrap().tasks.len() as u64;
        // One that waited may have begun in between.
        if bench.until("all is made", made).await.number == view.number {
            break (view, there);
        }
    };
    let row = engine.inner.schedule_row(&name("tick")).await.unwrap();
    let counters = view.counters;
    let dealt = counters.fired + counters.skipped + counters.missed + counters.dropped;
    let minutes = row.progress.dealt_with().0 / 60_000 - BEGIN.0 / 60_000;
    assert_eq!(dealt + view.waiting.len() as u64, minutes, "seed {seed}: {view:#?}");
    assert_eq!(view.number, counters.fired + counters.by_hand, "seed {seed}: {view:#?}");
    assert!(view.number < 100, "seed {seed}: some were forgotten");
    assert_eq!(there, view.number, "seed {seed}: {view:#?}");
}
