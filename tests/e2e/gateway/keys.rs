//! Limits of a key other than money: what is beyond them is refused on every path, and no provider hears of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ways::{Ways, every, refused, retry_after};
use crate::harness::{Agent, Answer, Gate, Host, Live, Step, Upstream, body_of, event, until};

#[tokio::test]
async fn a_key_of_some_models_may_ask_for_no_other_on_any_path() {
    let ways = Ways::new("").await;
    let (agent, _) = ways.host.limited("bound", &["--models", "m,b*"]).await;
    for (path, request) in every(&agent, "n") {
        let reply = agent.send(request).await;
        // To look at something needs no model.
        if path == "/v1/files" {
            assert_eq!(reply.status, 200, "{reply:?}");
            continue;
        }
        let error = refused(path, &reply, 403, "model_not_allowed");
        assert_eq!((&error["param"], reply.header("retry-after")), (&json!("model"), ""), "{path}");
        assert!(error["message"].as_str().unwrap().contains("b*"), "{path}: {error}");
    }
    let bare = agent.post("/v1/files", "not JSON").await;
    refused("/v1/files", &bare, 403, "model_not_allowed");
    assert_eq!(ways.upstream.only().path, "/v1/files");
    for model in ["m", "b1"] {
        assert_eq!(agent.chat(model).await.status, 200, "{model}");
    }
    let models = agent.get("/v1/models").await.json();
    let names: Vec<&Value> = models["data"].as_array().unwrap().iter().map(|card| &card["id"]).collect();
    assert_eq!(names, ["b1", "m"]);
    refused("/v1/models/n", &agent.get("/v1/models/n").await, 404, "model_not_found");
}

#[tokio::test]
async fn requests_a_minute_hold_on_every_path() {
    let ways = Ways::new("").await;
    let (agent, id) = ways.host.limited("slow", &["--rpm", "2"]).await;
    for _ in 0..2 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    for (path, request) in every(&agent, "m") {
        let reply = agent.send(request).await;
        let error = refused(path, &reply, 429, "rate_limit_exceeded");
        assert!((1..=60).contains(&retry_after(&reply)), "{path}: {reply:?}");
        assert!(path == "/v1/messages" || error["type"] == "requests", "{path}: {error}");
    }
    refused("/v1/models", &agent.get("/v1/models").await, 429, "rate_limit_exceeded");
    assert_eq!(ways.upstream.count(), 2);
    assert_eq!(ways.host.json(&["key", "show", &id]).await["used"]["requests"], 2);
}

