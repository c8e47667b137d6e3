//! One name for several models: who answers for it, what the client reads, and what the ledger says.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Decided, Host, Upstream, body_of, policy};

/// `fast` is `alpha`'s `m` or `beta`'s `n`, which the providers call `m-1` and `n-1`.
struct Fast {
    host: Host,
    agent: Agent,
    alpha: Upstream,
    beta: Upstream,
}

impl Fast {
    async fn new(alias: &[&str]) -> Self {
        Self::playing(Upstream::good().await, alias).await
    }

    async fn playing(alpha: Upstream, alias: &[&str]) -> Self {
        let beta = Upstream::good().await;
        let host = Host::start().await;
        host.provider("alpha", &alpha, &["--model", "m=m-1"]).await;
        host.provider("beta", &beta, &["--model", "n=n-1", "--pool", "fallback"]).await;
        host.cli(&[&["model", "alias", "add", "fast"], alias].concat()).await.ok();
        let agent = host.agent("tester").await;
        Self { host, agent, alpha, beta }
    }
}

#[tokio::test]
async fn weights_draw_three_to_one() {
    let fast = Fast::new(&["--to", "alpha/m=3", "--to", "beta/n=1"]).await;
    for _ in 0..20 {
        let replies = futures_util::future::join_all((0..20).map(|_| fast.agent.chat("fast"))).await;
        for reply in replies {
            assert_eq!((reply.status, reply.header("x-patchbay-generation")), (200, "native"), "{reply:?}");
            assert_eq!(reply.json()["model"], "fast");
        }
    }
    assert_eq!(fast.alpha.count() + fast.beta.count(), 400);
    // 300 are expected, give or take 9; beyond 50 it is no chance.
    assert!((250..=350).contains(&fast.alpha.count()), "{}", fast.alpha.count());
    assert_eq!(
        (fast.alpha.requests()[0].model(), fast.beta.requests()[0].model()),
        ("m-1".into(), "n-1".into())
    );
}

#[tokio::test]
async fn spread_by_policy_is_the_plugins_business() {
    let fast = Fast::new(&["--to", "alpha/m", "--to", "beta/n", "--by", "policy"]).await;
    assert_eq!(fast.agent.chat("fast").await.header("x-patchbay-generation"), "routing/1");
    let before = (fast.alpha.count(), fast.beta.count());
    let second = policy("second", "0.2.0", Decided { index: 1, ..Decided::default() });
    assert_eq!(fast.host.load(&second).await, "routing/2");
    for _ in 0..5 {
        let reply = fast.agent.chat("fast").await;
        assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "beta"), "{reply:?}");
        assert_eq!(
            (reply.header("x-patchbay-generation"), reply.header("x-patchbay-fallback")),
            ("routing/2", "")
        );
    }
    assert_eq!((fast.alpha.count(), fast.beta.count()), (before.0, before.1 + 5));
}

#[tokio::test]
async fn a_target_that_fails_is_followed_by_another_and_the_ledger_knows_their_own_names() {
    let bad = Upstream::start(|_| Answer::error(500, &[])).await;
    // A thousand to one: alpha is first.
    let fast = Fast::playing(bad, &["--to", "alpha/m=1000", "--to", "beta/n=1"]).await;
    let mut tries = 0;
    let reply = loop {
        tries += 1;
        let reply = fast.agent.chat("fast").await;
        if reply.header("x-patchbay-attempts") == "2" {
            break reply;
        }
        assert!(tries < 4, "the second came first again and again");
    };
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "beta"));
    assert_eq!(reply.json()["model"], "fast");
    let usage = fast.host.json(&["usage"]).await;
    let models: Vec<(&Value, &Value)> =
        usage.as_array().unwrap().iter().map(|line| (&line["provider"], &line["model"])).collect();
    assert_eq!(models, [(&json!("alpha"), &json!("m")), (&json!("beta"), &json!("n"))], "{usage}");
    assert_eq!((&usage[0]["errors"], &usage[1]["errors"]), (&json!(1), &json!(0)), "{usage}");
}

