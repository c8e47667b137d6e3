//! One provider fails before its first byte went out: the next one answers, and the agent notices nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::harness::{Agent, Answer, Asked, Gate, Host, Step, Upstream, completion};

/// A host whose first provider is `bad` and whose second, `good`, answers well.
struct Pair {
    host: Host,
    agent: Agent,
    bad: Upstream,
    good: Upstream,
}

impl Pair {
    async fn new(config: &str, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let (bad, good) = (Upstream::start(script).await, Upstream::good().await);
        let host = Host::start_with(config).await;
        host.provider("bad", &bad, &["--model", "m"]).await;
        host.provider("good", &good, &["--model", "m", "--pool", "fallback"]).await;
        let agent = host.agent("tester").await;
        Self { host, agent, bad, good }
    }

    /// One request, answered by `good` at the second attempt, with one call of each.
    async fn fails_over(&self, stream: bool) {
        let status = match stream {
            false => self.agent.chat("m").await,
            true => {
                let mut live = self.agent.stream("m").await;
                let body = live.rest().await.into();
                crate::harness::Reply { status: live.status, headers: live.headers.clone(), body }
            }
        };
        assert_eq!(status.status, 200, "{status:?}\n{}", self.host.log());
        assert_eq!(status.header("x-patchbay-provider"), "good");
        assert_eq!(status.header("x-patchbay-attempts"), "2");
        assert_eq!((self.bad.count(), self.good.count()), (1, 1));
    }

