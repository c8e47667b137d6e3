//! What is an agent's own ends at the gateway, and what is the provider's too.

use http::Method;
use http_body_util::Full;

use crate::harness::{Answer, Host, KEY, Upstream, body_of};

#[tokio::test]
async fn a_provider_sees_its_own_key_and_nothing_of_the_agents() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let private = [
        ("cookie", "session=1"),
        ("x-api-key", "pbk_x"),
        ("api-key", "pbk_x"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "inside.example"),
        ("forwarded", "for=10.0.0.1"),
        ("via", "1.1 inside"),
        ("x-real-ip", "10.0.0.1"),
        ("proxy-authorization", "Basic eA=="),
        ("te", "trailers"),
        ("x-hop", "1"),
    ];
    let request = agent.request(Method::POST, "/v1/chat/completions").header("connection", "x-hop");
    let request = private.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.header("openai-organization", "org").header("x-stainless-lang", "rust");
    let reply = agent.send(request.body(Full::new(body_of("m", false).into())).unwrap()).await;
    assert_eq!(reply.status, 200);
    let seen = upstream.only();
    assert_eq!(seen.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(seen.header("host"), upstream.address.to_string());
    private.iter().for_each(|(name, _)| assert_eq!(seen.header(name), "", "{name} reached the provider"));
    assert_eq!((seen.header("openai-organization"), seen.header("x-stainless-lang")), ("org", "rust"));
    assert!(!format!("{seen:?}").contains(&agent.key), "{seen:?}");
}

#[tokio::test]
async fn a_provider_without_a_key_is_sent_none() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    let add = ["provider", "add", "local", "--url", &upstream.url(), "--no-key", "--model", "m"];
    host.cli(&add).await.ok();
    assert_eq!(host.agent("tester").await.chat("m").await.status, 200);
    assert_eq!(upstream.only().header("authorization"), "");
}

#[tokio::test]
async fn an_agent_sees_no_cookie_of_the_provider_and_no_forged_header() {
    let headers = [("set-cookie", "a=b"), ("x-patchbay-provider", "forged"), ("x-ratelimit-limit", "9")];
    let upstream = Upstream::start(move |_| Answer::with(200, &headers, "{}")).await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let reply = host.agent("tester").await.chat("m").await;
    assert_eq!(reply.header("set-cookie"), "");
    assert_eq!(reply.headers.get_all("x-patchbay-provider").iter().collect::<Vec<_>>(), ["alpha"]);
    assert_eq!(reply.header("x-ratelimit-limit"), "9");
}

#[tokio::test]
async fn no_secret_is_in_the_log_the_store_or_an_answer() {
    let upstream = Upstream::start(|asked| {
        // A provider that repeats its key in an error.
        Answer::with(429, &[], format!("wrong: {}", asked.header("authorization")))
    })
    .await;
    let host = Host::start_with("[log]\nlevel = \"debug\"\n").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let refused = agent.chat("m").await;
    refused.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert!(!String::from_utf8_lossy(&refused.body).contains(KEY), "the provider's key was told to an agent");
    assert!(!host.log().contains(KEY), "the provider's key is in the log");
    let mut told = host.log();
    for asked in [
        &["provider", "list"][..],
        &["key", "list"],
        &["cooldown", "list"],
        &["event", "list"],
        &["audit", "list"],
    ] {
        told.push_str(&host.json(asked).await.to_string());
    }
    for file in std::fs::read_dir(host.dir()).unwrap().flatten().filter(|file| file.path().is_file()) {
        told.push_str(&String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()));
    }
    assert!(!told.contains(KEY), "the provider's key was told");
    assert!(!told.contains(&agent.key), "the agent's key was told");
}
