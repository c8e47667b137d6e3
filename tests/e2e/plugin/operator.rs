//! The operator's path: load, look, go back.

use serde_json::Value;

use crate::harness::{Decided, Host, Upstream, policy};

/// A host with a provider, and its agent.
async fn host() -> (Host, crate::harness::Agent, Upstream) {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    (host, agent, upstream)
}

fn named(name: &str) -> Vec<u8> {
    policy(name, "0.2.0", Decided::default())
}

async fn active(host: &Host) -> Value {
    host.json(&["slot", "show", "routing"]).await["active"].clone()
}

#[tokio::test]
async fn a_rollback_brings_the_one_before_back_under_a_new_number() {
    let (host, agent, _upstream) = host().await;
    assert_eq!(host.load(&named("one")).await, "routing/2");
    assert_eq!(host.load(&named("two")).await, "routing/3");
    let back = host.json(&["plugin", "rollback", "--slot", "routing"]).await;
    assert_eq!((&back["id"], &back["name"]), (&"routing/4".into(), &"one".into()), "{back}");
    assert_eq!(agent.chat("m").await.header("x-patchbay-generation"), "routing/4");
    let slot = host.json(&["slot", "show", "routing"]).await;
    let rows = slot["generations"].as_array().unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row["id"].as_str().unwrap(), row["state"].as_str().unwrap())).collect();
    let expect = [
        ("routing/4", "active"),
        ("routing/3", "retired"),
        ("routing/2", "retired"),
        ("routing/1", "retired"),
    ];
    assert_eq!(rows, expect);
}

#[tokio::test]
async fn there_is_nothing_before_the_first() {
    let (host, _agent, _upstream) = host().await;
    host.cli(&["plugin", "rollback", "--slot", "routing"]).await.failed(1, &["no earlier generation"]);
    assert_eq!(active(&host).await, "routing/1");
}

#[tokio::test]
async fn a_bundled_plugin_is_loaded_by_its_name() {
    let (host, agent, _upstream) = host().await;
    let loaded = host.json(&["plugin", "load", "least-latency", "--slot", "routing"]).await;
    assert_eq!((&loaded["id"], &loaded["name"]), (&"routing/2".into(), &"least-latency".into()), "{loaded}");
    let reply = agent.chat("m").await;
    assert_eq!(
        (reply.header("x-patchbay-generation"), reply.header("x-patchbay-fallback")),
        ("routing/2", "")
    );
    let listed = host.json(&["plugin", "list"]).await;
    let row = |name: &str| listed.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(row("least-latency")["in_charge"], serde_json::json!(["routing/2"]), "{listed}");
    assert_eq!(row("primary-fallback")["in_charge"], serde_json::json!([]), "{listed}");
}

#[tokio::test]
async fn every_change_of_a_slot_is_an_event_and_in_the_audit() {
    let (host, _agent, _upstream) = host().await;
    host.load(&named("one")).await;
    host.cli(&["plugin", "rollback", "--slot", "routing"]).await.ok();
    let kinds = |log: Value, field: &str| -> Vec<String> {
        let entries = log.as_array().unwrap().iter();
        entries.map(|entry| entry[field].as_str().unwrap().to_owned()).collect()
    };
    let events = host.json(&["event", "list"]).await;
    let activated = |event: &&Value| {
        event["kind"] == "generation.activated" && event["subject"].as_str().unwrap().starts_with("routing/")
    };
    assert_eq!(events.as_array().unwrap().iter().filter(activated).count(), 3, "{events}");
    let audits = kinds(host.json(&["audit", "list"]).await, "action");
    assert!(
        ["plugin.load", "plugin.rollback"].iter().all(|action| audits.iter().any(|audit| audit == action)),
        "{audits:?}"
    );
}
