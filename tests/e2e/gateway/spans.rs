//! Spans of requests, as a collector that is played gets them.

mod protobuf;

use http::Method;
use http_body_util::Full;
use serde_json::json;

use crate::harness::{Answer, Asked, Host, Upstream, body_of, completion};
use protobuf::{Span, spans};

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn collector() -> Upstream {
    Upstream::start(|_| Answer::with(200, &[("content-type", "application/x-protobuf")], "")).await
}

async fn traced(collector: &Upstream, more: &str) -> Host {
    Host::start_with(&format!("[telemetry]\nendpoint = \"http://{}\"\n{more}", collector.address)).await
}

/// What the collector has when the host has ended, which does not wait for a batch to be full: the outermost first.
async fn sent(host: &mut Host, collector: &Upstream, count: usize) -> Vec<Span> {
    host.terminate();
    assert!(host.ended().await.success(), "{}", host.log());
    let requests = collector.requests();
    let mut found: Vec<Span> = requests.iter().flat_map(|asked| spans(&asked.body)).collect();
    assert_eq!(found.len(), count, "{found:?}");
    found.sort_by_key(|span| (span.kind, span.start));
    found
}

fn traceparent(asked: &Asked) -> Vec<String> {
    asked.header("traceparent").split('-').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_request_is_a_span_with_one_below_it_for_each_provider_that_was_asked() {
    let collector = collector().await;
    let (bad, good) = (Upstream::start(|_| Answer::error(500, &[])).await, Upstream::good().await);
    let mut host = traced(&collector, "").await;
    host.provider("bad", &bad, &["--model", "m=native-m"]).await;
    host.provider("good", &good, &["--model", "m", "--pool", "fallback", "--price", "m=2/10"]).await;
    let agent = host.agent("tester").await;
    let body =
        json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "a secret word"}]});
    let reply = agent.post("/v1/chat/completions", body.to_string()).await;
    assert_eq!(reply.status, 200);
    let found = sent(&mut host, &collector, 3).await;
    let (request, attempts) = found.split_first().unwrap();
    assert_eq!((request.name.as_str(), request.kind, request.parent.as_str()), ("chat m", 2, ""));
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.request.model", "m"),
        ("gen_ai.request.max_tokens", "9"),
        ("gen_ai.agent.name", "tester"),
        ("gen_ai.usage.input_tokens", "10"),
        ("gen_ai.usage.output_tokens", "5"),
        ("gen_ai.usage.cache_read.input_tokens", "0"),
        ("http.response.status_code", "200"),
        ("url.path", "/v1/chat/completions"),
        ("patchbay.request.id", reply.header("x-request-id")),
        ("patchbay.generation", "routing/1"),
        ("patchbay.attempts", "2"),
        ("patchbay.stream", "false"),
        ("patchbay.usage.reasoning_tokens", "0"),
        ("patchbay.usage.estimated", "false"),
        // 10 x 2 + 5 x 10 USD per million.
        ("patchbay.cost_nano_usd", "70000"),
    ] {
        assert_eq!(request.attribute(key), Some(value), "{key}: {request:?}");
    }
    assert!(
        request.attribute("patchbay.first_byte_ms").is_some() && request.attribute("error.type").is_none()
    );
    for (attempt, (name, model, verdict, error, upstream)) in attempts.iter().zip([
        ("bad", "native-m", "server-error", Some("server-error"), &bad),
        ("good", "m", "ok", None, &good),
    ]) {
        assert_eq!((attempt.kind, &attempt.parent, &attempt.trace), (3, &request.id, &request.trace));
        assert_eq!(attempt.attribute("patchbay.provider"), Some(name));
        assert_eq!(attempt.attribute("gen_ai.provider.name"), Some("openai"));
        assert_eq!(attempt.attribute("gen_ai.request.model"), Some(model));
        assert_eq!(attempt.attribute("patchbay.verdict"), Some(verdict));
        assert_eq!(attempt.attribute("error.type"), error);
        assert_eq!(traceparent(&upstream.only()), ["00", &request.trace, &attempt.id, "01"], "{name}");
    }
    let sent = collector.requests();
    assert_eq!((sent[0].method.as_str(), sent[0].path.as_str()), ("POST", "/v1/traces"));
    assert_eq!(sent[0].header("content-type"), "application/x-protobuf");
    assert!(sent.iter().all(|asked| !String::from_utf8_lossy(&asked.body).contains("secret")));
}

#[tokio::test]
async fn a_request_that_is_part_of_a_trace_stays_in_it() {
    let (collector, upstream) = (collector().await, Upstream::good().await);
    // Of traces that begin here none is sent.
    let mut host = traced(&collector, "sample = 0.0\n").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    assert_eq!(agent.chat("m").await.status, 200);
    let request = agent.request(Method::POST, "/v1/chat/completions").header("traceparent", CALLER);
    let reply = agent.send(request.body(Full::from(body_of("m", false))).unwrap()).await;
    assert_eq!(reply.status, 200);
    let found = sent(&mut host, &collector, 2).await;
    let caller: Vec<&str> = CALLER.split('-').collect();
    assert_eq!((found[0].trace.as_str(), found[0].parent.as_str()), (caller[1], caller[2]));
    let seen = upstream.requests();
    assert_eq!(traceparent(&seen[1]), ["00", caller[1], &found[1].id, "01"]);
}

#[tokio::test]
async fn a_refused_request_is_a_span_with_its_code_and_one_without_a_key_is_none() {
    let (collector, upstream) = (collector().await, Upstream::start(|_| completion("m")).await);
    let mut host = traced(&collector, "").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    crate::harness::Agent::new(agent.address, "").chat("m").await.error(
        401,
        "invalid_request_error",
        "missing_api_key",
    );
    agent.chat("none").await.error(404, "invalid_request_error", "model_not_found");
    let found = sent(&mut host, &collector, 1).await;
    assert_eq!(found[0].attribute("error.type"), Some("model_not_found"), "{found:?}");
    assert_eq!(found[0].attribute("http.response.status_code"), Some("404"));
    assert_eq!(found[0].attribute("patchbay.attempts"), Some("0"));
}

#[tokio::test]
async fn a_collector_that_is_away_harms_no_request() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstream = Upstream::good().await;
    let host = Host::start_with(&format!("[telemetry]\nendpoint = \"http://{nobody}\"\n")).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    for _ in 0..5 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
}