#[tokio::test]
async fn tokens_a_minute_hold_on_every_path_that_uses_some() {
    let ways = Ways::new("").await;
    let (agent, id) = ways.host.limited("brief", &["--tpm", "2000"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    for (path, request) in every(&agent, "m") {
        let reply = agent.send(request).await;
        if path == "/v1/files" {
            assert_eq!(reply.status, 200, "{reply:?}");
            continue;
        }
        let error = refused(path, &reply, 429, "rate_limit_exceeded");
        assert!((1..=61).contains(&retry_after(&reply)), "{path}: {reply:?}");
        assert!(path == "/v1/messages" || error["type"] == "tokens", "{path}: {error}");
    }
    assert_eq!(ways.upstream.count(), 2);
    // The answer to the look states its usage, too.
    assert_eq!(ways.host.json(&["key", "show", &id]).await["used"]["tokens"], 4000);
}

/// A host whose provider streams one word, and the rest when the gate is opened.
async fn streaming(limits: &[&str]) -> (Host, Agent, Upstream, Gate, String) {
    let gate = Gate::closed();
    let shut = gate.clone();
    let word =
        event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": "one two three"}}]}));
    let upstream = Upstream::start(move |_| {
        let steps = [Step::send(word.clone()), Step::Wait(shut.clone()), Step::send("data: [DONE]\n\n")];
        Answer::Events(steps.to_vec())
    })
    .await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m", "--price", "m=1000/1000"]).await;
    let (agent, id) = host.limited("streamer", limits).await;
    (host, agent, upstream, gate, id)
}

async fn opened(agent: &Agent) -> Live {
    let mut live = agent.stream("m").await;
    live.next().await.unwrap().unwrap();
    live
}

#[tokio::test]
async fn a_stream_holds_its_place_until_its_last_byte() {
    let (host, agent, upstream, gate, id) = streaming(&["--concurrency", "1"]).await;
    let mut live = opened(&agent).await;
    let reply = agent.chat("m").await;
    reply.error(429, "requests", "rate_limit_exceeded");
    assert_eq!(retry_after(&reply), 1);
    for (path, request) in every(&agent, "m") {
        refused(path, &agent.send(request).await, 429, "rate_limit_exceeded");
    }
    assert_eq!(host.json(&["key", "show", &id]).await["used"]["in_flight"], 1);
    assert_eq!(upstream.count(), 1);
    gate.open(1);
    assert!(live.rest().await.ends_with("[DONE]\n\n"));
    let mut next = opened(&agent).await;
    gate.open(1);
    next.rest().await;
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place_at_once() {
    let (_host, agent, upstream, _gate, _) = streaming(&["--concurrency", "1"]).await;
    let live = opened(&agent).await;
    let left = Instant::now();
    drop(live);
    until("the place", async || {
        let next = agent.open(agent.call("/v1/chat/completions", body_of("m", true))).await;
        (next.status == 200).then_some(())
    })
    .await;
    // 100 ms is the promise; this machine may be busy with other tests.
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn limits_are_shown_changed_and_taken_away() {
    let ways = Ways::new("").await;
    let limits = ["--models", "m,b*", "--rpm", "10", "--tpm", "9000", "--concurrency", "3"];
    let money = ["--usd-per-day", "2.5", "--usd-per-month", "40.000000001"];
    let (agent, id) = ways.host.limited("intern", &[&limits[..], &money].concat()).await;
    assert_eq!(agent.chat("m").await.status, 200);
    let shown = ways.host.json(&["key", "show", &id]).await;
    let expected = json!({
        "rpm": 10, "tpm": 9000, "concurrency": 3, "usd_per_day": "2.5", "usd_per_month": "40.000000001",
    });
    assert_eq!((&shown["limits"], &shown["models"]), (&expected, &json!(["b*", "m"])), "{shown}");
    let used = &shown["used"];
    assert_eq!(
        (&used["requests"], &used["usd_today"], &used["usd_reserved"]),
        (&json!(1), &json!("2"), &json!("0"))
    );
    let people = ways.host.cli(&["key", "show", &id]).await.ok();
    assert!(people.contains("1 of 10") && people.contains("2 of 2.5"), "{people}");
    let list = ways.host.cli(&["key", "list"]).await.ok();
    assert!(list.contains("10 requests/min") && list.contains("2 USD today"), "{list}");
    ways.host.cli(&["key", "set", &id, "--rpm", "1", "--models", "none", "--usd-per-day", "none"]).await.ok();
    agent.chat("n").await.error(429, "requests", "rate_limit_exceeded");
    ways.host.cli(&["key", "set", &id, "--rpm", "none"]).await.ok();
    assert_eq!(agent.chat("n").await.status, 200);
    let after = ways.host.json(&["key", "show", &id]).await;
    assert_eq!((&after["models"], &after["limits"]["rpm"]), (&json!([]), &Value::Null), "{after}");
    assert_eq!((&after["limits"]["usd_per_day"], &after["limits"]["tpm"]), (&Value::Null, &json!(9000)));
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_refused() {
    let host = Host::start().await;
    let failed = async |arguments: &[&str], status| {
        let output = host.cli(&[&["key", "create", "a"], arguments].concat()).await;
        assert_eq!((output.status, output.stdout.as_str()), (Some(status), ""), "{arguments:?}: {output:?}");
    };
    failed(&["--rpm", "0"], 2).await;
    failed(&["--tpm", "many"], 2).await;
    failed(&["--usd-per-day", "2.0000000001"], 2).await;
    failed(&["--usd-per-day", "1000001"], 2).await;
    failed(&["--models", ""], 2).await;
    assert_eq!(host.json(&["key", "list"]).await, json!([]));
    host.cli(&["key", "show", "key_nobody"]).await.failed(4, &["key_nobody"]);
    let created = host.json(&["key", "create", "a", "--models", "later"]).await;
    assert!(created["warnings"][0].as_str().unwrap().contains("later"), "{created}");
}
