//! The guest `asker`: a skill that asks its host whatever its input says. Built from its source by cargo, as an author
//! builds a plugin.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::super::{root, say};

const TARGET: &str = "wasm32-wasip2";
/// The first build has the SDK's dependencies to compile.
const BUILD_TIME: Duration = Duration::from_secs(300);
/// What the cargo that runs these tests was told about its own build.
const OUTER_ONLY: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
];

/// The component, without a manifest. None, and a line that says so, where cargo has no copy of what the SDK needs.
pub(crate) async fn asker() -> Option<Vec<u8>> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asker");
    let output = timeout(BUILD_TIME, cargo(&built).output()).await.expect("cargo ends").unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    let is_offline = ["offline", "no matching package", "failed to get", "failed to download"];
    if !output.status.success() && is_offline.iter().any(|word| words.contains(word)) {
        say(
            "SKIPPED: cargo has no copy of the SDK's dependencies; run `cargo fetch` in tests/e2e/guests/asker once",
        );
        return None;
    }
    assert!(output.status.success(), "{words}");
    Some(std::fs::read(built.join(TARGET).join("release/asker.wasm")).unwrap())
}

fn cargo(built: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--release", "--locked", "--offline", "--target", TARGET, "--target-dir"]);
    command.arg(built).arg("--manifest-path").arg(root().join("tests/e2e/guests/asker/Cargo.toml"));
    command.kill_on_drop(true);
    for variable in OUTER_ONLY {
        command.env_remove(variable);
    }
    command
}
