//! Compiled code on disk that the host did not write: native code that would run with all of its power.

use std::fs;
use std::path::PathBuf;

use super::Victim;
use crate::harness::{Decided, policy, until};

/// What the log says of an entry that was not used.
const NOT_OURS: &str = "was not written by this host";

/// The entry of a component, by what its digest begins with.
fn entry(victim: &Victim, digest: &str) -> PathBuf {
    let hex = digest.trim_start_matches("sha256:");
    let entries = fs::read_dir(victim.host.dir().join("compiled")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(hex)).expect("it is kept")
}

fn named(name: &str) -> Vec<u8> {
    policy(name, "0.2.0", Decided::default())
}

impl Victim {
    /// Loads a policy, and the digest that it has.
    async fn digest(&self, component: &[u8]) -> String {
        let id = self.host.load(component).await;
        let slot = self.host.json(&["slot", "show", "routing"]).await;
        let row =
            slot["generations"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
        row["digest"].as_str().unwrap().to_owned()
    }

    /// Loads a policy, and the log once it has told of that: it is written a little later.
    async fn log_of_load(&self, component: &[u8]) -> String {
        let told = format!("in charge generation={} ", self.host.load(component).await);
        until("the log", async || Some(self.host.log()).filter(|log| log.contains(&told))).await
    }
}

#[tokio::test]
async fn a_tampered_cache_entry_is_never_run() {
    let victim = Victim::new().await;
    let (good, other) = (named("good"), named("other"));
    let path = entry(&victim, &victim.digest(&good).await);
    let ours = fs::read(&path).unwrap();
    let theirs = fs::read(entry(&victim, &victim.digest(&other).await)).unwrap();
    let flipped = |at: usize| {
        let mut entry = ours.clone();
        entry[at] ^= 1;
        entry
    };
    let tampered = [
        flipped(0),
        flipped(40),
        flipped(ours.len() - 1),
        ours[..ours.len() / 2].to_vec(),
        ours[..16].to_vec(),
        Vec::new(),
        [&ours[..], b"more"].concat(),
        // Good code of this very host, for another component.
        theirs,
    ];
    for (number, entry) in tampered.iter().enumerate() {
        fs::write(&path, entry).unwrap();
        let log = victim.log_of_load(&good).await;
        assert_eq!(log.matches(NOT_OURS).count(), number + 1, "entry {number}: {log}");
        let reply = victim.agent.chat("m").await;
        assert_eq!((reply.status, reply.header("x-patchbay-fallback")), (200, ""), "entry {number}");
        assert_eq!(fs::read(&path).unwrap().len(), ours.len(), "entry {number} was not written anew");
    }
    // The one that was written last is used.
    let log = victim.log_of_load(&good).await;
    assert_eq!(log.matches(NOT_OURS).count(), tampered.len(), "{log}");
    victim.log_is_clean();
}

#[tokio::test]
async fn a_tampered_component_on_disk_is_never_run() {
    let victim = Victim::new().await;
    let digest = victim.digest(&named("good")).await;
    let before = victim.digest(&named("other")).await;
    assert_ne!(digest, before);
    let path = stored(&victim, digest.trim_start_matches("sha256:"));
    fs::remove_file(entry(&victim, &digest)).unwrap();
    fs::write(&path, named("evil")).unwrap();
    victim.host.cli(&["plugin", "rollback", "--slot", "routing"]).await.failed(1, &["routing/2"]);
    let reply = victim.agent.chat("m").await;
    assert_eq!(
        (reply.header("x-patchbay-generation"), reply.header("x-patchbay-fallback")),
        ("routing/3", "")
    );
}

/// Where the component with this digest lies.
fn stored(victim: &Victim, hex: &str) -> PathBuf {
    let mut folders = vec![victim.host.dir().join("components")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false if path.to_str().unwrap().contains(hex) => return path,
                false => {}
            }
        }
    }
    panic!("no component {hex}");
}
