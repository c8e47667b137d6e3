//! What the component store keeps, and what it says when it cannot.

use std::fs;
use std::path::PathBuf;

use crate::{ComponentStore, StoreError};
use patchbay_types::Digest;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    store: ComponentStore,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = ComponentStore::open(folder.path()).unwrap();
        Self { folder, store }
    }

    fn file(&self, digest: &Digest) -> PathBuf {
        self.folder.path().join("sha256").join(format!("{}.wasm", digest.hex()))
    }
}

#[test]
fn what_was_put_is_there_after_a_restart() {
    let place = Place::new();
    let digest = place.store.put(b"component").unwrap();
    assert_eq!(digest, Digest::of(b"component"));
    assert!(place.file(&digest).exists());
    let again = ComponentStore::open(place.folder.path()).unwrap();
    assert_eq!(again.get(&digest).unwrap(), b"component");
    assert_eq!(again.put(b"component").unwrap(), digest);
    assert_eq!(again.list().unwrap(), [digest]);
}

#[test]
fn a_missing_component_is_named_with_its_file() {
    let place = Place::new();
    let digest = Digest::of(b"never put");
    let error = place.store.get(&digest).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }));
    let path = place.file(&digest).display().to_string();
    assert!(error.to_string().contains(&digest.to_string()) && error.to_string().contains(&path));
}

#[test]
fn a_changed_file_is_never_handed_out_and_putting_it_again_mends_it() {
    let place = Place::new();
    let digest = place.store.put(b"component").unwrap();
    fs::write(place.file(&digest), b"c0mponent").unwrap();
    let error = place.store.get(&digest).unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { found, .. } if *found == Digest::of(b"c0mponent")));
    assert_eq!(place.store.put(b"component").unwrap(), digest);
    assert_eq!(place.store.get(&digest).unwrap(), b"component");
}

#[test]
fn removing_forgets_once() {
    let place = Place::new();
    let digest = place.store.put(b"component").unwrap();
    assert!(place.store.remove(&digest).unwrap());
    assert!(!place.store.remove(&digest).unwrap());
    assert_eq!(place.store.list().unwrap(), []);
}

#[test]
fn a_list_is_in_order_and_passes_over_other_files() {
    let place = Place::new();
    let mut digests: Vec<Digest> = (0..20u8).map(|n| place.store.put(&[n]).unwrap()).collect();
    digests.sort_unstable();
    for name in ["README", "x.wasm", &format!("{}.wasm", "A".repeat(64))] {
        fs::write(place.folder.path().join("sha256").join(name), b"").unwrap();
    }
    assert_eq!(place.store.list().unwrap(), digests);
}

#[test]
fn what_a_crash_left_half_written_is_swept_out() {
    let place = Place::new();
    let digest = place.store.put(b"component").unwrap();
    let half = place.folder.path().join("sha256/.put-x1y2z3");
    fs::write(&half, b"comp").unwrap();
    let again = ComponentStore::open(place.folder.path()).unwrap();
    assert!(!half.exists());
    assert_eq!(again.list().unwrap(), [digest]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = ComponentStore::open(&file).unwrap_err();
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}
