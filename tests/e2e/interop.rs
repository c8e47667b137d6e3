//! SDKs that nobody here wrote, through the gateway, by scripts in their own languages (`tests/interop`). Needs the
//! folder that `tests/interop/install.sh` fills; says so when there is none.

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::harness::{root, say};

/// A script starts a host, and waits for what the SDKs wait for.
const PATIENCE: Duration = Duration::from_secs(180);
const CACHE: &str = "PATCHBAY_TEST_INTEROP";

/// The folder with the packages.
fn cache() -> Option<PathBuf> {
    let folder = std::env::var_os(CACHE).map(PathBuf::from).filter(|folder| folder.join("stamp").is_file());
    if folder.is_none() {
        say(
            "SKIPPED: no SDKs to talk with. Run tests/interop/install.sh DIR; then set PATCHBAY_TEST_INTEROP=DIR",
        );
    }
    folder
}

/// Runs a script in a folder of `tests/interop`.
///
/// # Panics
/// It fails, or takes longer than [`PATIENCE`].
async fn run(folder: &str, mut script: Command) {
    script.current_dir(root().join("tests/interop").join(folder)).kill_on_drop(true);
    script.env("PATCHBAY", env!("CARGO_BIN_EXE_patchbay"));
    let output = timeout(PATIENCE, script.output()).await.expect("it ends in time").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(output.stdout), text(output.stderr));
}

#[tokio::test]
async fn the_official_package_for_node_streams_through_the_gateway() {
    let Some(cache) = cache() else { return };
    let mut node = Command::new("node");
    node.args(["--test", "openai_sdk.test.mjs"])
        .env("PATCHBAY_TEST_NODE_MODULES", cache.join("node/node_modules"));
    run("node", node).await;
}

#[tokio::test]
async fn the_official_package_of_anthropic_talks_through_the_gateway() {
    let Some(cache) = cache() else { return };
    let mut python = Command::new(cache.join("venv/bin/python"));
    python.args(["-m", "unittest", "anthropic_sdk"]).env("PYTHONDONTWRITEBYTECODE", "1");
    run("python", python).await;
}
