//! What a reload does, and what it leaves alone.

use serde_json::{Value, json};

use super::{BY_HAND, has_told, in_use, shown, write};
use crate::harness::{Agent, Answer, Gate, Host, Step, Upstream, body_of, completion, event};

/// A file that differs from the one before in keys of every kind that is taken over, those of connections too.
fn file(number: usize) -> String {
    let order =
        if number.is_multiple_of(2) { "\"primary\", \"fallback\"" } else { "\"fallback\", \"primary\"" };
    format!(
        "[server]\nwatch_config = false\nbody_timeout = \"{0}s\"\nheader_timeout = \"{0}s\"\nconnections_max = {1}\n\
         [routing]\npools = [{order}]\nattempts_max = {2}\ndeadline = \"{1}s\"\n\
         [upstream]\nconnect_timeout = \"{0}s\"\nidle_connections_max = {0}\nsilence_timeout = \"{1}s\"\n\
         [cooldown]\nbase = \"{0}s\"\n[ejection]\nfailures = {0}\n[usage]\nflush_interval = \"{1}ms\"\n\
         [log]\nlevel = \"{3}\"\n",
        number + 1,
        number + 50,
        number % 5 + 1,
        if number.is_multiple_of(3) { "debug" } else { "info" },
    )
}

#[tokio::test]
async fn a_stream_that_runs_is_not_touched_by_twenty_reloads() {
    const RELOADS: usize = 20;
    let pieces: Vec<String> =
        (0..=RELOADS).map(|number| event(&json!({"model": "m", "number": number}))).collect();
    let gate = Gate::closed();
    let paced = pieces.iter().flat_map(|piece| [Step::send(piece.clone()), Step::Wait(gate.clone())]);
    let steps: Vec<Step> = paced.chain([Step::send("data: [DONE]\n\n")]).collect();
    let upstream = Upstream::start(move |asked| match asked.is_stream() {
        true => Answer::Events(steps.clone()),
        false => completion("m"),
    })
    .await;
    let host = Host::start_with(BY_HAND).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let (agent, operator) = (host.agent("tester").await, host.operator());
    let mut live = agent.stream("m").await;
    for (number, piece) in pieces.iter().take(RELOADS).enumerate() {
        live.expect(piece).await;
        write(&host, &file(number));
        let reloaded = operator.reload_config().await;
        assert!(!reloaded["changed"].as_array().unwrap().is_empty(), "{reloaded}");
        // What begins now is served as well.
        assert_eq!(agent.chat("m").await.status, 200);
        gate.open(1);
    }
    live.expect(&pieces[RELOADS]).await;
    gate.open(1);
    assert_eq!(live.rest().await, "data: [DONE]\n\n");
    assert_eq!(upstream.left(), 0);
    has_told(&host, (RELOADS, 0)).await;
    let written = |log: &str, field: &str, value: &str, entries: &Value| {
        let count = entries.as_array().unwrap().iter().filter(|entry| entry[field] == value).count();
        assert_eq!(count, RELOADS, "{log}: {entries}");
    };
    written("audit", "action", "config.reload", &host.json(&["audit", "list", "--limit", "100"]).await);
    written("events", "kind", "config.reloaded", &host.json(&["event", "list", "--limit", "100"]).await);
}

#[tokio::test]
async fn new_attempts_order_and_limits_apply_to_the_next_request() {
    let bad = Upstream::start(|_| Answer::error(500, &[])).await;
    let host = Host::start_with(BY_HAND).await;
    let quiet = format!("{BY_HAND}[ejection]\nfailures = 1000\n");
    for name in ["a", "b", "c"] {
        host.provider(name, &bad, &["--model", "m"]).await;
    }
    let good = Upstream::good().await;
    host.provider("first", &good, &["--model", "n"]).await;
    host.provider("second", &good, &["--model", "n", "--pool", "fallback"]).await;
    let (agent, operator) = (host.agent("tester").await, host.operator());
    let mut before = 0;
    for attempts in [1, 3, 2] {
        write(&host, &format!("{quiet}[routing]\nattempts_max = {attempts}\n"));
        let reloaded = operator.reload_config().await;
        let change = reloaded["changed"].as_array().unwrap().iter().find(|row| row["key"] == "attempts_max");
        assert_eq!(change.unwrap()["new"], attempts, "{reloaded}");
        assert_eq!(agent.chat("m").await.status, 502);
        assert_eq!(bad.count() - before, attempts);
        before = bad.count();
    }
    assert_eq!(agent.chat("n").await.header("x-patchbay-provider"), "first");
    write(
        &host,
        &format!("{BY_HAND}body_bytes_max = \"1 KiB\"\n[routing]\npools = [\"fallback\", \"primary\"]\n"),
    );
    operator.reload_config().await;
    assert_eq!(agent.chat("n").await.header("x-patchbay-provider"), "second");
    let large = body_of(&"n".repeat(200), false) + &" ".repeat(2048);
    assert_eq!(agent.post("/v1/chat/completions", large).await.status, 413);
}

