//! Trials on live traffic: a candidate hears what the active generation hears, or decides for some; the report says
//! where it differs; promotion goes through the gate of recorded calls; a candidate that fails is gone by itself.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Agent, Decided, Host, Upstream, plugin, policy, say, until};

const CLIENTS: usize = 8;
/// Requests of a round; each body has another length.
const REQUESTS: usize = 2_000;
/// Of a hundred lengths, those that the candidate sees otherwise.
const OTHERWISE: usize = 3;

/// The policies are quick; on a machine that is busy with other tests a thread may still stand for a while.
const PATIENT: &str = "[plugins]\ndeadline = \"2s\"\n";

struct Play {
    host: Host,
    agent: Arc<Agent>,
    _upstream: Upstream,
}

impl Play {
    async fn new() -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start_with(PATIENT).await;
        for name in ["alpha", "beta"] {
            host.provider(name, &upstream, &["--model", "m"]).await;
        }
        let agent = Arc::new(host.agent("tester").await);
        Self { host, agent, _upstream: upstream }
    }

    /// As many requests as there are, of all lengths, by several clients. Panics at the first that fails; returns how
    /// many each generation decided.
    async fn requests(&self, count: usize) -> Vec<String> {
        let began = Instant::now();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let agent = self.agent.clone();
            clients.spawn(async move {
                let mut connection = agent.connect().await;
                let mut deciders = Vec::new();
                for number in (client..count).step_by(CLIENTS) {
                    let request = agent.call("/v1/chat/completions", body(number % 100));
                    let reply = connection.ask(request).await.expect("an answer on the same connection");
                    assert_eq!(reply.status, 200, "{reply:?}");
                    deciders.push(reply.header("x-patchbay-generation").to_owned());
                }
                deciders
            });
        }
        let mut deciders = Vec::new();
        while let Some(ended) = clients.join_next().await {
            deciders.extend(ended.unwrap());
        }
        let rate = count as f64 / began.elapsed().as_secs_f64();
        say(&format!("{count} requests, {rate:.0} a second, 0 failed"));
        deciders
    }

    async fn load(&self, component: &[u8], more: &[&str]) -> String {
        let file = self.host.file("candidate.wasm", component);
        let load = ["plugin", "load", &file, "--slot", "routing"];
        self.host.cli(&[&load[..], more].concat()).await.ok().trim().to_owned()
    }

    async fn report(&self) -> Value {
        self.host.json(&["plugin", "diff-report", "--slot", "routing", "--limit", "200"]).await
    }

    /// The report, once the shadow has heard so many calls.
    async fn heard(&self, calls: usize) -> Value {
        until("the shadow to hear all", async || {
            let report = self.report().await;
            let trial = &report["trial"];
            let heard = trial["calls"].as_u64()? + trial["missed"].as_u64()?;
            (heard >= calls as u64).then_some(report)
        })
        .await
    }

    async fn generation(&self, id: &str) -> Value {
        let slot = self.host.json(&["slot", "show", "routing"]).await;
        slot["generations"].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone()
    }
}

/// A chat request whose body's length, modulo 100, is `rest`.
fn body(rest: usize) -> String {
    let whole = |padding: usize| {
        let content = "x".repeat(padding);
        json!({"model": "m", "messages": [{"role": "user", "content": content}]}).to_string()
    };
    let empty = whole(0).len();
    whole((rest + 100 - empty % 100) % 100)
}

/// Prefers the first candidate.
fn steady() -> Vec<u8> {
    policy("steady", "0.2.0", Decided::default())
}

