//! Cooldowns, buckets, and what an agent is told when nobody can be asked.

use std::time::Duration;

use crate::harness::{Agent, Answer, Host, Upstream, completion, until};

/// A host with one provider that plays `script`.
async fn alone(config: &str, upstream: &Upstream, more: &[&str]) -> (Host, Agent) {
    let host = Host::start_with(config).await;
    host.provider("alpha", upstream, &[&["--model", "m"], more].concat()).await;
    let agent = host.agent("tester").await;
    (host, agent)
}

#[tokio::test]
async fn retry_after_is_a_floor_under_the_cooldown() {
    let upstream = Upstream::start(|_| Answer::error(429, &[("retry-after", "120")])).await;
    let (host, agent) = alone("", &upstream, &[]).await;
    let refused = agent.chat("m").await;
    refused.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((115..=120).contains(&seconds), "{seconds}");
    let cooldowns = host.json(&["cooldown", "list"]).await;
    assert_eq!((&cooldowns[0]["provider"], &cooldowns[0]["count"]), (&"alpha".into(), &1.into()));
    let left = cooldowns[0]["left_ms"].as_u64().unwrap();
    assert!((110_000..=120_000).contains(&left), "{cooldowns}");
    assert!(cooldowns[0]["reason"].as_str().unwrap().contains("played"), "{cooldowns}");
}

#[tokio::test]
async fn a_429_without_a_word_cools_for_the_configured_time() {
    let upstream = Upstream::start(|_| Answer::with(429, &[], "")).await;
    let (host, agent) = alone("[cooldown]\nbase = \"40s\"\njitter = 0.0\n", &upstream, &[]).await;
    agent.chat("m").await.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    let left = host.json(&["cooldown", "list"]).await[0]["left_ms"].as_u64().unwrap();
    assert!((30_000..=40_000).contains(&left), "{left}");
}

#[tokio::test]
async fn while_all_cool_nobody_is_asked_and_the_agent_is_told_when_to_come_back() {
    let upstream = Upstream::start(|_| Answer::error(429, &[("retry-after", "60")])).await;
    let (host, agent) = alone("", &upstream, &[]).await;
    for _ in 0..3 {
        let refused = agent.chat("m").await;
        let error = refused.error(503, "AllPoolsExhausted", "all_pools_exhausted");
        assert!(error["message"].as_str().unwrap().contains("back in"), "{error}");
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(upstream.count(), 1);
    host.cli(&["cooldown", "clear", "alpha"]).await.ok();
    agent.chat("m").await.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn a_cooldown_grows_while_its_probes_fail_and_ends_with_a_good_one() {
    let upstream = Upstream::start(|asked| match asked.number {
        0 | 1 => Answer::with(429, &[], ""),
        _ => completion("m"),
    })
    .await;
    let (host, agent) = alone("[cooldown]\nbase = \"100ms\"\njitter = 0.0\n", &upstream, &[]).await;
    agent.chat("m").await;
    until("the second 429", async || {
        agent.chat("m").await;
        (upstream.count() == 2).then_some(())
    })
    .await;
    let cooling = host.json(&["provider", "show", "alpha"]).await["cooling"][0].clone();
    assert_eq!(cooling["count"], 2, "{cooling}");
    until("a good probe", async || (agent.chat("m").await.status == 200).then_some(())).await;
    assert_eq!(host.json(&["provider", "show", "alpha"]).await["cooling"], serde_json::json!([]));
}

#[tokio::test]
async fn a_429_about_one_model_leaves_the_others_alone() {
    let upstream = Upstream::start(|asked| match asked.model().as_str() {
        "m" => Answer::with(429, &[], "Rate limit reached for model m"),
        model => completion(model),
    })
    .await;
    let (host, agent) = alone("", &upstream, &["--model", "n"]).await;
    agent.chat("m").await.error(503, "AllPoolsExhausted", "all_pools_exhausted");
    assert_eq!(agent.chat("n").await.status, 200);
    assert_eq!(host.json(&["cooldown", "list"]).await[0]["model"], "m");
}

#[tokio::test]
async fn a_provider_is_never_sent_more_than_its_requests_a_minute() {
    let upstream = Upstream::good().await;
    let reject = "[routing]\nexhausted = \"reject\"\n";
    let (host, agent) = alone(reject, &upstream, &["--rpm", "60"]).await;
    let began = std::time::Instant::now();
    let mut passed = 0;
    for _ in 0..70 {
        let reply = agent.chat("m").await;
        match reply.status {
            200 => passed += 1,
            _ => drop(reply.error(503, "AllPoolsExhausted", "all_pools_exhausted")),
        }
    }
    // A burst of a tenth, and one more each second.
    let most = 6 + usize::try_from(began.elapsed().as_secs()).unwrap() + 1;
    assert!((6..=most).contains(&passed), "{passed} passed, {most} were allowed");
    assert_eq!(upstream.count(), passed);
    assert_eq!(host.json(&["provider", "show", "alpha"]).await["requests_used"], passed);
}

#[tokio::test]
async fn what_one_bucket_does_not_hold_goes_to_the_next_pool() {
    let (small, large) = (Upstream::good().await, Upstream::good().await);
    let host = Host::start().await;
    host.provider("small", &small, &["--model", "m", "--rpm", "10"]).await;
    host.provider("large", &large, &["--model", "m", "--pool", "fallback"]).await;
    let agent = host.agent("tester").await;
    for _ in 0..10 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    assert!((1..=2).contains(&small.count()), "{}", small.count());
    assert_eq!(small.count() + large.count(), 10);
}

#[tokio::test]
async fn a_disabled_provider_is_asked_no_more() {
    let upstream = Upstream::good().await;
    let (host, agent) = alone("", &upstream, &[]).await;
    host.cli(&["provider", "disable", "alpha"]).await.ok();
    agent.chat("m").await.error(404, "invalid_request_error", "model_not_found");
    host.cli(&["provider", "enable", "alpha"]).await.ok();
    tokio::time::timeout(Duration::from_secs(10), agent.chat("m")).await.unwrap();
    assert_eq!(upstream.count(), 1);
}
