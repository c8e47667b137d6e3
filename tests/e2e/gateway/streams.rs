//! Streams of events: as they come, to the byte; and how they end when one side goes.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Agent, Answer, Gate, Host, Step, Upstream, event, until, usage_of};

async fn alone(config: &str, upstream: &Upstream, model: &str) -> (Host, Agent) {
    let host = Host::start_with(config).await;
    host.provider("alpha", upstream, &["--model", model]).await;
    let agent = host.agent("tester").await;
    (host, agent)
}

fn chunk(model: &str, text: &str) -> String {
    event(&json!({"model": model, "choices": [{"index": 0, "delta": {"content": text}}]}))
}

#[tokio::test]
async fn each_event_is_there_before_the_next_is_sent() {
    // Odd to the eye, and all of it allowed.
    let pieces = [
        chunk("m", "one"),
        ": hello\n\n".to_owned(),
        "event: x\r\ndata: {\"a\" :  1}\r\n\r\n".to_owned(),
        "data: not JSON\n\n".to_owned(),
        chunk("m", "tw\u{e9}"),
        "data: [DONE]\n\n".to_owned(),
    ];
    let gate = Gate::closed();
    let steps: Vec<Step> =
        pieces.iter().flat_map(|piece| [Step::send(piece.clone()), Step::Wait(gate.clone())]).collect();
    let upstream = Upstream::start(move |_| Answer::Events(steps.clone())).await;
    let (_host, agent) = alone("", &upstream, "m").await;
    let mut live = agent.stream("m").await;
    assert_eq!((live.status, live.header("content-type")), (200, "text/event-stream"));
    assert_eq!(live.header("x-patchbay-provider"), "alpha");
    for piece in &pieces {
        live.expect(piece).await;
        gate.open(1);
    }
    assert_eq!(live.rest().await, "");
}

#[tokio::test]
async fn the_native_name_is_mapped_back_in_every_event_as_it_comes() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let upstream = Upstream::start(move |asked| {
        let native = asked.model();
        Answer::Events(vec![
            Step::send(chunk(&native, "one")),
            Step::Wait(shut.clone()),
            Step::send(chunk(&native, "native-m")),
            Step::send("data: [DONE]\n\n"),
        ])
    })
    .await;
    let (_host, agent) = alone("", &upstream, "m=native-m").await;
    let mut live = agent.stream("m").await;
    live.expect(&chunk("m", "one")).await;
    gate.open(1);
    assert_eq!(live.rest().await, format!("{}data: [DONE]\n\n", chunk("m", "native-m")));
    assert_eq!(upstream.only().model(), "native-m");
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_one_error_event_and_nobody_else_is_asked() {
    let upstream = Upstream::start(|_| {
        Answer::Events(vec![Step::send(chunk("m", "one")), Step::send("data: {\"hal"), Step::Break])
    })
    .await;
    let spare = Upstream::good().await;
    let (host, agent) = alone("", &upstream, "m").await;
    host.provider("spare", &spare, &["--model", "m", "--pool", "fallback"]).await;
    let text = agent.stream("m").await.rest().await;
    assert!(text.starts_with(&chunk("m", "one")), "{text}");
    assert_eq!(text.matches("\"error\"").count(), 1, "{text}");
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    let error: serde_json::Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(error["error"]["type"], "upstream_error", "{text}");
    assert_eq!((upstream.count(), spare.count()), (1, 0));
    let usage = host.json(&["usage"]).await;
    assert_eq!((&usage[0]["requests"], &usage[0]["errors"]), (&1.into(), &1.into()), "{usage}");
}

/// As one that has announced more than it has.
#[tokio::test]
async fn a_provider_that_is_silent_after_its_last_event_has_told_all() {
    let events = vec![Step::send("data: 1\n\n"), Step::send("data: [DONE]\n\n"), Step::Stall];
    let upstream = Upstream::start(move |_| Answer::Events(events.clone())).await;
    let (_host, agent) = alone("[upstream]\nsilence_timeout = \"300ms\"\n", &upstream, "m").await;
    assert_eq!(agent.stream("m").await.rest().await, "data: 1\n\ndata: [DONE]\n\n");
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_ended_with_an_error_event() {
    let upstream =
        Upstream::start(|_| Answer::Events(vec![Step::send(chunk("m", "one")), Step::Stall])).await;
    let (_host, agent) = alone("[upstream]\nsilence_timeout = \"300ms\"\n", &upstream, "m").await;
    let text = agent.stream("m").await.rest().await;
    assert!(text.contains("silent") && text.matches("\"error\"").count() == 1, "{text}");
    until("the provider to be left", async || (upstream.left() == 1).then_some(())).await;
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_provider_and_pays_for_what_it_got() {
    let upstream =
        Upstream::start(|_| Answer::Events(vec![Step::send(chunk("m", "four words are here")), Step::Stall]))
            .await;
    let (host, agent) = alone("", &upstream, "m").await;
    let mut live = agent.stream("m").await;
    live.next().await.unwrap().unwrap();
    assert_eq!(upstream.left(), 0);
    let left = Instant::now();
    drop(live);
    until("the provider to be left", async || (upstream.left() == 1).then_some(())).await;
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!(
        (&line["requests"], &line["cancelled"], &line["estimated"]),
        (&1.into(), &1.into(), &1.into()),
        "{line}"
    );
    assert!(line["completion_tokens"].as_u64().unwrap() > 0, "{line}");
    assert_eq!(host.json(&["provider", "show", "alpha"]).await["in_flight"], 0);
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_stops_the_provider() {
    let upstream = Upstream::start(|_| Answer::Stall).await;
    let (host, agent) = alone("", &upstream, "m").await;
    tokio::select! {
        _ = agent.stream("m") => panic!("a provider that says nothing was answered for"),
        () = upstream.asked(1) => {}
    }
    let left = Instant::now();
    until("the provider to be left", async || (upstream.left() == 1).then_some(())).await;
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
    until("nothing in flight", async || {
        (host.json(&["provider", "show", "alpha"]).await["in_flight"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_usage_of_a_stream_is_what_its_last_event_says() {
    let upstream = Upstream::start(|_| {
        Answer::Events(vec![
            Step::send(chunk("m", "one")),
            Step::send(event(&json!({"model": "m", "choices": [], "usage": usage_of(30, 7, 0)}))),
            Step::send("data: [DONE]\n\n"),
        ])
    })
    .await;
    let (host, agent) = alone("", &upstream, "m").await;
    agent.stream("m").await.rest().await;
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!((&line["prompt_tokens"], &line["completion_tokens"]), (&30.into(), &7.into()), "{line}");
    assert_eq!((&line["estimated"], &line["errors"]), (&0.into(), &0.into()), "{line}");
}
