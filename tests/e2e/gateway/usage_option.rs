//! The usage of a stream is asked for in the client's name, counted, and taken out again.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Host, Step, Upstream, body_of, event, until, usage_of};

const CHAT: &str = "/v1/chat/completions";

fn word() -> String {
    event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": "one"}}]}))
}

fn usage_chunk() -> String {
    event(&json!({"model": "m", "choices": [], "usage": usage_of(30, 7, 5)}))
}

/// A provider that states its usage if it is asked to.
async fn streaming(more: &[&str]) -> (Host, Agent, Upstream) {
    let upstream = Upstream::start(|asked| {
        let wants = asked.json()["stream_options"]["include_usage"] == true;
        let usage = wants.then(usage_chunk);
        let pieces = [Some(word()), usage, Some("data: [DONE]\n\n".to_owned())];
        Answer::Events(pieces.into_iter().flatten().map(Step::send).collect())
    })
    .await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &[&["--model", "m"], more].concat()).await;
    let agent = host.agent("tester").await;
    (host, agent, upstream)
}

async fn line(host: &Host) -> Value {
    until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await
}

async fn streamed(agent: &Agent, body: String) -> String {
    agent.open(agent.call(CHAT, body)).await.rest().await
}

#[tokio::test]
async fn a_client_that_did_not_ask_for_the_usage_does_not_see_it_and_it_is_counted() {
    let (host, agent, upstream) = streaming(&[]).await;
    assert_eq!(streamed(&agent, body_of("m", true)).await, format!("{}data: [DONE]\n\n", word()));
    let seen = upstream.only();
    assert_eq!(seen.json()["stream_options"], json!({"include_usage": true}));
    assert_eq!(seen.header("accept-encoding"), "identity");
    let line = line(&host).await;
    assert_eq!((&line["prompt_tokens"], &line["completion_tokens"]), (&json!(30), &json!(7)), "{line}");
    assert_eq!((&line["cached_tokens"], &line["estimated"]), (&json!(5), &json!(0)), "{line}");
}

#[tokio::test]
async fn a_client_that_said_no_is_asked_for_all_the_same_and_sees_nothing_of_it() {
    let (host, agent, upstream) = streaming(&[]).await;
    let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage" : false,"x":1}}"#;
    assert_eq!(streamed(&agent, body.to_owned()).await, format!("{}data: [DONE]\n\n", word()));
    assert_eq!(upstream.only().json()["stream_options"], json!({"include_usage": true, "x": 1}));
    assert_eq!(line(&host).await["prompt_tokens"], 30);
}

#[tokio::test]
async fn a_client_that_asked_gets_it_and_its_body_is_not_touched() {
    let (host, agent, upstream) = streaming(&[]).await;
    let body = r#"{"model":"m", "stream":true,"stream_options":{"include_usage":true}}"#;
    let expected = format!("{}{}data: [DONE]\n\n", word(), usage_chunk());
    assert_eq!(streamed(&agent, body.to_owned()).await, expected);
    assert_eq!(upstream.only().body, body);
    assert_eq!(line(&host).await["prompt_tokens"], 30);
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_option_is_not_sent_it() {
    let (host, agent, upstream) = streaming(&["--no-usage-option"]).await;
    let body = body_of("m", true);
    assert_eq!(streamed(&agent, body.clone()).await, format!("{}data: [DONE]\n\n", word()));
    assert_eq!(upstream.only().body, body);
    let line = line(&host).await;
    assert_eq!((&line["estimated"], &line["prompt_tokens"]), (&json!(1), &json!(body.len().div_ceil(4))));
}

#[tokio::test]
async fn what_is_no_stream_is_not_touched() {
    let (_host, agent, upstream) = streaming(&[]).await;
    let body = body_of("m", false);
    agent.post(CHAT, body.clone()).await;
    assert_eq!(upstream.only().body, body);
}
