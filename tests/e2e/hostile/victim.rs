//! A host that plugins are let loose on, and what can be seen of its process from outside.

use std::sync::Arc;

use serde_json::Value;

use super::process::Process;
use crate::harness::{Agent, Decided, Host, Output, Upstream, policy, until};

/// The policies are quick; on a machine that is busy with other tests a thread may still stand for a while.
const PATIENT: &str = "[plugins]\ndeadline = \"300ms\"\n";

/// A host with two providers, and an agent.
pub(super) struct Victim {
    pub(super) host: Host,
    pub(super) agent: Arc<Agent>,
    _upstream: Upstream,
}

impl Victim {
    pub(super) async fn new() -> Self {
        Self::with(PATIENT).await
    }

    pub(super) async fn with(config: &str) -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start_with(config).await;
        for name in ["alpha", "beta"] {
            host.provider(name, &upstream, &["--model", "m"]).await;
        }
        let agent = Arc::new(host.agent("tester").await);
        Self { host, agent, _upstream: upstream }
    }

    /// Tries to load a component, with all that it asks for.
    pub(super) async fn load(&self, slot: &str, component: &[u8]) -> Output {
        let file = self.host.file("hostile.wasm", component);
        self.host.cli(&["plugin", "load", &file, "--slot", slot, "--accept-grants"]).await
    }

    /// Puts a policy in charge that decides well.
    pub(super) async fn recover(&self) -> String {
        self.host.load(&policy("good", "0.2.0", Decided::default())).await
    }

    /// What is in charge of a slot; null if nothing is, or if there is no such slot.
    pub(super) async fn active(&self, slot: &str) -> Value {
        let shown = self.host.cli(&["slot", "show", slot, "--json"]).await;
        if shown.status == Some(0) { shown.json()["active"].clone() } else { Value::Null }
    }

    /// Asks whoever is in charge of a slot. None if nobody is.
    pub(super) async fn ask(&self, slot: &str, question: &Value) -> Option<Value> {
        let name = format!("question-{}.json", slot.replace('/', "-"));
        let file = self.host.file(&name, question.to_string().as_bytes());
        let asked = self.host.cli(&["slot", "ask", slot, "--input", &file, "--json"]).await;
        serde_json::from_str(&asked.stdout).ok()
    }

    /// A generation, once it has been quarantined and is no longer in charge.
    pub(super) async fn taken_out(&self, slot: &str, id: &str) -> Value {
        until("the quarantine", async || {
            let shown = self.host.json(&["slot", "show", slot]).await;
            let generations = shown["generations"].as_array()?;
            let bad = generations.iter().find(|row| row["id"] == id)?;
            (bad["state"] == "quarantined" && shown["active"] != id).then(|| bad.clone())
        })
        .await
    }

    pub(super) fn process(&self) -> Process {
        Process::of(&self.host.dir())
    }

    /// That nothing in the host has panicked, and no guest has reached the terminal of who reads the log.
    pub(super) fn log_is_clean(&self) {
        let log = self.host.log();
        assert!(!log.contains("panicked at"), "{log}");
        assert!(!log.contains(['\u{1b}', '\r']), "a control character is in the log");
    }
}
