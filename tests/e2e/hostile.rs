//! Policies that mean harm or are broken: refused when they are loaded, or contained to their own calls, answered for
//! by the native policy, and taken out by themselves.

use serde_json::Value;

use crate::harness::{Agent, Decided, Host, Upstream, plugin, policy, until};

/// A host with two providers, and an agent.
struct Victim {
    host: Host,
    agent: Agent,
    upstream: Upstream,
}

impl Victim {
    async fn new() -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start().await;
        for name in ["alpha", "beta"] {
            host.provider(name, &upstream, &["--model", "m"]).await;
        }
        let agent = host.agent("tester").await;
        Self { host, agent, upstream }
    }

    /// Loads the policy, and sees that it harms nobody and is gone after its fifth failure.
    async fn contains(&self, component: &[u8], why: &str, counter: &str) {
        let loaded = self.host.operator().load(component).await;
        let (id, number) = (loaded["id"].as_str().unwrap(), loaded["number"].as_u64().unwrap());
        let mut fallbacks = Vec::new();
        for _ in 0..20 {
            let reply = self.agent.chat("m").await;
            assert_eq!(reply.status, 200, "{why}: {reply:?}\n{}", self.host.log());
            if reply.header("x-patchbay-generation") == id {
                fallbacks.push(reply.header("x-patchbay-fallback").to_owned());
            }
        }
        assert_eq!(fallbacks.first().map(String::as_str), Some(why), "{fallbacks:?}");
        assert!(
            fallbacks.iter().all(|fallback| [why, "quarantined"].contains(&fallback.as_str())),
            "{fallbacks:?}"
        );
        let slot = self.rolled_back(number).await;
        let bad = slot["generations"].as_array().unwrap().iter().find(|row| row["number"] == number).unwrap();
        assert_eq!(bad["state"], "quarantined", "{bad}");
        assert!(bad["reason"].as_str().unwrap().contains("within"), "{bad}");
        assert_eq!((&bad[counter], &bad["in_flight"]), (&5.into(), &0.into()), "{bad}");
        self.told(id).await;
        assert_eq!(self.agent.chat("m").await.header("x-patchbay-fallback"), "");
    }

    async fn rolled_back(&self, number: u64) -> Value {
        until("the rollback", async || {
            let slot = self.host.json(&["slot", "show", "routing"]).await;
            let active: u64 = slot["active"].as_str()?.strip_prefix("routing/")?.parse().ok()?;
            (active > number).then_some(slot)
        })
        .await
    }

    async fn told(&self, id: &str) {
        let status = self.host.json(&["status"]).await;
        assert!(status["reports_waiting"].as_u64().unwrap() > 0, "{status}");
        let reports = status["reports"].as_array().unwrap();
        assert!(reports.iter().any(|report| report["subject"] == id), "{status}");
        assert_eq!(status["health"]["status"], "ok", "{status}");
    }

    /// Sees that it is refused, with `word` in the message, and that nothing has changed.
    async fn refuses(&self, component: &[u8], word: &str) {
        let before = self.host.json(&["slot", "show", "routing"]).await["active"].clone();
        let file = self.host.file("refused.wasm", component);
        self.host.cli(&["plugin", "load", &file, "--slot", "routing"]).await.failed(1, &[word]);
        assert_eq!(self.host.json(&["slot", "show", "routing"]).await["active"], before);
        assert_eq!(self.agent.chat("m").await.header("x-patchbay-fallback"), "");
    }
}

/// A decision that is right, unless `change` says otherwise.
fn answering(change: Decided<'_>) -> Vec<u8> {
    policy("hostile", "0.2.0", change)
}

/// Stores a decision for the first candidate; the order lies in memory that is zero.
const FIRST: &str =
    "(i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 1))";

fn running(code: &str, more: &str) -> Vec<u8> {
    plugin("hostile", "0.2.0", code, more)
}

#[tokio::test]
async fn a_policy_that_traps_is_contained() {
    Victim::new().await.contains(&running("unreachable", ""), "trap", "traps").await;
}

#[tokio::test]
async fn a_policy_that_loops_for_ever_is_stopped_and_contained() {
    Victim::new().await.contains(&running("(loop $again (br $again))", ""), "timeout", "timeouts").await;
}

#[tokio::test]
async fn a_policy_that_allocates_without_end_is_contained() {
    let greedy = "(loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        unreachable";
    Victim::new().await.contains(&running(greedy, ""), "trap", "traps").await;
}

