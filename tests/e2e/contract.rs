//! The contract with plugins: two versions live side by side, and a released one cannot change unnoticed.

use std::collections::BTreeMap;
use std::path::Path;

use wit_parser::{Resolve, WorldId};

use crate::harness::{Decided, Host, Upstream, policy, root};

const FROZEN: &str = "tests/e2e/frozen/0.1.0";

/// Name and content of each file in a folder of the workspace.
fn files(folder: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn world(resolve: &mut Resolve, folder: &Path) -> WorldId {
    let (package, _) = resolve.push_dir(folder).unwrap();
    resolve.select_world(&[package], Some("routing-policy")).unwrap()
}

/// Whether what was built against the frozen contract fits a host that offers `new`, a package of another version.
fn fits(new: &Path) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let old = world(&mut resolve, &root().join(FROZEN));
    let new = world(&mut resolve, new);
    wit_component::semver_check(resolve, old, new).map_err(|error| format!("{error:#}"))
}

/// A copy of the offered contract with `cut` taken out. Its version is another, because one resolver holds a package
/// of one version once.
fn offered_without(cut: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for (name, text) in files("wit/since-v0.1.0") {
        let text = text.replace("patchbay:plugin@0.1.0", "patchbay:plugin@0.1.1").replace(cut, "");
        std::fs::write(copy.path().join(name), text).unwrap();
    }
    copy
}

#[test]
fn the_frozen_contract_is_the_same_to_the_byte() {
    assert_eq!(
        files("wit/since-v0.1.0"),
        files(FROZEN),
        "a released contract never changes: make a new version"
    );
}

#[test]
fn the_sdk_is_written_against_the_newest_contract() {
    assert_eq!(files("sdk/rust/wit"), files("wit/since-v0.2.0"), "copy wit/since-v0.2.0 to sdk/rust/wit");
}

#[test]
fn what_was_built_against_the_frozen_contract_still_fits() {
    fits(offered_without("\0").path()).unwrap();
}

#[test]
fn a_change_that_breaks_plugins_would_be_noticed() {
    let error = fits(offered_without("attempt: u32,").path()).unwrap_err();
    assert!(error.contains("not semver-compatible"), "{error}");
}

#[tokio::test]
async fn plugins_of_both_versions_decide_live_traffic() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    for name in ["alpha", "beta"] {
        host.provider(name, &upstream, &["--model", "m"]).await;
    }
    let agent = host.agent("tester").await;
    // Each always names the second candidate: no other policy would.
    let second = Decided { index: 1, ..Decided::default() };
    for (contract, id) in [("0.1.0", "routing/2"), ("0.2.0", "routing/3"), ("0.1.0", "routing/4")] {
        assert_eq!(host.load(&policy("second", contract, second)).await, id);
        for _ in 0..3 {
            let reply = agent.chat("m").await;
            assert_eq!(
                (reply.status, reply.header("x-patchbay-provider")),
                (200, "beta"),
                "{contract}: {reply:?}"
            );
            assert_eq!(
                (reply.header("x-patchbay-generation"), reply.header("x-patchbay-fallback")),
                (id, "")
            );
        }
        let slot = host.json(&["slot", "show", "routing"]).await;
        assert_eq!(
            (&slot["generations"][0]["contract"], &slot["generations"][0]["calls"]),
            (&contract.into(), &3.into())
        );
    }
}
