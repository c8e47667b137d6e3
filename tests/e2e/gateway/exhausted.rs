//! When nobody can take a request: it waits, goes to a provider that cools all the same, or is refused, as the policy or
//! the operator says.

use std::time::{Duration, Instant};

use crate::harness::{Agent, Answer, Host, Upstream, completion, plugin, until};

async fn alone(config: &str, upstream: &Upstream, more: &[&str]) -> (Host, Agent) {
    let host = Host::start_with(&format!("[routing]\n{config}\n")).await;
    host.provider("alpha", upstream, &[&["--model", "m"], more].concat()).await;
    let agent = host.agent("tester").await;
    (host, agent)
}

/// Until so many requests wait for a provider.
async fn waiting(host: &Host, count: usize) {
    let line = format!("patchbay_waiting_requests {count}.0");
    until(&line, async || host.metrics_text().await.lines().any(|found| found == line).then_some(())).await;
}

fn seconds(reply: &crate::harness::Reply) -> u64 {
    reply.header("retry-after").parse().unwrap_or_else(|error| panic!("{error}: {reply:?}"))
}

#[tokio::test]
async fn what_the_bucket_does_not_hold_waits_for_it() {
    let upstream = Upstream::good().await;
    let (_host, agent) = alone("", &upstream, &["--rpm", "60"]).await;
    let began = Instant::now();
    let replies = futures_util::future::join_all((0..7).map(|_| agent.chat("m"))).await;
    let took = began.elapsed();
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert!((Duration::from_millis(800)..Duration::from_secs(4)).contains(&took), "{took:?}");
    // The wait is not the host's own time.
    let longest = replies.iter().map(|reply| reply.header("x-patchbay-overhead-us").parse::<u64>().unwrap());
    assert!(longest.max().unwrap() < 500_000, "{replies:?}");
}