#[tokio::test]
async fn a_policy_that_allocates_and_never_gives_up_is_stopped_and_contained() {
    let greedy = "(loop $again (drop (memory.grow (i32.const 1))) (br $again))";
    Victim::new().await.contains(&running(greedy, ""), "timeout", "timeouts").await;
}

#[tokio::test]
async fn an_index_out_of_range_is_contained() {
    let victim = Victim::new().await;
    victim.contains(&answering(Decided { index: 2, ..Decided::default() }), "invalid", "invalid").await;
    victim
        .contains(&answering(Decided { index: u32::MAX, ..Decided::default() }), "invalid", "invalid")
        .await;
}

#[tokio::test]
async fn an_index_that_stands_twice_is_contained() {
    let twice = "(i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 2))
        (i32.store (i32.const 2064) (i32.const 1024)) (i32.store (i32.const 2068) (i32.const 0))";
    Victim::new().await.contains(&running(twice, ""), "invalid", "invalid").await;
}

#[tokio::test]
async fn a_wrong_discriminant_is_contained() {
    let wrong = Decided { discriminant: 7, ..Decided::default() };
    Victim::new().await.contains(&answering(wrong), "trap", "traps").await;
}

#[tokio::test]
async fn a_reason_that_is_no_text_is_contained() {
    let wrong = Decided { reason: "\\ff\\fe\\fd", reason_bytes: 3, ..Decided::default() };
    Victim::new().await.contains(&answering(wrong), "trap", "traps").await;
}

#[tokio::test]
async fn a_reason_that_lies_outside_the_memory_is_contained() {
    let wrong = Decided { reason_bytes: u32::MAX, ..Decided::default() };
    Victim::new().await.contains(&answering(wrong), "trap", "traps").await;
}

#[tokio::test]
async fn an_order_of_a_million_entries_is_contained() {
    let long = "(drop (memory.grow (i32.const 100)))
        (i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store (i32.const 2056) (i32.const 4096)) (i32.store (i32.const 2060) (i32.const 1000000))
        (i32.store (i32.const 2064) (i32.const 1024)) (i32.store (i32.const 2068) (i32.const 0))";
    Victim::new().await.contains(&running(long, ""), "trap", "traps").await;
}

#[tokio::test]
async fn a_deep_recursion_is_contained() {
    let down = "(func $down (param i32) (result i32)
        (i32.add (i32.const 1) (call $down (i32.add (local.get 0) (i32.const 1)))))";
    Victim::new().await.contains(&running("(drop (call $down (i32.const 0)))", down), "trap", "traps").await;
}

#[tokio::test]
async fn a_policy_that_takes_too_long_to_start_is_refused() {
    let slow = "(func $slow (loop $again (br $again))) (start $slow)";
    Victim::new().await.refuses(&running("", slow), "did not start within").await;
}

#[tokio::test]
async fn a_policy_that_traps_when_it_starts_is_refused() {
    let broken = "(func $broken unreachable) (start $broken)";
    Victim::new().await.refuses(&running("", broken), "does not start").await;
}

#[tokio::test]
async fn a_policy_that_asks_for_too_much_memory_or_too_large_a_table_is_refused() {
    let victim = Victim::new().await;
    victim.refuses(&running("", "(table 20000 funcref)"), "").await;
    victim
        .refuses(
            &running(
                "",
                "(table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)",
            ),
            "",
        )
        .await;
}

#[tokio::test]
async fn a_component_that_is_made_to_compile_slowly_is_stopped() {
    let victim = Victim::new().await;
    // One function with very many blocks that all can be reached.
    let blocks =
        "(if (local.get 0) (then (local.set 0 (i32.mul (local.get 0) (i32.const 3)))))".repeat(40_000);
    let bomb =
        running(FIRST, &format!("(func (export \"bomb\") (param i32) (result i32) {blocks} (local.get 0))"));
    let began = std::time::Instant::now();
    let file = victim.host.file("bomb.wasm", &bomb);
    let load = ["plugin", "load", &file, "--slot", "routing"];
    let loading = victim.host.cli(&load);
    let asking = async {
        for _ in 0..20 {
            assert_eq!(victim.agent.chat("m").await.status, 200);
        }
    };
    let (loaded, ()) = tokio::join!(loading, asking);
    assert!(began.elapsed().as_secs() < 45, "{:?}", began.elapsed());
    // Either is right: it fits the limits of the compiler's process, or it is refused.
    assert!([Some(0), Some(1)].contains(&loaded.status), "{loaded:?}");
    assert_eq!(victim.agent.chat("m").await.status, 200);
    assert!(victim.upstream.count() >= 21);
}