#[tokio::test]
async fn an_alias_is_a_model_like_any_other_to_clients() {
    let fast = Fast::new(&["--to", "alpha/m", "--to", "beta/n"]).await;
    let models = fast.agent.get("/v1/models").await.json();
    let names: Vec<&Value> = models["data"].as_array().unwrap().iter().map(|card| &card["id"]).collect();
    assert_eq!(names, ["fast", "m", "n"]);
    assert_eq!(fast.agent.get("/v1/models/fast").await.json()["id"], "fast");
    let text =
        fast.agent.open(fast.agent.call("/v1/chat/completions", body_of("fast", false))).await.rest().await;
    assert!(text.contains("\"fast\"") && !text.contains("m-1") && !text.contains("n-1"), "{text}");
    let (of_target, _) = fast.host.limited("of-target", &["--models", "m,n"]).await;
    of_target.chat("fast").await.error(403, "invalid_request_error", "model_not_allowed");
    let (of_alias, _) = fast.host.limited("of-alias", &["--models", "fast"]).await;
    assert_eq!(of_alias.chat("fast").await.status, 200);
    of_alias.chat("m").await.error(403, "invalid_request_error", "model_not_allowed");
}

#[tokio::test]
async fn a_target_whose_provider_goes_is_passed_over_and_the_alias_goes_when_it_is_removed() {
    let fast = Fast::new(&["--to", "alpha/m=1000", "--to", "beta/n=1"]).await;
    fast.host.cli(&["provider", "remove", "alpha"]).await.ok();
    assert_eq!(fast.agent.chat("fast").await.header("x-patchbay-provider"), "beta");
    let shown = fast.host.json(&["model", "alias", "show", "fast"]).await;
    assert_eq!(shown["targets"].as_array().unwrap().len(), 2, "{shown}");
    fast.host.cli(&["model", "alias", "remove", "fast"]).await.ok();
    fast.agent.chat("fast").await.error(404, "invalid_request_error", "model_not_found");
    assert_eq!(fast.agent.chat("n").await.status, 200);
}

#[tokio::test]
async fn an_alias_that_cannot_be_is_refused_and_nothing_is_stored() {
    let fast = Fast::new(&["--to", "alpha/m"]).await;
    let failed = async |arguments: &[&str], status, word: &str| {
        let output = fast.host.cli(&[&["model", "alias", "add"], arguments].concat()).await;
        assert_eq!((output.status, output.stdout.as_str()), (Some(status), ""), "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(word), "{arguments:?}: {output:?}");
    };
    failed(&["m", "--to", "beta/n"], 2, "name").await;
    failed(&["quick", "--to", "alpha/fast"], 2, "alias").await;
    failed(&["quick", "--to", "alpha/n"], 2, "no model").await;
    failed(&["quick", "--to", "gamma/m"], 2, "gamma").await;
    failed(&["quick", "--to", "alpha/m=0"], 2, "weight").await;
    failed(&["quick", "--to", "alpha/m=1001"], 2, "1000").await;
    failed(&["quick", "--to", "alpha/m=heavy"], 2, "heavy").await;
    failed(&["quick", "--to", "alpha/m", "--to", "alpha/m"], 2, "once").await;
    failed(&["quick", "--to", "m"], 2, "PROVIDER/MODEL").await;
    failed(&["fast", "--to", "beta/n"], 1, "already").await;
    let list = fast.host.json(&["model", "alias", "list"]).await;
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    // Nor may a model take an alias's name.
    let url = format!("http://{}", fast.alpha.address);
    let output =
        fast.host.cli(&["provider", "add", "gamma", "--url", &url, "--no-key", "--model", "fast"]).await;
    assert_eq!(output.status, Some(2), "{output:?}");
}
