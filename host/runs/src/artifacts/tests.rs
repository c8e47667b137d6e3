//! Artifacts in a real folder, and in a bucket in memory: both do the same.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use object_store::memory::InMemory;
use patchbay_types::Timestamp;

use super::*;
use crate::run::RunId;

fn new(name: &str, contents: impl Into<Bytes>) -> New {
    let (run, kind) = (RunId { task: 1, attempt: 1 }, ArtifactKind::Result);
    let (name, media_type) = (name.to_owned(), "text/plain".to_owned());
    New { run, name, media_type, kind, contents: contents.into(), at: Timestamp(5) }
}

async fn both(folder: &Path, bytes_max: u64) -> [Artifacts; 2] {
    let bucket = Bucket::over(Arc::new(InMemory::new()), "memory".to_owned(), "some/prefix");
    let bucket = Artifacts::over(Place::Bucket(bucket), bytes_max).await.unwrap();
    [Artifacts::in_folder(folder.to_owned(), bytes_max).await.unwrap(), bucket]
}

#[tokio::test]
async fn what_is_put_can_be_had_and_equal_contents_are_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    for artifacts in both(folder.path(), 1 << 20).await {
        let one = artifacts.put(new("a.txt", "same")).await.unwrap().artifact;
        let other = artifacts.put(new("b.txt", "same")).await.unwrap().artifact;
        assert_eq!((one.digest, one.bytes, artifacts.used()), (other.digest, 4, 4_096));
        assert_eq!(artifacts.get(one.digest).await.unwrap(), "same");
        let missing = artifacts.get(Digest::of(b"other")).await.unwrap_err();
        assert!(matches!(missing, GetError::Missing(_)), "{missing}");
        let json = serde_json::to_value(&one).unwrap();
        assert_eq!((&json["task"], &json["kind"]), (&1.into(), &"result".into()));
        assert_eq!(serde_json::from_value::<Artifact>(json).unwrap(), one);
    }
}

#[tokio::test]
async fn a_name_is_never_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("inner");
    let artifacts = Artifacts::in_folder(root.clone(), 1 << 20).await.unwrap();
    artifacts.put(new("../../etc/passwd", "x")).await.unwrap();
    artifacts.put(new("/abs/olute", "y")).await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    for name in ["", "a\nb", &"x".repeat(201)] {
        let error = artifacts.put(new(name, "z")).await.unwrap_err();
        assert!(matches!(error, PutError::Text { what: "name", .. }), "{error}");
    }
}

#[tokio::test]
async fn more_than_64_mib_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::in_folder(folder.path().to_owned(), 1 << 30).await.unwrap();
    let begun = std::time::Instant::now();
    let most = artifacts.put(new("most", vec![7; ARTIFACT_BYTES_MAX])).await.unwrap().artifact;
    println!("64 MiB put: {} ms", begun.elapsed().as_millis());
    assert_eq!(artifacts.get(most.digest).await.unwrap().len(), ARTIFACT_BYTES_MAX);
    let error = artifacts.put(new("more", vec![7; ARTIFACT_BYTES_MAX + 1])).await.unwrap_err();
    assert!(matches!(error, PutError::TooLarge { bytes, .. } if bytes == ARTIFACT_BYTES_MAX + 1), "{error}");
}

#[tokio::test]
async fn the_total_has_a_bound_and_room_is_made_from_the_first_candidates() {
    let folder = tempfile::tempdir().unwrap();
    for artifacts in both(folder.path(), 3 * 4_096).await {
        let mut digests = Vec::new();
        for text in ["one", "two", "three"] {
            digests.push(artifacts.put(new(text, text)).await.unwrap().artifact.digest);
        }
        let error = artifacts.put(new("four", "four")).await.unwrap_err();
        assert!(matches!(error, PutError::Full { used: 12_288, bytes_max: 12_288, .. }), "{error}");
        assert_eq!(artifacts.used(), 12_288);
        let removed = artifacts.make_room(4, digests.clone()).await.unwrap();
        assert_eq!(removed, Removed { digests: vec![digests[0]], bytes: 4_096 });
        artifacts.put(new("four", "four")).await.unwrap();
        assert!(artifacts.make_room(1 << 40, []).await.unwrap().digests.is_empty());
    }
}

#[tokio::test]
async fn what_no_metadata_names_is_removed_but_for_what_is_held_or_put_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    for artifacts in both(folder.path(), 1 << 20).await {
        let used = artifacts.put(new("used", "used")).await.unwrap().artifact.digest;
        let unused = artifacts.put(new("unused", "unused")).await.unwrap().artifact.digest;
        let held = artifacts.put(new("held", "held")).await.unwrap();
        let meanwhile = async {
            artifacts.put(new("meanwhile", "meanwhile")).await.unwrap();
            HashSet::from([used])
        };
        let removed = artifacts.remove_unreferenced(meanwhile).await.unwrap();
        assert_eq!(removed, Removed { digests: vec![unused], bytes: 4_096 });
        artifacts.get(held.artifact.digest).await.unwrap();
        assert!(artifacts.make_room(1 << 40, [held.artifact.digest]).await.unwrap().digests.is_empty());
        drop(held);
        let removed = artifacts.remove_unreferenced(async { HashSet::from([used]) }).await.unwrap();
        assert_eq!((removed.digests.len(), artifacts.used()), (2, 4_096));
    }
}

#[tokio::test]
async fn after_a_restart_the_total_is_counted_and_half_a_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::in_folder(folder.path().to_owned(), 1 << 20).await.unwrap();
    let digest = artifacts.put(new("a", vec![1; 10_000])).await.unwrap().artifact.digest;
    drop(artifacts);
    fs::write(folder.path().join("incoming/17"), "half").unwrap();
    fs::write(folder.path().join("README"), "not ours").unwrap();
    let artifacts = Artifacts::in_folder(folder.path().to_owned(), 1 << 20).await.unwrap();
    assert_eq!(artifacts.used(), 10_000);
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    assert!(folder.path().join("README").exists());
    assert_eq!(artifacts.get(digest).await.unwrap().len(), 10_000);
}

#[tokio::test]
async fn damaged_contents_are_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::in_folder(folder.path().to_owned(), 1 << 20).await.unwrap();
    let digest = artifacts.put(new("a", "good")).await.unwrap().artifact.digest;
    let hex = digest.hex();
    fs::write(folder.path().join(&hex[..2]).join(&hex[2..]), "evil").unwrap();
    let error = artifacts.get(digest).await.unwrap_err();
    assert!(matches!(error, GetError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn puts_at_one_time_never_pass_the_total() {
    let folder = tempfile::tempdir().unwrap();
    for artifacts in both(folder.path(), 5 * 4_096).await {
        let puts = (0..20).map(|n| artifacts.put(new("n", n.to_string())));
        let done = futures_util::future::join_all(puts).await;
        assert_eq!(done.iter().filter(|put| put.is_ok()).count(), 5);
        assert_eq!(artifacts.used(), 5 * 4_096);
    }
}
