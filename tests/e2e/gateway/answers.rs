//! A good answer: its bytes, its headers, its model.

use crate::harness::{Agent, Answer, Host, Upstream, body_of};

/// A host with one provider `alpha` that serves `m` under the name `native-m`.
async fn renaming(upstream: &Upstream) -> (Host, Agent) {
    let host = Host::start().await;
    host.provider("alpha", upstream, &["--model", "m=native-m"]).await;
    let agent = host.agent("tester").await;
    (host, agent)
}

#[tokio::test]
async fn every_byte_but_the_models_name_passes_both_ways() {
    const ASKED: &str =
        r#"{ "messages":[{"role":"user","content":"été \"m\" 😀"}],"x":1.0e5 ,"model" : "m","n":1}"#;
    const ANSWERED: &str = "{\"id\" : \"x\",\n \"model\":\"native-m\",\"é\":1.10,\"usage\":null}\n";
    let upstream =
        Upstream::start(|_| Answer::with(200, &[("content-type", "application/json")], ANSWERED)).await;
    let (_host, agent) = renaming(&upstream).await;
    let reply = agent.post("/v1/chat/completions", ASKED).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, ANSWERED.replace("\"native-m\"", "\"m\""));
    let seen = upstream.only();
    assert_eq!(seen.body, ASKED.replace("\"model\" : \"m\"", "\"model\" : \"native-m\""));
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/chat/completions"));
}

#[tokio::test]
async fn an_answer_says_who_gave_it_who_decided_and_what_it_took() {
    let upstream = Upstream::good().await;
    let (_host, agent) = renaming(&upstream).await;
    let (first, second) = (agent.chat("m").await, agent.chat("m").await);
    assert_eq!(first.header("x-patchbay-provider"), "alpha");
    assert_eq!(first.header("x-patchbay-generation"), "routing/1");
    assert_eq!(first.header("x-patchbay-attempts"), "1");
    assert_eq!(first.header("x-patchbay-fallback"), "");
    assert!(first.header("x-patchbay-overhead-us").parse::<u64>().is_ok(), "{first:?}");
    assert!(!first.header("x-request-id").is_empty());
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn every_endpoint_reaches_its_own_path() {
    let upstream = Upstream::good().await;
    let (_host, agent) = renaming(&upstream).await;
    let paths = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"];
    for path in paths {
        assert_eq!(agent.post(path, body_of("m", false)).await.status, 200, "{path}");
    }
    let seen: Vec<String> = upstream.requests().into_iter().map(|asked| asked.path).collect();
    assert_eq!(seen, paths);
}

#[tokio::test]
async fn a_base_url_is_the_same_with_and_without_v1() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    for (name, path) in [("bare", ""), ("slash", "/"), ("v1", "/v1"), ("v1-slash", "/v1/")] {
        let url = format!("http://{}{path}", upstream.address);
        host.provider_at(name, &url, &["--model", name]).await;
        let shown = host.json(&["provider", "show", name]).await;
        assert_eq!(shown["url"], upstream.url());
    }
    let agent = host.agent("tester").await;
    for model in ["bare", "slash", "v1", "v1-slash"] {
        assert_eq!(agent.chat(model).await.status, 200);
    }
    assert!(upstream.requests().iter().all(|asked| asked.path == "/v1/chat/completions"));
}

#[tokio::test]
async fn the_query_is_kept() {
    let upstream = Upstream::good().await;
    let (_host, agent) = renaming(&upstream).await;
    let path = "/v1/chat/completions?api-version=2026-01&x=%20y&&z";
    assert_eq!(agent.post(path, body_of("m", false)).await.status, 200);
    assert_eq!(upstream.only().path, path);
}

#[tokio::test]
async fn connections_to_a_provider_are_used_again() {
    let upstream = Upstream::good().await;
    let (_host, agent) = renaming(&upstream).await;
    for _ in 0..20 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    assert_eq!(upstream.count(), 20);
    // A request may come just before the connection of the last one is back, and then opens another.
    assert!(upstream.connections() <= 4, "{} connections for 20 requests", upstream.connections());
}
