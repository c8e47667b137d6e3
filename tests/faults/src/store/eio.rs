//! A sync that fails, and works again afterwards: from then on nothing may be acknowledged, and all that was is there
//! when the store is opened again.

use std::ops::Range;

use fastrand::Rng;
use patchbay_store::{CommitError, Key, RedbOptions, RedbStore, Store, StoreExt};

use super::disk::Disk;
use super::notes::{Note, note, put};

/// Batches before the sync that fails, at most, and batches after it.
const BEFORE_MAX: u64 = 30;
const AFTER: u64 = 5;

/// What did not hold.
pub(super) async fn play(seeds: Range<u64>) -> Vec<String> {
    let mut failures = Vec::new();
    for seed in seeds {
        if let Err(failure) = one(seed).await {
            failures.push(format!("failed sync {seed}: {failure}"));
        }
    }
    failures
}

async fn one(seed: u64) -> Result<(), String> {
    let disk = Disk::new(seed);
    let store = open(&disk)?;
    let before = Rng::with_seed(seed).u64(..BEFORE_MAX);
    for number in 0..before {
        let text = "x".repeat(usize::from(u8::try_from(number).unwrap_or_default()) * 100);
        store.commit(put(&note("a", number, &text))).await.map_err(|error| error.to_string())?;
    }
    disk.fail_next_sync();
    for number in before..before + AFTER {
        match store.commit(put(&note("a", number, ""))).await {
            Err(CommitError::Stopped { .. }) => {}
            other => {
                return Err(format!("expected batch {number} to find the store stopped, found {other:?}"));
            }
        }
    }
    let _ = store.close().await;
    let store = open(&disk)?;
    let found =
        store.list::<Note>(Key::new().prefix(), usize::MAX).await.map_err(|error| error.to_string())?;
    let found = found.len() as u64;
    // The batch whose sync failed may be there; those after it may not.
    match found == before || found == before + 1 {
        true => store.close().await.map_err(|error| error.to_string()),
        false => Err(format!("expected {before} rows or one more, found {found}")),
    }
}

fn open(disk: &Disk) -> Result<RedbStore, String> {
    RedbStore::with_backend(disk.clone(), RedbOptions::default()).map_err(|error| error.to_string())
}
