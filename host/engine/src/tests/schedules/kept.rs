//! What is kept over restarts, and what is forgotten.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_the_latest_is_caught_up_and_the_others_are_missed() {
    let bench = Bench::of("skip", json!({})).await;
    bench.one_more().await;
    bench.world.engine.close().await;
    let clock = bench.clock.clone();
    clock.advance(MINUTE * 5);
    let next = Bench::over(bench.world.store.clone(), clock).await;
    let view = next.until("one is caught up", |view| view.number == 2 && view.running.is_empty()).await;
    assert_eq!((view.counters.fired, view.counters.missed), (2, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_restarts_again_and_again_holds_its_schedules_back() {
    use patchbay_store::StoreExt;
    let (store, clock) = (in_memory(), ManualClock::at(BEGIN));
    for start in 0..4 {
        let bench = Bench::over(store.clone(), clock.clone()).await;
        if start == 0 {
            bench.world.apply(minutely("skip", &json!({}))).await;
        } else if start < 3 {
            bench.until("it runs", |view| view.number == start && view.running.is_empty()).await;
        } else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let view = bench.show().await;
            assert_eq!((view.number, view.held_until), (2, Some(BEGIN + MINUTE * 15)));
            let view = bench.world.engine.schedule_now(&name("tick"), &operator()).await.unwrap();
            assert_eq!(view.counters.by_hand, 0);
            bench.pass(MINUTE * 12);
            // What is due then meets the run that was asked for.
            let stable = |view: &ScheduleView| view.number == 3 && view.running.is_empty();
            let view = bench.until("it is stable", stable).await;
            assert_eq!((view.counters.by_hand, view.counters.skipped), (1, 1));
        }
        bench.world.engine.close().await;
        clock.advance(MINUTE);
    }
    let events = store.last_events(100).await.unwrap();
    let held: Vec<_> = events.iter().filter(|(_, event)| event.kind == "schedules.held").collect();
    assert_eq!(held.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_runs_that_are_over_the_last_hundred_are_kept() {
    let bench = Bench::of("skip", json!({})).await;
    for _ in 0..115 {
        bench.one_more().await;
    }
    let engine = &bench.world.engine;
    let all = crate::Query { limit: 1_000, ..Default::default() };
    let few = async {
        while engine.list(&all).await.unwrap().tasks.len() > 101 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, few).await.expect("they stay for ever");
    assert!(engine.find(&name("tick.000001")).await.is_err());
    assert!(engine.find(&name("tick.000100")).await.is_ok());
    let first = patchbay_tasks::TaskId(2);
    assert!(engine.attempts_of(first).await.unwrap().is_empty(), "its attempts are left");
    assert_eq!(bench.show().await.counters.fired, 115);
}