/// Prefers the first candidate, but the second where the body's length modulo 100 is below `OTHERWISE`; then it runs
/// `code`. The body's length stands at byte 40 of the arguments.
fn differing(code: &str) -> Vec<u8> {
    let rank = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 1))
         (i32.store (i32.const 1024) (i32.const 0))
         (if (i64.lt_u (i64.rem_u (i64.load offset=40 (local.get 0)) (i64.const 100)) (i64.const {OTHERWISE}))
            (then (i32.store (i32.const 1024) (i32.const 1)) {code}))"
    );
    plugin("steady", "0.2.0", &rank, "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shadow_that_differs_on_3_percent_is_seen_and_needs_a_reason_to_be_promoted() {
    let play = Play::new().await;
    let active = play.load(&steady(), &[]).await;
    let candidate = play.load(&differing(""), &["--shadow"]).await;
    assert_eq!(play.generation(&candidate).await["state"], "shadow");

    let deciders = play.requests(REQUESTS).await;
    assert!(deciders.iter().all(|decider| *decider == active), "a shadow decided");
    let report = play.heard(REQUESTS).await;
    let trial = &report["trial"];
    assert_eq!(trial["missed"], 0, "{trial}");
    let expected = REQUESTS * OTHERWISE / 100;
    assert_eq!(trial["differ"], expected, "{trial}");
    assert_eq!(trial["agree"], REQUESTS - expected, "{trial}");
    for difference in report["differences"].as_array().unwrap() {
        let recorded = &difference["recorded"];
        let length = recorded["input"]["request"]["body_bytes"].as_u64().unwrap();
        assert!(length % 100 < OTHERWISE as u64, "{difference}");
        assert_eq!(recorded["answer"]["output"]["decision"]["order"], json!([0]), "{difference}");
        assert_eq!(difference["candidate"]["output"]["decision"]["order"], json!([1]), "{difference}");
        assert_eq!(difference["fields"], json!(["order"]), "{difference}");
    }

    let promote = ["plugin", "promote", "--slot", "routing"];
    play.host.cli(&promote).await.failed(1, &["otherwise", "--accept-diff"]);
    assert_eq!(play.generation(&active).await["state"], "active");
    let accepted = [&promote[..], &["--accept-diff", "short bodies go to beta"]].concat();
    assert_eq!(play.host.cli(&accepted).await.ok().trim(), candidate);
    assert_eq!(play.generation(&candidate).await["state"], "active");
    assert!(play.requests(100).await.iter().all(|decider| *decider == candidate));
    let audit = play.host.json(&["audit", "list"]).await;
    let of_it = |row: &&Value| row["subject"] == candidate.as_str();
    let actions: Vec<&Value> =
        audit.as_array().unwrap().iter().filter(of_it).map(|row| &row["action"]).collect();
    assert_eq!(actions, ["plugin.load", "plugin.promote"], "{audit}");
    assert!(audit.to_string().contains("short bodies go to beta"), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_decides_for_its_share_and_is_rolled_back_when_it_traps() {
    let play = Play::new().await;
    let active = play.load(&steady(), &[]).await;
    let sound = play.load(&steady(), &["--canary", "20"]).await;
    let deciders = play.requests(REQUESTS).await;
    let share = deciders.iter().filter(|decider| **decider == sound).count() as f64 / REQUESTS as f64;
    assert!((0.15..0.25).contains(&share), "the canary decided for {share} of all");
    assert!(deciders.iter().all(|decider| [&active, &sound].contains(&decider)));
    let report = play.report().await;
    assert!(report["candidate"]["effects"]["ended"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["candidate"]["effects"]["failed"], 0, "{report}");

    let failing = play.load(&differing("unreachable"), &["--canary", "50"]).await;
    assert_eq!(play.generation(&sound).await["state"], "discarded");
    play.requests(REQUESTS).await;
    let bad = until("the quarantine", async || {
        let generation = play.generation(&failing).await;
        (generation["state"] == "quarantined").then_some(generation)
    })
    .await;
    assert!(bad["reason"].as_str().unwrap().contains("traps"), "{bad}");
    assert_eq!(bad["traps"], 5, "{bad}");
    assert_eq!(play.generation(&active).await["state"], "active");
    let status = play.host.json(&["status"]).await;
    assert!(
        status["reports"].as_array().unwrap().iter().any(|report| report["subject"] == failing.as_str()),
        "{status}"
    );
    play.host.cli(&["plugin", "promote", "--slot", "routing"]).await.failed(1, &["no trial"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shadow_that_traps_is_taken_out_and_no_request_notices() {
    let play = Play::new().await;
    let active = play.load(&steady(), &[]).await;
    let candidate = play.load(&differing("unreachable"), &["--shadow"]).await;
    let deciders = play.requests(REQUESTS).await;
    assert!(deciders.iter().all(|decider| *decider == active));
    until("the quarantine", async || {
        (play.generation(&candidate).await["state"] == "quarantined").then_some(())
    })
    .await;
    let events = play.host.json(&["event", "list"]).await.to_string();
    assert!(events.contains("generation.quarantined"), "{events}");
}

#[tokio::test]
async fn a_promotion_is_refused_by_the_gate_when_recorded_calls_trap() {
    let play = Play::new().await;
    play.load(&steady(), &[]).await;
    // Recorded before the candidate is there, so that only the gate can know.
    play.requests(200).await;
    let calls = until("recorded calls", async || {
        let calls = play.host.json(&["call", "list", "--slot", "routing", "--limit", "500"]).await;
        let lengths = |row: &Value| row["input"]["request"]["body_bytes"].as_u64().unwrap() % 100;
        let rows = calls.as_array()?;
        rows.iter().any(|row| lengths(row) < OTHERWISE as u64).then_some(rows.len())
    })
    .await;
    assert!(calls > 0);
    play.load(&differing("unreachable"), &["--canary", "0"]).await;
    play.host
        .cli(&["plugin", "promote", "--slot", "routing", "--accept-diff", "no matter"])
        .await
        .failed(1, &["recorded calls", "failed"]);
    play.host.cli(&["plugin", "discard", "--slot", "routing"]).await.ok();
}

#[tokio::test]
async fn a_trial_goes_on_after_a_restart_and_ends_when_it_is_discarded() {
    let mut play = Play::new().await;
    let active = play.load(&steady(), &[]).await;
    let candidate = play.load(&differing(""), &["--shadow", "--sample", "0.5"]).await;
    play.host.restart().await;
    assert_eq!(play.generation(&candidate).await["state"], "shadow");
    play.agent = Arc::new(Agent::new(play.host.address(), &play.agent.key));
    play.requests(200).await;
    assert_eq!(play.heard(100).await["trial"]["calls"], 100);
    play.host.cli(&["plugin", "discard", "--slot", "routing"]).await.ok();
    assert_eq!(play.generation(&candidate).await["state"], "discarded");
    assert_eq!(play.generation(&active).await["state"], "active");
    play.host.cli(&["plugin", "diff-report", "--slot", "routing"]).await.failed(1, &["no trial"]);
}

#[tokio::test]
async fn a_trap_is_exported_replayed_elsewhere_and_passes_with_the_fixed_version() {
    let play = Play::new().await;
    play.load(&differing("unreachable"), &[]).await;
    let reply = play.agent.post("/v1/chat/completions", body(1)).await;
    assert_eq!((reply.status, reply.header("x-patchbay-fallback")), (200, "trap"));
    let file = play.host.scratch().join("trap.calls");
    let file = file.to_str().unwrap();
    let export = ["call", "export", "--slot", "routing", "--failed", "-o", file];
    until("the recording", async || {
        let calls = play.host.json(&["call", "list", "--slot", "routing", "--failed"]).await;
        (calls.as_array()?.len() == 1).then_some(())
    })
    .await;
    play.host.cli(&export).await.ok();
    // Another machine: no host, no folder.
    let elsewhere = |more: &[&str]| {
        let arguments = [&["plugin", "replay", file][..], more].concat();
        let owned: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        async move {
            let arguments: Vec<&str> = owned.iter().map(String::as_str).collect();
            let mut command = crate::harness::command(&arguments);
            command.env_remove("HOME");
            crate::harness::Output::of(command, "").await
        }
    };
    let same = elsewhere(&[]).await.ok();
    assert!(same.contains("same") && same.contains("unreachable"), "{same}");
    let fixed = play.host.file("fixed.wasm", &differing(""));
    let passes = elsewhere(&["--with", &fixed]).await.ok();
    assert!(passes.contains("passes now"), "{passes}");
}

#[tokio::test]
async fn an_older_version_and_wider_grants_need_to_be_meant() {
    let play = Play::new().await;
    play.load(&versioned("2.0.0"), &[]).await;
    let older = play.host.file("older.wasm", &versioned("1.9.9"));
    let load = ["plugin", "load", &older, "--slot", "routing"];
    play.host.cli(&load).await.failed(1, &["older", "--allow-downgrade"]);
    play.host.cli(&[&load[..], &["--allow-downgrade"]].concat()).await.ok();
}

fn versioned(version: &str) -> Vec<u8> {
    let component = steady();
    let text = format!(
        "[plugin]\nname = \"steady\"\nversion = \"{version}\"\nworld = \"routing-policy\"\ncontract = \"0.2.0\"\n"
    );
    let manifest = patchbay_registry::Manifest::parse(&text, "plugin.toml").unwrap();
    patchbay_registry::embed(&component, &manifest).unwrap()
}
