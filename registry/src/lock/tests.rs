//! What a lock file keeps, and which texts are none.

use super::*;
use crate::sign::tests::plugin;

fn pinned(name: &str, version: &str, tag: &str) -> Pinned {
    let plugin = plugin(name, version);
    let artefact = Digest::of(b"artefact");
    let source = format!("registry.example.com/acme/{name}:{tag}@{artefact}").parse().unwrap();
    Pinned { name: plugin.name, version: plugin.version, digest: Digest::of(b"component"), source }
}

fn text() -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(LOCK_FILE);
    let mut lock = Lock::default();
    lock.pin(pinned("a", "1.0.0", "1"));
    lock.save(&path).unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn what_was_pinned_is_found_by_its_tag() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(LOCK_FILE);
    let mut lock = Lock::load(&path).unwrap();
    assert_eq!(lock, Lock::default());
    lock.pin(pinned("b", "1.0.0", "1"));
    lock.pin(pinned("a", "1.0.0", "1"));
    lock.pin(pinned("a", "2.0.0", "2"));
    lock.save(&path).unwrap();
    let lock = Lock::load(&path).unwrap();
    let names: Vec<String> = lock.plugins().map(|p| format!("{}@{}", p.name, p.version)).collect();
    assert_eq!(names, ["a@2.0.0", "b@1.0.0"]);
    let of = |place: &str| lock.of(&place.parse().unwrap()).map(|pinned| pinned.version.to_string());
    assert_eq!(of("registry.example.com/acme/a:2").as_deref(), Some("2.0.0"));
    assert_eq!(of("registry.example.com/acme/a:1"), None);
    assert_eq!(of("other.example.com/acme/a:2"), None);
}

#[test]
fn a_text_that_is_no_lock_file_is_refused() {
    let good = text();
    assert!(good.starts_with("# Written by") && good.contains("format = 1"), "{good}");
    let check = |text: &str, words: &str| {
        let error = Lock::parse(text).unwrap_err();
        assert!(error.contains(words), "{error}");
    };
    check("", "missing field `format`");
    check(&good.replace("format = 1", "format = 2"), "format 2, expected 1");
    check(&good.replace("digest", "digests"), "unknown field `digests`");
    let end = good.find("@sha256").unwrap();
    check(&format!("{}\"\n", &good[..end]), "a has a source without @sha256");
    let twice = format!("{good}{}", &good[good.find("[[").unwrap()..]);
    check(&twice, "a stands there twice");
}
