//! Updates that were signed for something else, are older than what is there, or ask for more.

use std::fs;

use serde_json::Value;

use crate::harness::{Core, Dress, Host, Output, command, with_manifest};

const SLOT: &str = "notifiers/acme";
const WIDER: &str = "[grants]\nkv = { max_bytes = 1000 }\nhttp = [\"api.example.com\"]\n";
const NARROW: &str = "[grants]\nkv = { max_bytes = 1000 }\n";

/// A host that loads what the key `release` has signed, and nothing else.
struct Acme {
    host: Host,
}

impl Acme {
    async fn new() -> Self {
        let mut acme = Self { host: Host::make("").await };
        let line = acme.key("release").await;
        acme.key("stranger").await;
        let trust = format!(
            "require_signatures = true\n[[key]]\nname = \"acme\"\npublic_key = \"{line}\"\nnames = [\"acme-*\"]\n\
             grants = [\"kv\", \"http\"]\n"
        );
        fs::write(acme.host.dir().join("trust.toml"), trust).unwrap();
        acme.host.serve().await;
        acme
    }

    /// A command of the author's, in the folder where his keys are.
    async fn author(&self, arguments: &[&str]) -> Output {
        let mut command = command(&[&["--dir", "."], arguments].concat());
        command.current_dir(self.host.scratch());
        Output::of(command, "").await
    }

    async fn key(&self, name: &str) -> String {
        let made = self.author(&["keygen", "--out", name, "--no-password", "--json"]).await.json();
        made["public_key"].as_str().unwrap().to_owned()
    }

    /// A signed notifier; its path.
    async fn signed(&self, file: &str, name: &str, version: &str, tables: &str, key: &str) -> String {
        let component = Core::default().component(Dress::Notifier, "0.2.0");
        let path = self.host.file(file, &with_manifest(&component, name, version, "notifier", tables));
        self.author(&["plugin", "sign", file, "--key", key]).await.ok();
        path
    }

    async fn load(&self, file: &str, more: &[&str]) -> Output {
        self.host.cli(&[&["plugin", "load", file, "--slot", SLOT], more].concat()).await
    }

    /// What was done to the slot, the oldest first: the action and what it says.
    async fn audit(&self) -> Vec<(String, String)> {
        let audit = self.host.json(&["audit", "list", "--limit", "200"]).await;
        let ours = audit.as_array().unwrap().iter().filter(|entry| of_slot(entry)).map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap().to_owned();
            (text("action"), text("detail"))
        });
        ours.collect()
    }
}

fn of_slot(entry: &Value) -> bool {
    entry["subject"].as_str().unwrap().starts_with(SLOT)
}

#[tokio::test]
async fn replayed_downgraded_and_widened_updates_need_to_be_meant() {
    let acme = Acme::new().await;
    let old = acme.signed("v1.wasm", "acme-tell", "1.0.0", NARROW, "release.key").await;
    let new = acme.signed("v2.wasm", "acme-tell", "2.0.0", NARROW, "release.key").await;
    acme.load(&old, &["--accept-grants"]).await.ok();
    acme.load(&new, &[]).await.ok();

    // An old signature on a new file; one of a stranger; none.
    let signature = acme.host.scratch().join("v2.wasm.minisig");
    let good = fs::read(&signature).unwrap();
    fs::copy(acme.host.scratch().join("v1.wasm.minisig"), &signature).unwrap();
    acme.load(&new, &[]).await.failed(1, &["acme-tell@2.0.0", "changed after it was signed"]);
    fs::remove_file(&signature).unwrap();
    acme.load(&new, &[]).await.failed(1, &["acme-tell@2.0.0 is not signed"]);
    acme.signed("v2.wasm", "acme-tell", "2.0.0", NARROW, "stranger.key").await;
    acme.load(&new, &[]).await.failed(1, &["no such key"]);
    fs::write(&signature, good).unwrap();
    acme.load(&new, &[]).await.ok();

    // A good signature of a version that was good once.
    acme.load(&old, &[])
        .await
        .failed(1, &["acme-tell@1.0.0 is older than acme-tell@2.0.0", "--allow-downgrade"]);
    acme.load(&old, &["--allow-downgrade"]).await.ok();
    acme.load(&new, &[]).await.ok();

    // A good signature of a version that wants more: what it wants is shown, and what it has already is not.
    let wide = acme.signed("v3.wasm", "acme-tell", "3.0.0", WIDER, "release.key").await;
    let refused = acme.load(&wide, &[]).await;
    assert!(!refused.stderr.contains("kv up to"), "{refused:?}");
    refused.failed(
        1,
        &["acme-tell@3.0.0", "more than acme-tell@2.0.0", "http api.example.com", "--accept-grants"],
    );
    acme.load(&wide, &["--accept-grants"]).await.ok();

    // More than the key may sign for, and a name that it may not sign, whatever the operator says.
    let secrets = "[grants]\nsecrets = [\"token\"]\n";
    let beyond = acme.signed("v4.wasm", "acme-tell", "4.0.0", secrets, "release.key").await;
    acme.load(&beyond, &["--accept-grants"]).await.failed(1, &["kv, http", "secrets"]);
    let foreign = acme.signed("v5.wasm", "other-tell", "5.0.0", "", "release.key").await;
    acme.load(&foreign, &["--accept-grants"]).await.failed(1, &["acme-*, not for this name"]);

    let audit = acme.audit().await;
    assert!(audit.iter().all(|(action, _)| action == "plugin.load"), "{audit:?}");
    let versions: Vec<&str> = audit.iter().map(|(_, detail)| detail.split(' ').next().unwrap()).collect();
    let expected =
        ["1.0.0", "2.0.0", "2.0.0", "1.0.0", "2.0.0", "3.0.0"].map(|version| format!("acme-tell@{version}"));
    assert_eq!(versions, expected, "{audit:?}");
    let (first, last) = (&audit[0].1, &audit[audit.len() - 1].1);
    assert!(first.contains("kv up to 1000 bytes") && !first.contains("http"), "{first}");
    assert!(last.contains("http api.example.com"), "{last}");
}
