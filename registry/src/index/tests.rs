//! What the index keeps, what it refuses to read, and what two writers do to each other.

use std::fs;

use patchbay_types::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::sign::tests::plugin;

fn place() -> (TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::at(folder.path());
    (folder, index)
}

fn listed(bytes: &[u8], signatures: &[&str], source: Source) -> Listed {
    let signatures = signatures.iter().map(|&text| text.to_owned()).collect();
    Listed { digest: Digest::of(bytes), signatures, provenance: Provenance { source, at: Timestamp(7) } }
}

fn id(name: &str, version: &str) -> (PluginName, Version) {
    let plugin = plugin(name, version);
    (plugin.name, plugin.version)
}

fn list(index: &Index, name: &str, version: &str, entry: Listed) {
    let (name, version) = id(name, version);
    index.change(|catalogue| catalogue.list(name, version, entry)).unwrap();
}

#[test]
fn what_was_listed_is_read_again() {
    let (folder, index) = place();
    assert_eq!(index.read().unwrap(), Catalogue::default());
    list(&index, "a", "1.10.0", listed(b"new", &["s"], Source::Oci("example.com/a:1".to_owned())));
    list(&index, "a", "1.9.0", listed(b"old", &[], Source::File));
    list(&index, "b", "1.0.0", listed(b"b", &[], Source::Bundled));
    let read = Index::at(folder.path()).read().unwrap();
    let (name, version) = id("a", "1.10.0");
    assert_eq!(read.get(&name, &version).unwrap().provenance.source.to_string(), "oci:example.com/a:1");
    let versions: Vec<&str> = read.versions(&name).map(|(version, _)| version.as_str()).collect();
    assert_eq!(versions, ["1.9.0", "1.10.0"]);
    assert_eq!(read.signatures(&Digest::of(b"new")).collect::<Vec<_>>(), ["s"]);
    assert_eq!(read.iter().count(), 3);
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["index.json", "index.lock"]);
}

#[test]
fn the_same_bytes_gather_signatures_and_other_bytes_take_the_place() {
    let (_folder, index) = place();
    list(&index, "a", "1.0.0", listed(b"one", &["s"], Source::File));
    list(&index, "a", "1.0.0", listed(b"one", &["s", "t"], Source::File));
    let (name, version) = id("a", "1.0.0");
    assert_eq!(index.read().unwrap().get(&name, &version).unwrap().signatures, ["s", "t"]);
    list(&index, "a", "1.0.0", listed(b"two", &[], Source::File));
    assert_eq!(index.read().unwrap().get(&name, &version).unwrap(), &listed(b"two", &[], Source::File));
    let removed = index.change(|catalogue| catalogue.remove(&name, &version)).unwrap();
    assert!(removed.is_some());
    assert_eq!(index.read().unwrap(), Catalogue::default());
}

#[test]
fn a_damaged_index_is_refused_and_stays() {
    let (folder, index) = place();
    list(&index, "a", "1.0.0", listed(b"one", &[], Source::File));
    let file = folder.path().join(FILE);
    let good = fs::read_to_string(&file).unwrap();
    let check = |text: &str, words: &str| {
        fs::write(&file, text).unwrap();
        let error = index.read().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(index.change(|_| ()).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    };
    check("", "damaged");
    check(&good[..good.len() / 2], "damaged");
    check(&good.replace("digest", "digests"), "unknown field `digests`");
    check(&good.replace("\"file\"", "\"elsewhere\""), "expected file, bundled or oci:REFERENCE");
    check(&good.replace("sha256:", "sha512:"), "is not a digest");
    check(&good.replace("\"a\"", "\"../a\""), "is not a plugin name");
    let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    let text = format!("\"signatures\": {}", serde_json::to_string(&many).unwrap());
    check(&good.replace("\"signatures\": []", &text), "17 signatures of one component, expected at most 16");
    let large = std::fs::File::create(&file).unwrap();
    large.set_len(BYTES_MAX + 1).unwrap();
    assert!(index.read().unwrap_err().to_string().contains("more than 16777216 bytes"));
}

#[test]
fn a_change_that_would_pass_a_limit_changes_nothing() {
    let (_folder, index) = place();
    let many: Vec<String> = (0..17).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (name, version) = id("a", "1.0.0");
    let entry = listed(b"one", &many, Source::File);
    let error = index.change(|catalogue| catalogue.list(name, version, entry)).unwrap_err();
    assert!(matches!(error, IndexError::Full { count: 17, .. }));
    assert_eq!(index.read().unwrap(), Catalogue::default());
}

#[test]
fn writers_take_turns_and_lose_nothing() {
    let (folder, _) = place();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let index = Index::at(folder.path());
            scope.spawn(move || {
                for n in 0..5 {
                    list(&index, &format!("w{writer}"), &format!("1.0.{n}"), listed(b"x", &[], Source::File));
                }
            });
        }
    });
    assert_eq!(Index::at(folder.path()).read().unwrap().iter().count(), 20);
}

#[test]
fn a_writer_that_keeps_its_turn_is_told_of_and_a_crashed_one_leaves_no_trace() {
    let (folder, index) = place();
    fs::write(folder.path().join(".write-crashed"), "half").unwrap();
    let turn = disk::turn(&folder.path().join(FILE)).unwrap().unwrap();
    assert!(!folder.path().join(".write-crashed").exists());
    assert!(matches!(index.change(|_| ()), Err(IndexError::Busy { .. })));
    drop(turn);
    index.change(|_| ()).unwrap();
}
