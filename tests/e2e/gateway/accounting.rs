//! What is counted: tokens, cost, who and what; and answers that are hard to read.

use http::Method;
use http_body_util::Full;
use serde_json::json;

use crate::harness::{Agent, Answer, Host, Upstream, body_of, usage_of};

async fn priced(upstream: &Upstream) -> (Host, Agent) {
    let host = Host::start().await;
    let models = ["--model", "m", "--price", "m=2/10/0.5", "--model", "free"];
    host.provider("alpha", upstream, &models).await;
    let agent = host.agent("tester").await;
    (host, agent)
}

#[tokio::test]
async fn tokens_and_cost_are_summed_by_provider_model_and_agent() {
    let upstream = Upstream::start(|_| Answer::json(200, &json!({"usage": usage_of(1000, 500, 400)}))).await;
    let (host, agent) = priced(&upstream).await;
    let other = host.agent("other").await;
    for _ in 0..2 {
        agent.chat("m").await;
    }
    agent.chat("free").await;
    other.chat("m").await;
    let usage = host.json(&["usage"]).await;
    let line = |agent: &str, model: &str| {
        let lines = usage.as_array().unwrap().iter();
        lines.clone().find(|line| line["agent"] == agent && line["model"] == model).unwrap().clone()
    };
    let mine = line("tester", "m");
    assert_eq!(
        (&mine["provider"], &mine["requests"], &mine["errors"]),
        (&"alpha".into(), &2.into(), &0.into())
    );
    assert_eq!((&mine["prompt_tokens"], &mine["cached_tokens"]), (&2000.into(), &800.into()));
    assert_eq!((&mine["completion_tokens"], &mine["total_tokens"]), (&1000.into(), &3000.into()));
    // Each 600 x 2 + 400 x 0.5 + 500 x 10 USD per million.
    assert_eq!(mine["cost_nano_usd"], 2 * 6_400_000, "{mine}");
    assert_eq!(mine["cost_usd"], "0.0128", "{mine}");
    assert_eq!(line("tester", "free")["cost_nano_usd"], 0);
    assert_eq!(line("other", "m")["requests"], 1);
    assert_eq!(usage.as_array().unwrap().len(), 3);
    let of_other = host.json(&["usage", "--agent", "other", "--hours", "2", "--by", "hour"]).await;
    assert_eq!(of_other.as_array().unwrap().len(), 1, "{of_other}");
    assert!(!of_other[0]["hour"].is_null(), "{of_other}");
}

#[tokio::test]
async fn usage_outlives_its_provider() {
    let upstream = Upstream::good().await;
    let (host, agent) = priced(&upstream).await;
    agent.chat("m").await;
    host.cli(&["provider", "remove", "alpha"]).await.ok();
    let usage = host.json(&["usage"]).await;
    assert_eq!((&usage[0]["provider"], &usage[0]["requests"]), (&"alpha".into(), &1.into()), "{usage}");
}

#[tokio::test]
async fn a_failed_attempt_is_an_error_of_the_provider_that_failed() {
    let (bad, good) = (Upstream::start(|_| Answer::error(500, &[])).await, Upstream::good().await);
    let host = Host::start().await;
    host.provider("bad", &bad, &["--model", "m"]).await;
    host.provider("good", &good, &["--model", "m", "--pool", "fallback"]).await;
    assert_eq!(host.agent("tester").await.chat("m").await.status, 200);
    let usage = host.json(&["usage"]).await;
    let counts: Vec<_> = usage
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (&line["provider"], &line["requests"], &line["errors"]))
        .collect();
    assert_eq!(counts, [(&"bad".into(), &1.into(), &1.into()), (&"good".into(), &1.into(), &0.into())]);
}

#[tokio::test]
async fn a_compressed_answer_passes_as_it_is_and_is_counted() {
    let whole = gzip(json!({"model": "m", "usage": usage_of(11, 3, 0)}).to_string().as_bytes());
    let played = whole.clone();
    let upstream = Upstream::start(move |_| {
        let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
        Answer::with(200, &headers, played.clone())
    })
    .await;
    let (host, agent) = priced(&upstream).await;
    let request = agent.request(Method::POST, "/v1/chat/completions").header("accept-encoding", "gzip");
    let reply = agent.send(request.body(Full::new(body_of("m", false).into())).unwrap()).await;
    assert_eq!((reply.status, reply.header("content-encoding")), (200, "gzip"));
    assert_eq!(reply.body, whole);
    assert_eq!(upstream.only().header("accept-encoding"), "gzip");
    let usage = host.json(&["usage"]).await;
    assert_eq!((&usage[0]["prompt_tokens"], &usage[0]["estimated"]), (&11.into(), &0.into()), "{usage}");
}

#[tokio::test]
async fn the_metrics_tell_the_same() {
    let upstream = Upstream::good().await;
    let (host, agent) = priced(&upstream).await;
    for _ in 0..3 {
        agent.chat("m").await;
    }
    let metrics = Agent::new(host.metrics(), "").get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"), "{metrics:?}");
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(text.contains("# TYPE patchbay_requests_total counter"), "{text}");
    let requests =
        text.lines().find(|line| line.starts_with("patchbay_requests_total{") && line.contains("\"alpha\""));
    assert!(requests.is_some_and(|line| line.ends_with(" 3")), "{text}");
}

/// One stored block (RFC 1951 section 3.2.4) in a gzip member (RFC 1952): nothing is made smaller.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    member.extend(length.to_le_bytes());
    member.extend((!length).to_le_bytes());
    member.extend(bytes);
    member.extend(crc32(bytes).to_le_bytes());
    member.extend(u32::from(length).to_le_bytes());
    member
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}
