//! The author's path: from nothing to a decision that one's own plugin made.

use std::path::{Path, PathBuf};

use crate::harness::{Host, Output, Upstream, command, say};

/// What the cargo that runs these tests was told about its own build.
const OUTER_ONLY: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
];

/// Where plugins of these tests are built: kept from run to run, so that only the first takes long.
fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin")
}

/// Runs `patchbay plugin …` as an author would, without a network.
async fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(&[&["plugin"], arguments].concat());
    command.current_dir(folder).env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", built());
    for variable in OUTER_ONLY {
        command.env_remove(variable);
    }
    Output::of(command, "").await
}

/// Whether cargo could not find the SDK's dependencies in its cache: then there is nothing to see here.
fn is_offline(output: &Output) -> bool {
    let words = ["offline", "no matching package", "failed to get", "failed to download"];
    output.status != Some(0) && words.iter().any(|word| output.stderr.contains(word))
}

#[tokio::test]
async fn a_new_plugin_builds_passes_its_test_and_decides() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    for name in ["alpha", "beta"] {
        host.provider(name, &upstream, &["--model", "m"]).await;
    }
    let agent = host.agent("tester").await;
    let folder = host.scratch().to_owned();
    plugin(&folder, &["new", "my-policy", "--world", "routing-policy"]).await.ok();
    let crate_folder = folder.join("my-policy");
    let built = plugin(&crate_folder, &["build"]).await;
    if is_offline(&built) {
        say(
            "SKIPPED: cargo has no copy of the SDK's dependencies; run `cargo fetch` in a crate of `plugin new` once",
        );
        say(&built.stderr);
        return;
    }
    let said = built.ok();
    assert!(said.contains("my-policy.wasm") && said.contains("sha256:"), "{said}");
    let tested = plugin(&folder, &["test", "my-policy"]).await.ok();
    assert!(tested.contains("native ok / wasm ok"), "{tested}");
    let component = crate_folder.join("my-policy.wasm").into_os_string().into_string().unwrap();
    let inspected = plugin(&folder, &["inspect", &component, "--json"]).await.json();
    assert_eq!(
        (&inspected["name"], &inspected["loadable"]),
        (&"my-policy".into(), &true.into()),
        "{inspected}"
    );
    let loaded = host.cli(&["plugin", "load", &component, "--slot", "routing"]).await.ok();
    assert_eq!(loaded.trim(), "routing/2");
    let reply = agent.chat("m").await;
    assert_eq!((reply.status, reply.header("x-patchbay-generation")), (200, "routing/2"));
    assert_eq!(reply.header("x-patchbay-fallback"), "");
    let slot = host.json(&["slot", "show", "routing"]).await;
    assert_eq!(
        (&slot["generations"][0]["name"], &slot["generations"][0]["calls"]),
        (&"my-policy".into(), &1.into())
    );
    a_case_that_does_not_hold_is_shown(&crate_folder).await;
}

async fn a_case_that_does_not_hold_is_shown(folder: &Path) {
    let case = folder.join("cases/first.json");
    let mut wrong: serde_json::Value = serde_json::from_slice(&std::fs::read(&case).unwrap()).unwrap();
    wrong["expect"]["order"] = serde_json::json!([7]);
    std::fs::write(&case, wrong.to_string()).unwrap();
    let tested = plugin(folder, &["test"]).await;
    assert_eq!(tested.status, Some(1), "{tested:?}");
    assert!(format!("{}{}", tested.stdout, tested.stderr).contains('7'), "{tested:?}");
}

#[tokio::test]
async fn a_new_plugin_is_made_only_where_there_is_room_and_under_a_good_name() {
    let folder = tempfile::tempdir().unwrap();
    let new = async |name: &str| plugin(folder.path(), &["new", name, "--world", "routing-policy"]).await;
    new("mine").await.ok();
    new("mine").await.failed(1, &["not empty", "nothing was written"]);
    assert_eq!(new("Not A Name").await.status, Some(2));
    let other = plugin(folder.path(), &["new", "other", "--world", "weather"]).await;
    assert_eq!(other.status, Some(2));
    assert!(other.stderr.contains("routing-policy"), "{other:?}");
    assert!(!folder.path().join("other").exists());
}
