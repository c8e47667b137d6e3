//! What an operator asks for.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_asked_for_starts_at_once_and_is_counted_apart() {
    let bench = Bench::of("skip", json!({})).await;
    let engine = &bench.world.engine;
    engine.schedule_pause(&name("tick"), &operator()).await.unwrap();
    let view = engine.schedule_now(&name("tick"), &operator()).await.unwrap();
    assert_eq!((view.counters.by_hand, view.counters.fired, view.number), (1, 0, 1));
    bench.world.until("tick.000001", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backfill_runs_one_after_the_other_and_is_bounded() {
    let bench = Bench::of("skip", json!({})).await;
    let engine = &bench.world.engine;
    let tick = name("tick");
    let hour = (Timestamp(BEGIN.0 - 5 * 60_000), Timestamp(BEGIN.0 - 60_000));
    engine.schedule_backfill(&tick, hour, &operator()).await.unwrap();
    let view = bench.until("five runs", |view| view.number == 5 && view.running.is_empty()).await;
    assert_eq!((view.counters.by_hand, view.counters.fired), (5, 0));
    let run = engine.find(&name("tick.000005")).await.unwrap();
    assert_eq!(run.definition.labels["due"], "2026-11-21T23:59:00Z");
    let year = (Timestamp(BEGIN.0 - 365 * 86_400_000), BEGIN);
    let error = engine.schedule_backfill(&tick, year, &operator()).await.unwrap_err().to_string();
    assert!(error.contains("at most 1000"), "{error}");
    let ahead = (BEGIN, BEGIN + MINUTE);
    assert!(engine.schedule_backfill(&tick, ahead, &operator()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backfill_that_a_pause_holds_tells_so_and_can_be_cancelled() {
    let bench = Bench::of("skip", json!({})).await;
    let (engine, tick) = (&bench.world.engine, name("tick"));
    engine.schedule_pause(&tick, &operator()).await.unwrap();
    let none = engine.schedule_cancel_backfill(&tick, &operator()).await.unwrap_err().to_string();
    assert!(none.contains("no backfill is under way"), "{none}");
    let span = (Timestamp(BEGIN.0 - 5 * 60_000), Timestamp(BEGIN.0 - 60_000));
    let view = engine.schedule_backfill(&tick, span, &operator()).await.unwrap();
    let backfill = view.backfill.unwrap();
    assert_eq!((backfill.from, backfill.to, backfill.done, backfill.left), (span.0, span.1, 0, 5));
    assert!(backfill.waits.as_ref().is_some_and(|why| why.contains("schedule resume tick")), "{backfill:?}");
    let view = engine.schedule_cancel_backfill(&tick, &operator()).await.unwrap();
    assert_eq!(view.backfill, None);
    engine.schedule_resume(&tick, &operator()).await.unwrap();
    let view = bench.one_more().await;
    assert_eq!((view.number, view.counters.by_hand), (1, 0), "nothing of it is run");
    let between = (Timestamp(BEGIN.0 - 59_000), Timestamp(BEGIN.0 - 1_000));
    let error = engine.schedule_backfill(&tick, between, &operator()).await.unwrap_err();
    assert!(matches!(error, crate::EngineError::ScheduleSpan { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backfill_where_all_may_run_at_once_makes_each_run_once() {
    let bench = Bench::of("allow", json!({})).await;
    let span = (Timestamp(BEGIN.0 - 49 * 60_000), BEGIN);
    bench.world.engine.schedule_backfill(&name("tick"), span, &operator()).await.unwrap();
    let view = bench.until("fifty runs", |view| view.number == 50 && view.running.is_empty()).await;
    assert_eq!(view.counters.by_hand, 50);
    let query = crate::Query { limit: 1_000, ..Default::default() };
    let mut dues: Vec<String> = (bench.world.engine.list(&query).await.unwrap().tasks.iter())
        .map(|view| view.task.definition.labels["due"].clone())
        .collect();
    dues.sort();
    dues.dedup();
    assert_eq!(dues.len(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_into_a_pause_is_missed_and_an_edit_keeps_the_counters() {
    let bench = Bench::of("skip", json!({})).await;
    let engine = &bench.world.engine;
    bench.one_more().await;
    engine.schedule_pause(&name("tick"), &operator()).await.unwrap();
    bench.pass(MINUTE * 4);
    engine.schedule_resume(&name("tick"), &operator()).await.unwrap();
    let view = bench.show().await;
    assert_eq!((view.counters.fired, view.counters.missed), (1, 4));
    let hourly = json!([{"name": "tick", "skill": "played", "schedule": {"when": "0 * * * *"}}]);
    bench.world.apply(hourly.clone()).await;
    let view = bench.show().await;
    assert_eq!((view.counters.fired, view.counters.missed), (1, 4));
    assert_eq!(view.next, Some(BEGIN + MINUTE * 60));
    let definitions = serde_json::from_value(hourly).unwrap();
    let applied = engine.apply(definitions, false, &operator()).await.unwrap();
    assert_eq!(applied[0].outcome, crate::ApplyOutcome::Unchanged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_deleted_takes_its_old_runs_along_and_its_name_is_free() {
    let bench = Bench::of("skip", json!({})).await;
    let engine = &bench.world.engine;
    bench.one_more().await;
    bench.pass(MINUTE * 2);
    bench.until("the last one", |view| view.number == 2 && view.running.is_empty()).await;
    let gone = engine.schedule_delete(&name("tick"), &operator()).await.unwrap();
    assert_eq!((gone.runs_gone, gone.runs_left), (1, vec![name("tick.000002")]));
    assert!(engine.schedule(&name("tick")).await.is_err());
    assert!(engine.find(&name("tick.000001")).await.is_err());
    assert!(engine.find(&name("tick.000002")).await.is_ok(), "it has only just ended");
    bench.world.apply(minutely("skip", &json!({}))).await;
    assert_eq!(bench.one_more().await.counters.fired, 1);
    // The names of those that stayed are passed over.
    bench.one_more().await;
    bench.world.until("tick.000003", &["succeeded"]).await;
}
