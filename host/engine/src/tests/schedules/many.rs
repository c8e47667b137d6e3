//! A hundred thousand schedules at rest.

use std::sync::atomic::Ordering;
use std::time::Instant;

use patchbay_sched::{Policy, Progress, Schedule, Trigger};
use patchbay_store::Batch;
use patchbay_tasks::{Definition, TaskId};

use super::*;
use crate::row::{NameRow, name_key};
use crate::schedule::{ScheduleId, ScheduleRow, stored};
use crate::window::WINDOW;

const MANY: u64 = 100_000;
/// How long they are watched at rest.
const REST: Duration = Duration::from_secs(2);

/// Times of the day; none at midnight.
const TIMES: u64 = 22 * 60;

fn triggers() -> Vec<Trigger> {
    (0..TIMES).map(|n| Trigger::cron(&format!("{} {} * * *", n % 60, 1 + n / 60), "UTC").unwrap()).collect()
}

fn daily(number: u64, triggers: &[Trigger]) -> ScheduleRow {
    let trigger = triggers[usize::try_from(number % TIMES).unwrap()].clone();
    let mut definition = Definition::named(name(&format!("s{number}")));
    definition.skill = Some("played".to_owned());
    let next = trigger.next_after(BEGIN);
    let schedule = Schedule::new(definition.name.as_str(), trigger, Policy::default()).unwrap();
    ScheduleRow {
        id: ScheduleId(1_000_000 + number),
        definition,
        schedule,
        progress: Progress::new(BEGIN),
        next,
        number: 0,
        last: None,
        starts: std::collections::VecDeque::new(),
        runs: Vec::new(),
    }
}

async fn filled() -> Arc<dyn Store> {
    let (store, triggers) = (in_memory(), triggers());
    for page in 0..MANY / 1_000 {
        let mut batch = Batch::new();
        for number in page * 1_000..(page + 1) * 1_000 {
            let row = daily(number, &triggers);
            let named = NameRow { name: row.definition.name.clone(), id: TaskId(row.id.0), schedule: true };
            batch = batch.require_absent::<NameRow>(&name_key(&named.name)).put(&named).unwrap();
            batch = stored(batch, None, &row).unwrap();
        }
        store.commit(batch).await.unwrap();
    }
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_schedules_cost_nothing_at_rest() {
    let store = filled().await;
    let begun = Instant::now();
    let bench = Bench::over(store, ManualClock::at(BEGIN)).await;
    let opened = begun.elapsed();
    let engine = &bench.world.engine;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = engine.inner.schedules.wakes.load(Ordering::SeqCst);
    tokio::time::sleep(REST).await;
    let wakes = engine.inner.schedules.wakes.load(Ordering::SeqCst) - before;
    let held = engine.inner.schedules.alarm.len();
    println!("{MANY} schedules: open {opened:?}, {wakes} wakes in {REST:?}, {held} keys in memory");
    assert!(opened < Duration::from_secs(2), "{opened:?}");
    assert_eq!(wakes, 0);
    assert!(held <= WINDOW, "{held}");
    // All that are due within one minute: each runs once.
    bench.pass(MINUTE * 60);
    let due = MANY / TIMES;
    let first = engine.schedule(&name("s0")).await.unwrap();
    assert_eq!(first.next, Some(BEGIN + MINUTE * 60));
    let begun = Instant::now();
    let ran = async {
        while engine.schedule(&name(&format!("s{}", TIMES * (due - 1)))).await.unwrap().counters.fired == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ran).await.expect("it never ran");
    println!("{due} or more due in one minute: the last was begun after {:?}", begun.elapsed());
    engine.close().await;
}