    async fn health_of_bad(&self) -> String {
        self.host.json(&["provider", "show", "bad"]).await["health"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_429_is_failed_over_and_cools() {
    let pair = Pair::new("", |_| Answer::error(429, &[])).await;
    pair.fails_over(false).await;
    assert_eq!(pair.health_of_bad().await, "cooling");
    assert_eq!(pair.agent.chat("m").await.header("x-patchbay-attempts"), "1");
    assert_eq!(pair.bad.count(), 1);
}

#[tokio::test]
async fn a_500_is_failed_over() {
    Pair::new("", |_| Answer::error(500, &[])).await.fails_over(false).await;
}

#[tokio::test]
async fn a_refused_key_is_failed_over_and_not_tried_again_until_it_is_enabled() {
    let pair = Pair::new("", |asked| match asked.number {
        0 => Answer::error(401, &[]),
        _ => completion("m"),
    })
    .await;
    pair.fails_over(false).await;
    assert_eq!(pair.health_of_bad().await, "dead");
    assert_eq!(pair.agent.chat("m").await.header("x-patchbay-provider"), "good");
    assert_eq!(pair.bad.count(), 1);
    pair.host.cli(&["provider", "enable", "bad"]).await.ok();
    assert_eq!(pair.agent.chat("m").await.header("x-patchbay-provider"), "bad");
    assert_eq!(pair.health_of_bad().await, "healthy");
}

#[tokio::test]
async fn a_reset_before_the_headers_is_failed_over() {
    Pair::new("", |_| Answer::Reset).await.fails_over(false).await;
}

#[tokio::test]
async fn a_reset_before_the_first_event_is_failed_over() {
    Pair::new("", |_| Answer::Events(vec![Step::Break])).await.fails_over(true).await;
}

#[tokio::test]
async fn a_json_answer_that_breaks_off_is_failed_over() {
    let half = || {
        let headers = vec![("content-type", "application/json".to_owned())];
        Answer::Steps { headers, steps: vec![Step::send("{\"id\":"), Step::Break] }
    };
    Pair::new("", move |_| half()).await.fails_over(false).await;
}

#[tokio::test]
async fn a_provider_that_does_not_begin_in_time_is_failed_over() {
    let pair = Pair::new("[upstream]\nfirst_byte_timeout = \"300ms\"\n", |_| Answer::Stall).await;
    pair.fails_over(true).await;
    assert_eq!(pair.bad.left(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_failed_over_at_once_and_the_dead_one_is_left_out_in_the_end() {
    let good = Upstream::good().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = Host::start_with("[ejection]\nfailures = 2\n").await;
    host.provider_at("dead-1", &format!("http://{nobody}"), &["--model", "m"]).await;
    host.provider("good", &good, &["--model", "m", "--pool", "fallback"]).await;
    host.provider("also-good", &good, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let began = std::time::Instant::now();
    for _ in 0..8 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(good.count(), 8);
    let shown = host.json(&["provider", "show", "dead-1"]).await;
    assert!(["healthy", "ejected"].contains(&shown["health"].as_str().unwrap()), "{shown}");
}

#[tokio::test]
async fn an_error_of_the_client_is_its_own_and_not_asked_for_again() {
    const SAID: &str = "{\"error\" : {\"message\":\"bad temperature\",\"type\":\"x\",\"odd\":1}}";
    for status in [400, 404, 422] {
        let pair = Pair::new("", move |_| {
            Answer::with(status, &[("content-type", "application/json"), ("x-own", "1")], SAID)
        })
        .await;
        let reply = pair.agent.chat("m").await;
        assert_eq!((reply.status, &reply.body[..]), (status, SAID.as_bytes()));
        assert_eq!((reply.header("x-own"), reply.header("x-patchbay-provider")), ("1", "bad"));
        assert_eq!((pair.bad.count(), pair.good.count()), (1, 0));
        assert_eq!(pair.health_of_bad().await, "healthy");
    }
}

#[tokio::test]
async fn no_provider_is_asked_twice_and_all_failed_is_502_with_what_each_said() {
    let host = Host::start().await;
    let mut upstreams = Vec::new();
    for name in ["p1", "p2", "p3"] {
        let upstream = Upstream::start(|_| Answer::error(500, &[])).await;
        host.provider(name, &upstream, &["--model", "m"]).await;
        upstreams.push(upstream);
    }
    let reply = host.agent("tester").await.chat("m").await;
    let error = reply.error(502, "upstream_error", "upstream_failed");
    assert!(
        ["p1", "p2", "p3"].iter().all(|name| error["message"].as_str().unwrap().contains(name)),
        "{error}"
    );
    assert_eq!(reply.header("x-patchbay-attempts"), "3");
    assert!(upstreams.iter().all(|upstream| upstream.count() == 1));
}

#[tokio::test]
async fn at_most_as_many_attempts_are_made_as_are_configured() {
    let calls = Arc::new(AtomicUsize::new(0));
    let host = Host::start_with("[routing]\nattempts_max = 2\n").await;
    let mut upstreams = Vec::new();
    for name in ["p1", "p2", "p3"] {
        let calls = calls.clone();
        let upstream = Upstream::start(move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            Answer::error(500, &[])
        })
        .await;
        host.provider(name, &upstream, &["--model", "m"]).await;
        upstreams.push(upstream);
    }
    host.agent("tester").await.chat("m").await.error(502, "upstream_error", "upstream_failed");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_odd_usage_costs_no_second_call() {
    for usage in [json!(null), json!("many"), json!({"prompt_tokens": -1}), json!([])] {
        let pair = Pair::new("", move |_| Answer::json(200, &json!({"model": "m", "usage": usage}))).await;
        assert_eq!(pair.agent.chat("m").await.status, 200);
        assert_eq!((pair.bad.count(), pair.good.count()), (1, 0));
    }
}

#[tokio::test]
async fn sixteen_429s_at_one_time_are_one_cooldown() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let pair = Pair::new("", move |_| Answer::Later(shut.clone(), Box::new(Answer::error(429, &[])))).await;
    let asking = futures_util::future::join_all((0..16).map(|_| pair.agent.chat("m")));
    let opening = async {
        pair.bad.asked(16).await;
        gate.open(16);
    };
    let (replies, ()) = tokio::join!(asking, opening);
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.header("x-patchbay-attempts") == "2"));
    let cooldowns = pair.host.json(&["cooldown", "list"]).await;
    assert_eq!(cooldowns.as_array().unwrap().len(), 1, "{cooldowns}");
    assert_eq!(cooldowns[0]["count"], 1, "{cooldowns}");
    assert_eq!(pair.bad.count(), 16);
}
