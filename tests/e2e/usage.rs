//! `patchbay usage` and `patchbay cooldown history` as people and scripts ask: by what, of which time, in which form.

use serde_json::{Value, json};

use crate::harness::{Answer, Host, Upstream, until, usage_of};

/// Two providers in two pools; the first answers 429 once, then both answer well.
async fn used() -> (Host, [Upstream; 2]) {
    let usage = || json!({"usage": usage_of(1000, 500, 400)});
    let busy = Upstream::start(|_| Answer::error(429, &[("retry-after", "300")])).await;
    let good = Upstream::start(move |_| Answer::json(200, &usage())).await;
    let host = Host::start_with("[usage]\nflush_interval = \"50ms\"\n").await;
    host.provider("busy", &busy, &["--model", "m"]).await;
    host.provider(
        "good",
        &good,
        &["--model", "m", "--model", "n", "--pool", "fallback", "--price", "m=2/10"],
    )
    .await;
    let agent = host.agent("tester").await;
    for model in ["m", "m", "n"] {
        assert_eq!(agent.chat(model).await.status, 200);
    }
    (host, [busy, good])
}

async fn lines(host: &Host, arguments: &[&str]) -> Vec<Value> {
    host.json(&[&["usage"], arguments].concat()).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn usage_is_summed_up_by_any_of_its_words() {
    let (host, _upstreams) = used().await;
    let pools = lines(&host, &["--by", "pool"]).await;
    let found: Vec<_> =
        pools.iter().map(|line| (&line["pool"], &line["providers"], &line["requests"])).collect();
    assert_eq!(
        found,
        [(&"fallback".into(), &1.into(), &3.into()), (&"primary".into(), &1.into(), &1.into())],
        "{pools:?}"
    );
    for (by, count) in [("hour", 1), ("day", 1), ("month", 1), ("provider", 2), ("model", 2), ("agent", 1)] {
        let lines = lines(&host, &["--by", by]).await;
        // The hour may turn while this runs.
        assert!(lines.len() == count || by == "hour", "{by}: {lines:?}");
        assert!(!lines[0][by].is_null() && lines[0]["requests"].as_u64() > Some(0), "{by}: {lines:?}");
    }
    let two = lines(&host, &["--by", "day,provider", "--by", "model", "--provider", "good"]).await;
    let found: Vec<_> = two.iter().map(|line| (&line["model"], &line["agent"])).collect();
    assert_eq!(found, [(&"m".into(), &Value::Null), (&"n".into(), &Value::Null)], "{two:?}");
    assert_eq!(lines(&host, &["--pool", "primary"]).await.len(), 1);
    let times = &lines(&host, &["--by", "pool", "--pool", "fallback"]).await[0];
    for field in ["latency_p50_ms", "latency_p95_ms", "first_byte_p50_ms", "first_byte_p95_ms"] {
        assert!(times[field].is_number(), "{field}: {times}");
    }
}

#[tokio::test]
async fn a_time_is_asked_for_in_hours_days_or_by_its_ends() {
    let (host, _upstreams) = used().await;
    for wanted in
        [&["--hours", "2"][..], &["--days", "2"], &["--since", "2020-01-01"], &["--until", "2999-12-31"]]
    {
        assert_eq!(lines(&host, wanted).await.len(), 3, "{wanted:?}");
    }
    for unwanted in [&["--since", "2999-01-01T00:00:00+02:00"][..], &["--until", "2020-01-01"]] {
        assert_eq!(lines(&host, unwanted).await.len(), 0, "{unwanted:?}");
    }
    let failed = async |arguments: &[&str], words: &[&str]| {
        host.cli(&[&["usage"], arguments].concat()).await.failed(2, words);
    };
    failed(&["--since", "yesterday"], &["\"yesterday\" is not a time", "2026-11-21"]).await;
    failed(&["--since", "2026-01-02", "--until", "2026-01-01"], &["is not after"]).await;
    failed(&["--by", "hour,day"], &["hour, day and month"]).await;
}

#[tokio::test]
async fn people_get_a_table_and_scripts_get_separated_values() {
    let (host, _upstreams) = used().await;
    let text = host.cli(&["usage"]).await.ok();
    let heading: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(heading[..5], ["PROVIDER", "MODEL", "AGENT", "REQUESTS", "ERRORS"], "{text}");
    assert!(heading.contains(&"CACHED") && heading.contains(&"REASONING"), "{text}");
    assert!(text.trim_end().ends_with("4 requests, 0.014 USD"), "{text}");
    let wide = host.cli(&["usage", "--by", "day,pool", "--wide"]).await.ok();
    assert!(wide.starts_with("TIME") && wide.contains("P50") && wide.contains("PROVIDERS"), "{wide}");
    let csv = host.cli(&["usage", "--by", "pool,model", "--csv"]).await.ok();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0][0], rows[0][1]), (4, "time", "pool"), "{csv}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert_eq!(rows[1][..7], ["", "fallback", "", "m", "", "1", "2"], "{csv}");
}

#[tokio::test]
async fn past_cooldowns_say_how_they_ended_also_after_kill_9() {
    let (mut host, _upstreams) = used().await;
    let past =
        async |host: &Host| host.json(&["cooldown", "history", "--provider", "busy", "--hours", "1"]).await;
    let first =
        until("the cooldown to be kept", async || Some(past(&host).await).filter(|past| past[0].is_object()));
    let first = first.await;
    assert_eq!((&first[0]["provider"], &first[0]["count"]), (&"busy".into(), &1.into()), "{first}");
    assert_eq!((&first[0]["how"], &first[0]["ended"]), (&Value::Null, &Value::Null), "{first}");
    assert!(first[0]["seconds"].as_f64().is_some_and(|seconds| seconds >= 300.0), "{first}");
    host.restart().await;
    host.cli(&["cooldown", "clear", "busy"]).await.ok();
    let ended = until("its end to be kept", async || {
        Some(past(&host).await).filter(|past| past[0]["how"] == "cleared")
    });
    let ended = ended.await;
    assert_eq!((&ended[0]["started"], ended.as_array().unwrap().len()), (&first[0]["started"], 1), "{ended}");
    let table = host.cli(&["cooldown", "history"]).await.ok();
    assert!(table.starts_with("PROVIDER") && table.contains("cleared"), "{table}");
    assert_eq!(host.json(&["cooldown", "history", "--provider", "good"]).await, json!([]));
}