#[tokio::test]
async fn new_timeouts_apply_to_the_next_request_and_not_to_the_one_that_waits() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let upstream = Upstream::start(move |asked| match asked.number {
        0 => Answer::Later(shut.clone(), Box::new(completion("m"))),
        _ => Answer::Stall,
    })
    .await;
    let host = Host::start_with(BY_HAND).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let (agent, operator) = (host.agent("tester").await, host.operator());
    let waiting = agent.chat("m");
    let reloading = async {
        upstream.asked(1).await;
        write(&host, &format!("{BY_HAND}[upstream]\ntotal_timeout = \"200ms\"\n"));
        operator.reload_config().await;
        assert_ne!(Agent::new(agent.address, &agent.key).chat("m").await.status, 200);
        gate.open(1);
    };
    let (first, ()) = tokio::join!(waiting, reloading);
    assert_eq!(first.status, 200, "{first:?}");
}

#[tokio::test]
async fn more_connections_are_taken_at_once_and_fewer_as_they_end() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let upstream = Upstream::start(move |asked| match asked.is_stream() {
        true => Answer::Events(vec![
            Step::send("data: 1\n\n"),
            Step::Wait(shut.clone()),
            Step::send("data: [DONE]\n\n"),
        ]),
        false => completion("m"),
    })
    .await;
    let limit = |connections: usize| format!("{BY_HAND}connections_max = {connections}\n");
    let host = Host::start_with(&limit(1)).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let (agent, operator) = (host.agent("tester").await, host.operator());
    let mut live = agent.stream("m").await;
    live.expect("data: 1\n\n").await;
    let raising = async {
        write(&host, &limit(2));
        operator.reload_config().await
    };
    let (reply, reloaded) = tokio::join!(agent.chat("m"), raising);
    assert_eq!((reply.status, &reloaded["changed"][0]["new"]), (200, &json!(2)), "{reloaded}");
    write(&host, &limit(1));
    operator.reload_config().await;
    gate.open(1);
    assert_eq!(live.rest().await, "data: [DONE]\n\n");
    drop(live);
    assert_eq!(agent.chat("m").await.status, 200);
}

#[tokio::test]
async fn what_waits_for_a_restart_is_told_and_used_by_the_next_start() {
    let mut host = Host::start_with(BY_HAND).await;
    assert_eq!(shown(&host, "log", "format").await["from"], "default");
    write(
        &host,
        &format!("{BY_HAND}[log]\nformat = \"json\"\nlevel = \"warn\"\n[plugins]\nwarm_instances = 3\n"),
    );
    let answer = host.json(&["config", "reload"]).await;
    let keys = |list: &str| -> Vec<Value> {
        answer[list].as_array().unwrap().iter().map(|row| row["key"].clone()).collect()
    };
    assert_eq!(
        (keys("changed"), keys("waiting")),
        (vec![json!("level")], vec!["warm_instances".into(), json!("format")])
    );
    assert_eq!(answer["waiting"][1], json!({"table": "log", "key": "format", "old": "text", "new": "json"}));
    let format = shown(&host, "log", "format").await;
    assert_eq!((&format["value"], &format["waiting"]), (&json!("text"), &json!("json")));
    // It stays told until then.
    let again = host.json(&["config", "reload"]).await;
    assert_eq!((&again["changed"], &again["waiting"]), (&json!([]), &answer["waiting"]));
    let table = host.cli(&["config", "reload"]).await.ok();
    assert!(table.contains("log.format") && table.contains("next start"), "{table}");
    let shown = host.cli(&["config", "show"]).await.ok();
    assert!(shown.contains("next start: \"json\""), "{shown}");
    write(&host, "[log]\nformat = \"json\"\n");
    host.restart().await;
    assert_eq!(super::shown(&host, "log", "format").await["value"], "json");
}

#[tokio::test]
async fn options_of_the_command_line_stand_above_the_file_after_a_reload_too() {
    let host = Host::start_with(BY_HAND).await;
    let before = in_use(&host).await;
    write(&host, &format!("{BY_HAND}listen = \"127.0.0.1:1\"\nmetrics_listen = \"127.0.0.1:2\"\n"));
    let reloaded = host.json(&["config", "reload"]).await;
    assert_eq!(reloaded, json!({"changed": [], "waiting": []}));
    assert_eq!(in_use(&host).await, before);
    let listen = shown(&host, "server", "listen").await;
    assert_eq!((&listen["from"], &listen["value"]), (&json!("option --listen"), &json!("127.0.0.1:0")));
}

#[tokio::test]
async fn the_level_of_the_log_changes_and_the_reload_is_told_at_either_level() {
    let host = Host::start_with(BY_HAND).await;
    for (number, level) in ["error", "info", "warn", "debug"].into_iter().enumerate() {
        write(&host, &format!("{BY_HAND}[log]\nlevel = \"{level}\"\n"));
        host.operator().reload_config().await;
        has_told(&host, (number + 1, 0)).await;
    }
}
