//! A rotation is not noticed by any request, and the identity before it opens nothing that was written since.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{CANARY, SET, listed, store};
use crate::harness::{Agent, Host, KEY, Upstream, body_of, say};

const ROTATIONS: usize = 5;
const CLIENTS: usize = 8;

/// What `age` says to a text, and whether it opened it; none where there is no `age`.
pub(super) fn age(identity: &Path, sealed: &str, scratch: &Path) -> Option<(bool, String)> {
    let row = scratch.join("row.age");
    fs::write(&row, sealed).unwrap();
    let output =
        Command::new("age").arg("-d").arg("-i").arg(identity).arg(&row).stdin(Stdio::null()).output();
    let Ok(output) = output else {
        say("SKIPPED: the `age` tool is not installed (Debian: apt-get install age)");
        return None;
    };
    Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

pub(super) fn identity(host: &Host, suffix: &str) -> PathBuf {
    host.dir().join(format!("identity.age{suffix}"))
}

/// The sealed texts of the provider `alpha` and the secret `telegram`, while no host runs.
async fn sealed(host: &Host) -> [String; 2] {
    let text = |row: Value| row["sealed"].as_str().unwrap().to_owned();
    [text(store::read::<store::Providers>(host).await), text(store::read::<store::Secrets>(host).await)]
}

/// Asks again and again on one connection. Returns how many answers there were, and those that were not good.
async fn client(agent: Arc<Agent>, stop: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let mut connection = agent.connect().await;
    let (mut answers, mut wrong) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        answers += 1;
        match connection.ask(agent.call("/v1/chat/completions", body_of("m", false))).await {
            Some(reply) if reply.status == 200 => {}
            Some(reply) => wrong.push(format!("{reply:?}")),
            None => {
                wrong.push("the connection broke".to_owned());
                connection = agent.connect().await;
            }
        }
    }
    (answers, wrong)
}

