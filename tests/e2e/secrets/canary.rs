//! A provider's key, looked for everywhere that somebody could look: it is nowhere in clear but at the provider.

use std::fs;

use http::Method;
use http_body_util::Full;

use super::{found_below, rotate};
use crate::harness::{Answer, Asked, Host, Upstream, completion};

const CANARY: &str = "sk-canary7f3a91c2e5-0123456789";
/// The key without what its mask shows.
const MIDDLE: &str = "nary7f3a91c2e5-012345";

/// Repeats the key in whatever it answers.
fn parrot(asked: &Asked) -> Answer {
    let key = asked.header("authorization");
    match asked.number % 4 {
        0 => completion("m"),
        1 => Answer::with(401, &[("x-key", key)], format!("no such key: {key}")),
        2 => Answer::with(429, &[("retry-after", "1")], format!("too often: {key}")),
        _ => Answer::with(500, &[], format!("broken: {key}")),
    }
}

#[tokio::test]
async fn a_providers_key_is_in_no_log_no_metric_no_answer_no_environment_and_no_file() {
    let upstream = Upstream::start(parrot).await;
    let mut host = Host::start_with("[log]\nlevel = \"trace\"\n").await;
    let key = host.file("key.txt", CANARY.as_bytes());
    let mut told = Vec::new();
    for name in ["alpha", "beta", "gamma", "delta"] {
        let add = ["provider", "add", name, "--url", &upstream.url(), "--key-file", &key, "--model", "m"];
        told.push(host.cli(&[&add[..], &["--json"]].concat()).await.ok());
    }
    fs::remove_file(key).unwrap();
    let agent = host.agent("tester").await;
    for _ in 0..6 {
        let reply = agent.chat("m").await;
        told.push(format!("{} {:?}", reply.status, reply.headers) + &String::from_utf8_lossy(&reply.body));
    }
    let stream =
        agent.request(Method::POST, "/v1/chat/completions").header("content-type", "application/json");
    let stream = stream.body(Full::new(crate::harness::body_of("m", true).into())).unwrap();
    told.push(format!("{:?}", agent.send(stream).await));
    told.push(host.cli(&["provider", "test", "alpha"]).await.stdout);
    told.push(host.cli(&["provider", "set", "alpha", "--url", "http://127.0.0.1:1"]).await.stderr);
    host.cli(&["secrets", "rotate"]).await.ok();
    told.push(host.cli(&["secrets", "list"]).await.ok());
    let to = rotate::recipient_of(&host).await;
    told.push(host.cli(&["secrets", "export", "--to", &to]).await.ok());
    for path in
        ["status", "providers", "vault", "secrets", "cooldowns", "events", "audit", "reports", "usage"]
    {
        told.push(host.operator().get(&format!("/api/{path}")).await);
    }
    let metrics = crate::harness::Agent::new(host.metrics(), "").get("/metrics").await;
    told.push(String::from_utf8_lossy(&metrics.body).into_owned());
    for file in ["environ", "cmdline"] {
        let bytes = fs::read(format!("/proc/{}/{file}", host.pid())).unwrap();
        told.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    host.restart().await;
    told.push(host.log());
    for text in &told {
        let at =
            text.find(MIDDLE).map(|at| text[at.saturating_sub(200)..].chars().take(300).collect::<String>());
        assert_eq!(at, None, "the key was told");
    }
    assert!(host.log().contains("TRACE"), "the log is not at its most");
    assert!(upstream.requests().iter().any(|asked| asked.header("authorization").contains(CANARY)));
    host.kill9();
    assert!(!found_below(&host.dir(), MIDDLE.as_bytes()), "the key is in a file");
    assert!(found_below(&host.dir(), b"sk-can"), "the search finds nothing at all");
}
