//! Limits of one provider, how long it is waited for, and how it is asked for its health.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Asked, Gate, Host, Step, Upstream, completion, event, until, usage_of};

/// `one` has these options; `two`, in the next pool, answers well.
async fn pair(config: &str, one: &Upstream, more: &[&str]) -> (Host, Agent, Upstream) {
    let two = Upstream::good().await;
    let host = Host::start_with(config).await;
    host.provider("one", one, &[&["--model", "m"], more].concat()).await;
    host.provider("two", &two, &["--model", "m", "--pool", "fallback"]).await;
    let agent = host.agent("tester").await;
    (host, agent, two)
}

async fn shown(host: &Host) -> Value {
    host.json(&["provider", "show", "one"]).await
}

#[tokio::test]
async fn a_provider_without_tokens_left_is_passed_over() {
    let one = Upstream::start(|_| Answer::json(200, &json!({"usage": usage_of(1500, 400, 0)}))).await;
    let (host, agent, _two) = pair("", &one, &["--tpm", "2000"]).await;
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "one");
    let second = agent.chat("m").await;
    assert_eq!((second.status, second.header("x-patchbay-provider")), (200, "two"));
    assert_eq!(second.header("x-patchbay-attempts"), "1");
    let shown = shown(&host).await;
    assert_eq!(
        (&shown["tpm"], &shown["tokens_used"], &shown["health"]),
        (&json!(2000), &json!(1900), &json!("healthy"))
    );
    host.cli(&["provider", "set", "one", "--tpm", "none"]).await.ok();
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "one");
}

#[tokio::test]
async fn a_provider_that_is_full_is_passed_over_until_a_stream_has_ended() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let word = event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": "one"}}]}));
    let one = Upstream::start(move |_| {
        let steps = [Step::send(word.clone()), Step::Wait(shut.clone()), Step::send("data: [DONE]\n\n")];
        Answer::Events(steps.to_vec())
    })
    .await;
    let (host, agent, _two) = pair("", &one, &["--max-in-flight", "1"]).await;
    let mut first = agent.stream("m").await;
    first.next().await.unwrap().unwrap();
    assert_eq!(first.header("x-patchbay-provider"), "one");
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "two");
    let now = shown(&host).await;
    assert_eq!((&now["in_flight"], &now["max_in_flight"]), (&json!(1), &json!(1)));
    gate.open(2);
    first.rest().await;
    let third = agent.stream("m").await.header("x-patchbay-provider").to_owned();
    assert_eq!(third, "one");
}

#[tokio::test]
async fn a_providers_own_times_go_over_those_of_the_host() {
    let one = Upstream::start(|_| Answer::Stall).await;
    let (host, agent, _two) =
        pair("", &one, &["--first-byte-timeout", "200ms", "--total-timeout", "300ms"]).await;
    for is_stream in [true, false] {
        let began = Instant::now();
        let provider = match is_stream {
            true => agent.stream("m").await.header("x-patchbay-provider").to_owned(),
            false => agent.chat("m").await.header("x-patchbay-provider").to_owned(),
        };
        assert_eq!(provider, "two", "{is_stream}");
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    }
    assert_eq!(one.count(), 2);
    host.cli(&["provider", "set", "one", "--first-byte-timeout", "default", "--total-timeout", "1h"])
        .await
        .ok();
    let timeouts = shown(&host).await;
    assert!(timeouts.to_string().contains("3600"), "{timeouts}");
}

#[tokio::test]
async fn a_providers_own_silence_ends_its_stream() {
    let word = event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": "one"}}]}));
    let one = Upstream::start(move |_| Answer::Events(vec![Step::send(word.clone()), Step::Stall])).await;
    let (_host, agent, _two) = pair("", &one, &["--silence-timeout", "200ms"]).await;
    let text = agent.stream("m").await.rest().await;
    assert!(text.contains("stream_interrupted"), "{text}");
}

/// Whoever asks for the models is a health probe.
fn is_probe(asked: &Asked) -> bool {
    asked.method == "GET" && asked.path == "/v1/models"
}

/// A provider whose probes fail while the switch is on; its requests are answered well.
async fn ailing(ill: &Arc<AtomicBool>) -> Upstream {
    let ill = Arc::clone(ill);
    Upstream::start(move |asked| match (is_probe(asked), ill.load(Ordering::SeqCst)) {
        (true, true) => Answer::error(500, &[]),
        (true, false) => Answer::json(200, &json!({"data": []})),
        (false, _) => completion("m"),
    })
    .await
}