#[tokio::test]
async fn no_request_fails_while_the_identity_is_rotated_five_times() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    let before = (listed(&host).await[0]["fingerprint"].clone(), host.json(&["slot", "list"]).await);
    let agent = Arc::new(host.agent("tester").await);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(client(Arc::clone(&agent), Arc::clone(&stop)))).collect();
    let mut recipients = vec![host.json(&["secrets", "list"]).await["identity"]["recipient"].clone()];
    for _ in 0..ROTATIONS {
        let rotated = host.json(&["secrets", "rotate"]).await;
        assert_eq!((&rotated["credentials"], &rotated["secrets"]), (&json!(1), &json!(1)), "{rotated}");
        assert!(!recipients.contains(&rotated["recipient"]), "{rotated}");
        recipients.push(rotated["recipient"].clone());
    }
    stop.store(true, Ordering::Relaxed);
    let mut answers = 0;
    for client in clients {
        let (answered, wrong) = client.await.unwrap();
        assert!(wrong.is_empty(), "{} of {answered} failed: {}", wrong.len(), wrong[0]);
        answers += answered;
    }
    say(&format!("{answers} requests during {ROTATIONS} rotations, none failed"));
    assert!(answers > 100, "only {answers} requests were made meanwhile");
    assert!(upstream.requests().iter().all(|asked| asked.header("authorization") == format!("Bearer {KEY}")));
    // No plugin became another generation, and the same value has the same fingerprint.
    assert_eq!(listed(&host).await[0]["fingerprint"], before.0);
    let active = |slots: &Value| {
        slots.as_array().unwrap().iter().map(|slot| slot["active"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(active(&host.json(&["slot", "list"]).await), active(&before.1));
    let identities = host.json(&["secrets", "list"]).await["identity"].clone();
    assert_eq!(identities["old"].as_array().unwrap().len(), ROTATIONS, "{identities}");
}

#[tokio::test]
async fn the_identity_before_opens_nothing_new_and_age_opens_what_the_present_one_seals() {
    let upstream = Upstream::good().await;
    let mut host = Host::make("").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    let before = sealed(&host).await;
    let told = host.cli(&["secrets", "rotate"]).await;
    assert!(
        told.stderr.contains("sealed 1 keys and 1 secrets") && told.stderr.contains(".old-1"),
        "{told:?}"
    );
    told.ok();
    let after = sealed(&host).await;
    let (new, old) = (identity(&host, ""), identity(&host, ".old-1"));
    let expected = [format!("\"key\":\"{KEY}\""), format!("\"value\":\"{CANARY}\"")];
    for ((before, after), value) in before.iter().zip(&after).zip(&expected) {
        let Some((opened, plain)) = age(&new, after, host.scratch()) else { return };
        assert!(opened && plain.contains(value), "{plain}");
        assert_eq!(age(&old, after, host.scratch()).unwrap(), (false, String::new()));
        assert!(age(&old, before, host.scratch()).unwrap().0);
    }
    host.serve().await;
    assert_eq!(host.agent("tester").await.chat("m").await.status, 200);
    host.cli(&["secrets", "rotate"]).await.ok();
    let dropped = host.json(&["secrets", "drop-old"]).await;
    assert_eq!(dropped["dropped"].as_array().unwrap().len(), 2, "{dropped}");
    assert!(!old.exists());
    host.restart().await;
    assert_eq!(host.agent("again").await.chat("m").await.status, 200);
    assert!(!host.log().contains("does not open"), "{}", host.log());
}

#[tokio::test]
async fn everything_is_sealed_for_the_configured_recipients_too() {
    let rescue = Host::make("").await;
    let recipient =
        rescue.json(&["secrets", "list"]).await["identity"]["recipient"].as_str().unwrap().to_owned();
    let upstream = Upstream::good().await;
    let host = Host::make("").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    let config = format!("[secrets]\nrecipients = [\"{recipient}\"]\n");
    fs::write(host.dir().join(patchbay_config::FILE_NAME), config).unwrap();
    let rescue = identity(&rescue, "");
    let opens = async || {
        let sealed = sealed(&host).await;
        sealed.iter().all(|text| age(&rescue, text, host.scratch()).is_none_or(|(opened, _)| opened))
    };
    assert!(age(&rescue, &sealed(&host).await[0], host.scratch()).is_none_or(|(opened, _)| !opened));
    host.cli(&["secrets", "rotate"]).await.ok();
    assert!(opens().await, "a rotation seals what was there");
    host.cli(&["provider", "set", "alpha", "--key-env", crate::harness::KEY_VARIABLE]).await.ok();
    host.cli_with(&SET, "another").await.ok();
    assert!(opens().await, "what is set afterwards is sealed for them, too");
    assert!(host.cli(&["secrets", "list"]).await.ok().contains(&recipient));
    fs::write(host.dir().join(patchbay_config::FILE_NAME), "[secrets]\nrecipients = [\"age1x\"]\n").unwrap();
    host.cli(&["status"]).await.failed(1, &["patchbay.toml:2:15", "recipients", "\"age1x\""]);
}

#[tokio::test]
async fn a_provider_whose_url_was_edited_in_the_store_is_refused_its_key() {
    let (right, evil) = (Upstream::good().await, Upstream::good().await);
    let mut host = Host::make("").await;
    host.provider("alpha", &right, &["--model", "m"]).await;
    store::edit::<store::Providers>(&host, |row| row["provider"]["base_url"] = evil.url().into()).await;
    host.serve().await;
    let shown = host.json(&["secrets", "list"]).await["credentials"][0].clone();
    let reason = shown["reason"].as_str().unwrap();
    assert!(
        reason.contains(&right.address.to_string()) && reason.contains(&evil.address.to_string()),
        "{shown}"
    );
    assert_eq!(shown["credential"], Value::Null);
    assert_eq!(host.agent("tester").await.chat("m").await.status, 503);
    host.cli(&["secrets", "rotate"]).await.failed(1, &["alpha", "bound to origin", "hint: "]);
    host.cli(&["secrets", "export", "--to", &recipient_of(&host).await]).await.failed(1, &["alpha"]);
    assert_eq!((right.count(), evil.count()), (0, 0));
    assert!(!identity(&host, ".old-1").exists() && !identity(&host, ".pending").exists());
}

pub(super) async fn recipient_of(host: &Host) -> String {
    host.json(&["secrets", "list"]).await["identity"]["recipient"].as_str().unwrap().to_owned()
}
