//! A key's money: what is set aside, what is charged, what is given back, and what a restart remembers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::ways::{Ways, every, refused, retry_after};
use crate::harness::{
    Agent, Answer, Gate, Host, Step, Upstream, body_of, completion, event, until, usage_of,
};

const DAY: u64 = 86_400;
/// More than the interval at which spending is written, with which these hosts are configured.
const FLUSHED: Duration = Duration::from_millis(500);

/// Seconds to the next day, UTC.
fn rest_of_day() -> u64 {
    DAY - SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % DAY
}

/// Within 2 s, also where a day begins meanwhile.
fn is_near(a: u64, b: u64) -> bool {
    (a % DAY).abs_diff(b % DAY) <= 2 || (a % DAY).abs_diff(b % DAY) >= DAY - 2
}

async fn used(host: &Host, id: &str) -> Value {
    host.json(&["key", "show", id]).await["used"].clone()
}

#[tokio::test]
async fn a_budget_that_is_used_up_holds_on_every_path_until_the_next_day() {
    let ways = Ways::new("").await;
    // Enough for what is set aside, less than what comes of it.
    let (agent, _) = ways.host.limited("spender", &["--usd-per-day", "1.5"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    for (path, request) in every(&agent, "m") {
        let reply = agent.send(request).await;
        let error = refused(path, &reply, 429, "insufficient_quota");
        assert!(path == "/v1/messages" || error["type"] == "insufficient_quota", "{path}: {error}");
        let seconds = retry_after(&reply);
        assert!(seconds <= DAY && is_near(seconds, rest_of_day()), "{path}: {seconds}");
    }
    assert_eq!(ways.upstream.count(), 1);
}

#[tokio::test]
async fn the_budget_of_a_month_ends_with_the_month() {
    let ways = Ways::new("").await;
    let (agent, _) = ways.host.limited("spender", &["--usd-per-month", "1.5"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    for (path, request) in every(&agent, "m") {
        let reply = agent.send(request).await;
        refused(path, &reply, 429, "insufficient_quota");
        let seconds = retry_after(&reply);
        assert!(seconds <= 31 * DAY && is_near(seconds, rest_of_day()), "{path}: {seconds}");
    }
    assert_eq!(ways.upstream.count(), 1);
}

/// A host whose provider of `m`, at 1,000 USD per million tokens, is played by `upstream`.
async fn priced(upstream: &Upstream, limits: &[&str]) -> (Host, Agent, String) {
    let host = Host::start_with("[usage]\nflush_interval = \"50ms\"\n").await;
    host.provider("alpha", upstream, &["--model", "m", "--price", "m=1000/1000"]).await;
    let (agent, id) = host.limited("spender", limits).await;
    (host, agent, id)
}

#[tokio::test]
async fn a_request_that_fails_at_the_provider_costs_nothing() {
    for status in [400, 429, 500] {
        let upstream = Upstream::start(move |_| Answer::error(status, &[])).await;
        let (host, agent, id) = priced(&upstream, &["--usd-per-day", "5", "--tpm", "5000"]).await;
        assert_ne!(agent.chat("m").await.status, 200);
        let used = used(&host, &id).await;
        assert_eq!(
            (&used["usd_today"], &used["usd_reserved"]),
            (&json!("0"), &json!("0")),
            "{status}: {used}"
        );
        assert_eq!((&used["tokens"], &used["in_flight"]), (&json!(0), &json!(0)), "{status}: {used}");
        assert_eq!(upstream.count(), 1);
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_of_a_stream_pays_an_estimate() {
    let word =
        event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": "one two three"}}]}));
    let upstream =
        Upstream::start(move |_| Answer::Events(vec![Step::send(word.clone()), Step::Stall])).await;
    let (host, agent, id) = priced(&upstream, &["--usd-per-day", "5"]).await;
    let mut live = agent.stream("m").await;
    live.next().await.unwrap().unwrap();
    drop(live);
    let used = until("the charge", async || {
        Some(used(&host, &id).await).filter(|used| used["usd_today"] != "0" && used["in_flight"] == 0)
    });
    let used = used.await;
    assert_eq!(used["usd_reserved"], "0", "{used}");
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!((&line["cancelled"], &line["estimated"]), (&json!(1), &json!(1)), "{line}");
    // 1,000 USD per million tokens are 0.001 USD for one.
    let usd: f64 = used["usd_today"].as_str().unwrap().parse().unwrap();
    assert_eq!(usd, line["total_tokens"].as_f64().unwrap() / 1000.0, "{used} {line}");
}

#[tokio::test]
async fn a_client_that_hangs_up_before_the_answer_pays_for_its_prompt() {
    let upstream = Upstream::start(|_| Answer::Stall).await;
    let (host, agent, id) = priced(&upstream, &["--usd-per-day", "5", "--tpm", "5000"]).await;
    tokio::select! {
        _ = agent.chat("m") => panic!("a provider that says nothing was answered for"),
        () = upstream.asked(1) => {}
    }
    let used = until("the end of the request", async || {
        Some(used(&host, &id).await).filter(|used| used["in_flight"] == 0)
    });
    let used = used.await;
    let prompt = body_of("m", false).len().div_ceil(4);
    assert_eq!((&used["tokens"], &used["usd_reserved"]), (&json!(prompt), &json!("0")), "{used}");
    assert_eq!(used["usd_today"], format!("0.0{prompt}"), "{used}");
}

#[tokio::test]
async fn requests_at_one_time_never_pass_a_budget_together() {
    let (gate, answered) = (Gate::closed(), AtomicUsize::new(0));
    let shut = gate.clone();
    let upstream = Upstream::start(move |_| Answer::Later(shut.clone(), Box::new(completion("m")))).await;
    let body = json!({"model": "m", "max_tokens": 100, "messages": []}).to_string();
    let each = (body.len().div_ceil(4) + 100) as f64 / 1000.0;
    let (host, agent, id) = priced(&upstream, &["--usd-per-day", &format!("{:.3}", 3.5 * each)]).await;
    let asking = futures_util::future::join_all((0..20).map(|_| async {
        let reply = agent.post("/v1/chat/completions", body.clone()).await;
        answered.fetch_add(1, Ordering::SeqCst);
        reply
    }));
    let opening = async {
        upstream.asked(3).await;
        until("the refusals", async || (answered.load(Ordering::SeqCst) == 17).then_some(())).await;
        assert_eq!(
            used(&host, &id).await["usd_reserved"],
            format!("{:.3}", 3.0 * each).trim_end_matches('0')
        );
        gate.open(20);
    };
    let (replies, ()) = tokio::join!(asking, opening);
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 3);
    let refusals = replies.iter().filter(|reply| reply.status != 200);
    refusals.for_each(|reply| drop(reply.error(429, "insufficient_quota", "insufficient_quota")));
    assert_eq!(upstream.count(), 3);
    // 15 tokens each.
    let used = used(&host, &id).await;
    assert_eq!((&used["usd_today"], &used["usd_reserved"]), (&json!("0.045"), &json!("0")), "{used}");
}

#[tokio::test]
async fn what_was_spent_is_there_after_kill_9() {
    let upstream = Upstream::start(|_| Answer::json(200, &json!({"usage": usage_of(1000, 1000, 0)}))).await;
    let (mut host, agent, id) = priced(&upstream, &["--usd-per-day", "1.5"]).await;
    assert_eq!(agent.chat("m").await.status, 200);
    // Nothing tells when it is written, but it is within the interval.
    tokio::time::sleep(FLUSHED).await;
    host.restart().await;
    assert_eq!(used(&host, &id).await["usd_today"], "2");
    let agent = Agent::new(host.address(), &agent.key);
    agent.chat("m").await.error(429, "insufficient_quota", "insufficient_quota");
    assert_eq!(upstream.count(), 1);
}
