//! A host that is killed while it rotates: between any two steps, arranged by hand, and at random moments.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::rotate::identity;
use super::{CANARY, SET};
use crate::harness::{Agent, Host, KEY, Upstream};

const KILLS: u64 = 12;

/// A host with a provider and a secret, and the key of an agent.
async fn furnished(upstream: &Upstream) -> (Host, String) {
    let host = Host::make("").await;
    host.provider("alpha", upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    let key = host.json(&["key", "create", "tester"]).await["key"].as_str().unwrap().to_owned();
    (host, key)
}

/// It serves with the right key, everything opens, and no rotation is half done. Returns who is in charge.
async fn check(host: &Host, key: &str, upstream: &Upstream) -> String {
    assert_eq!(Agent::new(host.address(), key).chat("m").await.status, 200, "{}", host.log());
    assert_eq!(upstream.requests().last().unwrap().header("authorization"), format!("Bearer {KEY}"));
    let sealed = host.json(&["secrets", "list"]).await;
    assert_eq!(sealed["credentials"][0]["reason"], Value::Null, "{sealed}");
    assert_eq!(sealed["secrets"][0]["reason"], Value::Null, "{sealed}");
    assert!(!identity(host, ".pending").exists(), "{sealed}");
    let recipient = sealed["identity"]["recipient"].as_str().unwrap().to_owned();
    let file = fs::read_to_string(identity(host, "")).unwrap();
    assert!(file.contains(&format!("# public key: {recipient}")), "the file holds another identity");
    recipient
}

#[tokio::test]
async fn killed_before_the_transaction_the_first_identity_stays() {
    let upstream = Upstream::good().await;
    let (mut host, key) = furnished(&upstream).await;
    let first = super::rotate::recipient_of(&host).await;
    // An identity that nothing is sealed for.
    let other = Host::make("").await;
    fs::rename(identity(&other, ""), identity(&host, ".pending")).unwrap();
    host.serve().await;
    assert_eq!(check(&host, &key, &upstream).await, first);
    assert!(identity(&host, ".old-1").exists(), "no identity is deleted without being asked");
    host.cli(&["secrets", "rotate"]).await.ok();
    host.restart().await;
    assert_ne!(check(&host, &key, &upstream).await, first);
}

#[tokio::test]
async fn killed_after_the_transaction_the_next_start_ends_the_rotation() {
    let upstream = Upstream::good().await;
    for moved in [false, true] {
        let (mut host, key) = furnished(&upstream).await;
        host.cli(&["secrets", "rotate"]).await.ok();
        let second = super::rotate::recipient_of(&host).await;
        // The files as they were right after the transaction, or with the first identity's second name made.
        fs::rename(identity(&host, ""), identity(&host, ".pending")).unwrap();
        fs::hard_link(identity(&host, ".old-1"), identity(&host, "")).unwrap();
        if !moved {
            fs::remove_file(identity(&host, ".old-1")).unwrap();
        }
        host.serve().await;
        assert_eq!(check(&host, &key, &upstream).await, second);
        assert!(identity(&host, ".old-1").exists() && !identity(&host, ".old-2").exists());
        host.restart().await;
        assert_eq!(check(&host, &key, &upstream).await, second);
    }
}

#[tokio::test]
async fn killed_at_any_moment_of_a_rotation_everything_opens() {
    let upstream = Upstream::good().await;
    let (mut host, key) = furnished(&upstream).await;
    host.serve().await;
    let mut before = check(&host, &key, &upstream).await;
    let mut rotated = 0;
    for kill in 0..KILLS {
        let operator = host.operator();
        let rotating = tokio::spawn(async move { operator.post("/api/vault/rotate").await });
        tokio::time::sleep(Duration::from_micros(kill * 1_500)).await;
        host.restart().await;
        // It may have been answered, or not.
        let _ = rotating.await;
        let now = check(&host, &key, &upstream).await;
        rotated += usize::from(now != before);
        before = now;
        if fs::read_dir(host.dir()).unwrap().count() > 20 {
            host.cli(&["secrets", "drop-old"]).await.ok();
        }
    }
    crate::harness::say(&format!("{rotated} of {KILLS} rotations were done when the host was killed"));
}