const PROBED: &str = "[health]\ninterval = \"100ms\"\n";

async fn health(host: &Host, expected: &str) {
    until(expected, async || (host.health_of("one").await == expected).then_some(())).await;
}

#[tokio::test]
async fn a_provider_whose_probes_fail_is_left_out_until_one_is_good() {
    let ill = Arc::new(AtomicBool::new(true));
    let one = ailing(&ill).await;
    let (host, agent, two) = pair(PROBED, &one, &["--rpm", "10"]).await;
    health(&host, "down").await;
    let probe = shown(&host).await["probe"].clone();
    assert_eq!((&probe["state"], &probe["success_rate"]), (&json!("down"), &json!(0.0)), "{probe}");
    assert!(probe["failures_in_a_row"].as_u64() >= Some(3), "{probe}");
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "two");
    ill.store(false, Ordering::SeqCst);
    // Of its last probes most have failed, so it is not taken for healthy yet.
    health(&host, "degraded").await;
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "one");
    assert_eq!(two.count(), 1 + two.requests().iter().filter(|asked| is_probe(asked)).count());
    let sent = one.requests().into_iter().filter(|asked| !is_probe(asked)).count();
    // Probes are beside the traffic: no request of the minute was spent for them.
    assert_eq!((sent, &shown(&host).await["requests_used"]), (1, &json!(1)));
}

#[tokio::test]
async fn a_path_that_is_not_there_says_nothing_of_a_providers_health() {
    let one = Upstream::start(|asked| match is_probe(asked) {
        true => Answer::error(404, &[]),
        false => completion("m"),
    })
    .await;
    let (host, agent, _two) = pair(PROBED, &one, &[]).await;
    one.asked(5).await;
    assert_eq!(host.health_of("one").await, "healthy");
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "one");
}

#[tokio::test]
async fn a_provider_may_have_its_own_path_for_probes_or_none() {
    let one = Upstream::good().await;
    let (host, _agent, two) = pair(PROBED, &one, &["--health-path", "/status"]).await;
    one.asked(2).await;
    assert!(one.requests().iter().all(|asked| asked.path == "/v1/status"), "{:?}", one.requests());
    host.cli(&["provider", "set", "one", "--health-path", "off"]).await.ok();
    // One may be on its way. The other provider's probes tell the time.
    let rounds = two.count();
    two.asked(rounds + 2).await;
    let before = one.count();
    two.asked(rounds + 6).await;
    assert_eq!(one.count(), before);
}

#[tokio::test]
async fn a_provider_that_comes_back_is_let_in_by_and_by() {
    let one = Upstream::start(|asked| match asked.number {
        0 => Answer::error(429, &[]),
        _ => completion("m"),
    })
    .await;
    let (host, agent, _two) = pair("[cooldown]\nbase = \"100ms\"\njitter = 0.0\n", &one, &[]).await;
    assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "two");
    until("the probe", async || (agent.chat("m").await.header("x-patchbay-provider") == "one").then_some(()))
        .await;
    let mut rooms = vec![shown(&host).await["ramp"].clone()];
    while rooms.len() < 8 && !rooms[rooms.len() - 1].is_null() {
        assert_eq!(agent.chat("m").await.header("x-patchbay-provider"), "one");
        rooms.push(shown(&host).await["ramp"].clone());
    }
    let expected = [json!(1), json!(2), json!(4), json!(8), json!(16), json!(32), Value::Null];
    assert_eq!(rooms, expected);
    assert_eq!(shown(&host).await["health"], "healthy");
}

#[tokio::test]
async fn while_it_is_let_in_what_is_too_much_goes_elsewhere() {
    let gate = Gate::closed();
    let shut = gate.clone();
    let one = Upstream::start(move |asked| match asked.number {
        0 => Answer::error(429, &[]),
        1 => completion("m"),
        _ => Answer::Later(shut.clone(), Box::new(completion("m"))),
    })
    .await;
    let (_host, agent, two) = pair("[cooldown]\nbase = \"100ms\"\njitter = 0.0\n", &one, &[]).await;
    agent.chat("m").await;
    until("the probe", async || (agent.chat("m").await.header("x-patchbay-provider") == "one").then_some(()))
        .await;
    let before = two.count();
    let asking = futures_util::future::join_all((0..6).map(|_| agent.chat("m")));
    let opening = async {
        one.asked(3).await;
        two.asked(before + 5).await;
        gate.open(10);
    };
    let (replies, ()) = tokio::join!(asking, opening);
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!((one.count(), two.count()), (3, before + 5));
}