#[tokio::test]
async fn a_request_that_would_wait_too_long_is_refused_at_once() {
    let upstream = Upstream::good().await;
    let (_host, agent) = alone("wait = \"2s\"", &upstream, &["--rpm", "10"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    let began = Instant::now();
    let reply = agent.chat("m").await;
    reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!((5..=6).contains(&seconds(&reply)), "{reply:?}");
}

#[tokio::test]
async fn a_request_that_has_waited_in_vain_is_refused() {
    let upstream = Upstream::start(|_| Answer::Stall).await;
    let (host, agent) = alone("wait = \"1500ms\"", &upstream, &["--max-in-flight", "1"]).await;
    let asking = async {
        upstream.asked(1).await;
        let began = Instant::now();
        let reply = agent.chat("m").await;
        (reply, began.elapsed())
    };
    let (reply, took) = tokio::select! {
        _ = agent.chat("m") => panic!("a provider that says nothing was answered for"),
        outcome = asking => outcome,
    };
    reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert!((1..=2).contains(&seconds(&reply)), "{reply:?}");
    assert!((Duration::from_millis(500)..Duration::from_secs(4)).contains(&took), "{took:?}");
    assert_eq!(upstream.count(), 1);
    waiting(&host, 0).await;
}

#[tokio::test]
async fn a_request_waits_until_a_place_is_free() {
    let gate = crate::harness::Gate::closed();
    let shut = gate.clone();
    let upstream = Upstream::start(move |_| Answer::Later(shut.clone(), Box::new(completion("m")))).await;
    let (host, agent) = alone("", &upstream, &["--max-in-flight", "1"]).await;
    let opening = async {
        upstream.asked(1).await;
        waiting(&host, 2).await;
        gate.open(3);
    };
    let asking = futures_util::future::join_all((0..3).map(|_| agent.chat("m")));
    let (replies, ()) = tokio::join!(asking, opening);
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
    assert_eq!(upstream.count(), 3);
}

#[tokio::test]
async fn only_so_many_wait_and_one_that_leaves_makes_room() {
    let upstream = Upstream::good().await;
    let (host, agent) = alone("waiting_max = 1", &upstream, &["--rpm", "10"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    for _ in 0..2 {
        let refused = async {
            waiting(&host, 1).await;
            let began = Instant::now();
            let reply = agent.chat("m").await;
            reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
            assert!((1..=6).contains(&seconds(&reply)), "{reply:?}");
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        };
        // The one that waits goes away when the other has been refused.
        tokio::select! {
            reply = agent.chat("m") => panic!("it had to wait: {reply:?}"),
            () = refused => {}
        }
        waiting(&host, 0).await;
    }
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn in_an_emergency_a_request_goes_to_a_provider_that_cools_and_a_good_answer_ends_that() {
    let upstream = Upstream::start(|asked| match asked.number {
        0 => Answer::error(429, &[("retry-after", "300")]),
        _ => completion("m"),
    })
    .await;
    let (host, agent) = alone("exhausted = \"emergency\"", &upstream, &["--rpm", "60"]).await;
    agent.chat("m").await.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert_eq!(host.health_of("alpha").await, "cooling");
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!(host.health_of("alpha").await, "healthy");
    assert_eq!(host.json(&["cooldown", "list"]).await, serde_json::json!([]));
    assert_eq!(agent.chat("m").await.status, 200);
}

#[tokio::test]
async fn an_emergency_is_a_tenth_of_the_requests_and_the_others_are_refused() {
    let upstream = Upstream::start(|_| Answer::error(429, &[("retry-after", "300")])).await;
    let (_host, agent) = alone("exhausted = \"emergency\"", &upstream, &["--rpm", "60"]).await;
    for _ in 0..20 {
        let reply = agent.chat("m").await;
        reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
        assert!(seconds(&reply) > 200, "{reply:?}");
    }
    // The one that began the cooldown, and of 6 a minute those that a few seconds have.
    assert!((2..=3).contains(&upstream.count()), "{}", upstream.count());
}

#[tokio::test]
async fn a_host_that_rejects_lets_nobody_wait() {
    let upstream = Upstream::good().await;
    let (_host, agent) = alone("exhausted = \"reject\"", &upstream, &["--rpm", "60"]).await;
    let began = Instant::now();
    let replies = futures_util::future::join_all((0..8).map(|_| agent.chat("m"))).await;
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    assert!(!refused.is_empty() || began.elapsed() > Duration::from_secs(1), "{replies:?}");
    for reply in refused {
        reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
        assert_eq!(seconds(reply), 1);
    }
}

/// A policy that says `word` for when nobody can be taken, and to come back in `ms` milliseconds.
fn otherwise(word: &str, ms: u64) -> Vec<u8> {
    // The decision begins at 2056: its order, its reason, and from 2072 on what to do otherwise.
    let code = format!(
        "(i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 1))
         (i32.store (i32.const 2064) (i32.const 1040)) (i32.store (i32.const 2068) (i32.const 1))
         (i32.store8 (i32.const 2072) (i32.const 1))
         (i32.store (i32.const 2080) (i32.const 1060)) (i32.store (i32.const 2084) (i32.const {length}))
         (i32.store8 (i32.const 2088) (i32.const {some})) (i64.store (i32.const 2096) (i64.const {ms}))",
        length = word.len(),
        some = u8::from(ms > 0),
    );
    let more = format!("(data (i32.const 1040) \"x\") (data (i32.const 1060) \"{word}\")");
    plugin("otherwise", "0.2.0", &code, &more)
}

#[tokio::test]
async fn the_policys_word_goes_over_the_operators() {
    let upstream = Upstream::good().await;
    let (host, agent) = alone("exhausted = \"wait\"", &upstream, &["--rpm", "10"]).await;
    host.load(&otherwise("reject", 77_000)).await;
    let first = agent.chat("m").await;
    assert_eq!((first.status, first.header("x-patchbay-fallback")), (200, ""), "{first:?}");
    let reply = agent.chat("m").await;
    reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert_eq!((seconds(&reply), reply.header("x-patchbay-generation")), (77, "routing/2"));
    host.load(&otherwise("nonsense", 0)).await;
    let reply = agent.chat("m").await;
    reply.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert!((1..=6).contains(&seconds(&reply)), "{reply:?}");
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn a_policy_may_have_requests_wait_where_the_operator_would_not() {
    let upstream = Upstream::good().await;
    let (host, agent) = alone("exhausted = \"reject\"", &upstream, &["--rpm", "60"]).await;
    host.load(&otherwise("wait", 0)).await;
    let replies = futures_util::future::join_all((0..7).map(|_| agent.chat("m"))).await;
    assert!(replies.iter().all(|reply| reply.status == 200), "{replies:?}");
}

#[tokio::test]
async fn a_policy_may_call_an_emergency() {
    let upstream = Upstream::start(|asked| match asked.number {
        0 => Answer::error(429, &[("retry-after", "300")]),
        _ => completion("m"),
    })
    .await;
    let (host, agent) = alone("exhausted = \"reject\"", &upstream, &[]).await;
    host.load(&otherwise("emergency", 0)).await;
    agent.chat("m").await.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!(host.health_of("alpha").await, "healthy");
}
