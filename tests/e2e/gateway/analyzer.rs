//! Analyzers in the path of a request: what a plugin says of a provider's answer counts, and one that fails harms nobody.

use serde_json::json;

use crate::harness::{Agent, Answer, Core, Dress, Host, Upstream};

const FAILURES: &str = "[provides]\nfailures = [\"upstream\"]\n";

/// Says `rate-limited`, for 90 s, of a message that begins with `Q`; of others it says nothing.
fn quirk() -> Vec<u8> {
    // An option in a result: the diagnosis begins at 2064. The message is the seventh parameter.
    let code = "(if (i32.eq (i32.load8_u (local.get 6)) (i32.const 81)) (then
        (i32.store8 (i32.const 2056) (i32.const 1))
        (i32.store (i32.const 2064) (i32.const 1100)) (i32.store (i32.const 2068) (i32.const 12))
        (i32.store (i32.const 2072) (i32.const 1120)) (i32.store (i32.const 2076) (i32.const 5))
        (f64.store (i32.const 2080) (f64.const 1))
        (i32.store8 (i32.const 2088) (i32.const 1)) (i64.store (i32.const 2096) (i64.const 90000))
        (i32.store (i32.const 2104) (i32.const 0)) (i32.store (i32.const 2108) (i32.const 0)))
      (else (i32.store8 (i32.const 2056) (i32.const 0))))";
    let more = r#"(data (i32.const 1100) "rate-limited") (data (i32.const 1120) "quirk")"#;
    Core { code, more, ..Core::default() }.plugin(Dress::Analyzer, "quirk", FAILURES)
}

fn trapping() -> Vec<u8> {
    Core { code: "unreachable", ..Core::default() }.plugin(Dress::Analyzer, "trapping", FAILURES)
}

/// `bad` answers 400 with these words; `good`, in the next pool, answers well. The analyzer is asked first.
async fn pair(component: &[u8], bad: Upstream) -> (Host, Agent, Upstream, Upstream) {
    let good = Upstream::good().await;
    let host = Host::start().await;
    host.provider("bad", &bad, &["--model", "m"]).await;
    host.provider("good", &good, &["--model", "m", "--pool", "fallback"]).await;
    let file = host.file("analyzer.wasm", component);
    host.cli(&["plugin", "load", &file, "--slot", "analyzers/own"]).await.ok();
    host.cli(&["slot", "order", "analyzers", "own", "upstream-errors"]).await.ok();
    let agent = host.agent("tester").await;
    (host, agent, bad, good)
}

#[tokio::test]
async fn a_400_that_an_analyzer_takes_for_a_rate_limit_is_failed_over_and_cools() {
    let bad = Upstream::start(|_| Answer::with(400, &[], "QUOTA: come back later")).await;
    let (host, agent, bad, good) = pair(&quirk(), bad).await;
    let reply = agent.chat("m").await;
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "good"), "{}", host.log());
    assert_eq!((reply.header("x-patchbay-attempts"), host.health_of("bad").await.as_str()), ("2", "cooling"));
    let cooldown = host.json(&["cooldown", "list"]).await[0].clone();
    assert_eq!((&cooldown["provider"], &cooldown["model"]), (&json!("bad"), &json!(null)), "{cooldown}");
    assert!((80_000..=90_000).contains(&cooldown["left_ms"].as_u64().unwrap()), "{cooldown}");
    assert_eq!(agent.chat("m").await.header("x-patchbay-attempts"), "1");
    assert_eq!((bad.count(), good.count()), (1, 2));
}

#[tokio::test]
async fn what_an_analyzer_does_not_know_the_next_one_judges() {
    let bad = Upstream::start(|_| Answer::error(400, &[])).await;
    let (host, agent, bad, good) = pair(&quirk(), bad).await;
    assert_eq!(agent.chat("m").await.status, 400);
    assert_eq!((bad.count(), good.count(), host.health_of("bad").await.as_str()), (1, 0, "healthy"));
}

#[tokio::test]
async fn an_analyzer_that_traps_fails_no_request() {
    let bad = Upstream::start(|asked| match asked.number {
        0..3 => Answer::error(400, &[]),
        3..6 => Answer::error(500, &[]),
        _ => Answer::error(429, &[("retry-after", "60")]),
    })
    .await;
    let (host, agent, bad, good) = pair(&trapping(), bad).await;
    // The table stands also where nobody else is asked.
    host.cli(&["slot", "remove", "analyzers/upstream-errors"]).await.ok();
    for _ in 0..3 {
        assert_eq!(agent.chat("m").await.status, 400);
    }
    for _ in 0..4 {
        let reply = agent.chat("m").await;
        assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "good"), "{reply:?}");
    }
    assert_eq!((bad.count(), good.count(), host.health_of("bad").await.as_str()), (7, 4, "cooling"));
    assert_eq!(agent.chat("m").await.status, 200);
}
