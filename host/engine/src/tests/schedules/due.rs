//! What is due, and what meets another run.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_is_no_task_and_each_run_is_one_of_its_own() {
    let bench = Bench::of("skip", json!({})).await;
    let engine = &bench.world.engine;
    assert!(engine.find(&name("tick")).await.is_err());
    let view = bench.show().await;
    assert_eq!(view.next, Some(BEGIN + MINUTE));
    assert_eq!((view.zone.as_str(), view.when.as_str()), ("UTC", "* * * * *"));
    bench.one_more().await;
    let view = bench.one_more().await;
    assert_eq!((view.counters.fired, view.number), (2, 2));
    let run = bench.world.until("tick.000002", &["succeeded"]).await.task;
    assert_eq!(run.definition.labels["schedule"], "tick");
    assert_eq!(run.definition.labels["due"], "2026-11-22T00:02:00Z");
    assert_eq!(run.definition.schedule, None);
    let next = engine.upcoming(&name("tick"), 2).await.unwrap();
    assert_eq!(next, [BEGIN + MINUTE * 3, BEGIN + MINUTE * 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_wrong_is_named_and_changes_nothing() {
    let bench = Bench::new().await;
    bench.world.apply(json!([{"name": "plain", "skill": "played"}])).await;
    let refused = [
        (json!({"when": "61 * * * *"}), "61"),
        (json!({"when": "at 2027-02-30T09:00:00Z"}), "a date that exists"),
        (json!({"when": "every 10"}), "every 10m"),
        (json!({"when": "0 9 * * * Europe/Nowhere"}), "Europe/Nowhere"),
        (json!({"when": "@daily", "overlap": "both"}), "`cancel-other` or `allow`"),
        (json!({"when": "@daily", "pause_after": 0}), "expected 1 or more"),
        (json!({"when": "@daily", "jitter_ms": 999_999_999_999_u64}), "jitter"),
    ];
    for (schedule, word) in refused {
        let tasks = json!([{"name": "other"}, {"name": "tick", "schedule": schedule}]);
        refuse(&bench, tasks, word).await;
    }
    refuse(&bench, json!([{"name": "plain", "schedule": {"when": "@daily"}}]), "is no task").await;
    refuse(&bench, json!([{"name": "tick", "parent": "plain", "schedule": {"when": "@daily"}}]), "parent")
        .await;
    let labels: serde_json::Map<_, _> = (0..31).map(|n| (format!("l{n}"), json!("x"))).collect();
    let many = json!([{"name": "tick", "labels": labels, "schedule": {"when": "@daily"}}]);
    refuse(&bench, many, "at most 30").await;
    let waits = json!([{"name": "tick", "depends_on": ["nobody"], "schedule": {"when": "@daily"}}]);
    refuse(&bench, waits, "nobody").await;
    bench.world.apply(minutely("skip", &json!({}))).await;
    refuse(&bench, json!([{"name": "tick"}]), "delete the schedule").await;
}

async fn refuse(bench: &Bench, tasks: Value, word: &str) {
    let definitions = serde_json::from_value(tasks).unwrap();
    let error = bench.world.engine.apply(definitions, false, &operator()).await.unwrap_err().to_string();
    assert!(error.contains(word), "{word}: {error}");
    assert!(bench.world.engine.find(&name("other")).await.is_err(), "{word}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_while_a_run_goes_on_is_skipped() {
    let bench = Bench::of("skip", json!({"do": "hang"})).await;
    bench.pass(MINUTE);
    bench.until("the first runs", |view| view.counters.fired == 1).await;
    bench.pass(MINUTE);
    let view = bench.until("the second is skipped", |view| view.counters.skipped == 1).await;
    assert_eq!((view.counters.fired, view.running), (1, vec![name("tick.000001")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_takes_the_place_of_another_if_that_is_the_rule() {
    let bench = Bench::of("cancel-other", json!({"do": "hang"})).await;
    bench.pass(MINUTE);
    bench.until("the first is made", |view| view.number == 1).await;
    bench.world.until("tick.000001", &["running"]).await;
    bench.pass(MINUTE);
    bench.world.until("tick.000001", &["cancelled"]).await;
    bench.until("the second is made", |view| view.number == 2).await;
    bench.world.until("tick.000002", &["running"]).await;
    let view = bench.until("only the second goes on", |view| view.running == [name("tick.000002")]).await;
    assert_eq!((view.counters.fired, view.failures_in_a_row), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_waits_in_the_buffer_until_the_run_before_it_ends() {
    let bench = Bench::of("buffer-one", json!({"do": "hang"})).await;
    for minute in 1..=3 {
        bench.pass(MINUTE);
        bench.until("it is dealt with", |view| view.next == Some(BEGIN + MINUTE * (minute + 1))).await;
        if minute == 1 {
            // Before the clock goes on: its lease is renewed in real time.
            bench.world.until("tick.000001", &["running"]).await;
        }
    }
    let view = bench.show().await;
    assert_eq!((view.counters.fired, view.waiting.len(), view.counters.dropped), (1, 1, 1));
    let cancel = patchbay_tasks::What::Cancelled { reason: "enough".to_owned() };
    bench.world.engine.command(&name("tick.000001"), None, &operator(), cancel).await.unwrap();
    bench.until("the one that waited is made", |view| view.number == 2).await;
    bench.world.until("tick.000002", &["running"]).await;
    let view = bench.show().await;
    assert_eq!((view.counters.fired, view.waiting.len(), view.running.len()), (2, 0, 1));
    let run = bench.world.engine.find(&name("tick.000002")).await.unwrap();
    assert_eq!(run.definition.labels["due"], "2026-11-22T00:02:00Z");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_in_a_row_pause_it_and_say_so_once() {
    use patchbay_store::StoreExt;
    let bench = Bench::new().await;
    let schedule = json!({"when": "* * * * *", "pause_after": 2});
    bench
        .world
        .apply(json!([{"name": "tick", "skill": "played", "input": {"do": "fail"}, "schedule": schedule}]))
        .await;
    assert_eq!(bench.one_more().await.failures_in_a_row, 1);
    let view = bench.one_more().await;
    assert_eq!(view.paused.unwrap().failures, Some(2));
    let reports = bench.world.store.last_reports(100).await.unwrap();
    let told: Vec<_> = reports.iter().filter(|(_, report)| report.subject == "schedule/tick").collect();
    assert_eq!(told.len(), 1, "{reports:#?}");
    assert!(told[0].1.body.contains("patchbay schedule resume tick"), "{}", told[0].1.body);
    bench.pass(MINUTE * 3);
    let view = bench.world.engine.schedule_resume(&name("tick"), &operator()).await.unwrap();
    assert_eq!((view.counters.missed, view.counters.fired, view.failures_in_a_row), (3, 2, 0));
    assert_eq!(bench.one_more().await.counters.fired, 3);
}
