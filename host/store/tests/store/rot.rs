//! A disk that rots: bits flipped, sectors zeroed, ends cut off while the store was closed.

use std::ops::Range;
use std::panic;

use fastrand::Rng;
use patchbay_store::{Batch, Key, Record, RedbOptions, RedbStore, Store, StoreExt};
use redb::StorageBackend;

use super::disk::Disk;
use super::notes::{Note, event, note, put};

const SECTOR: usize = 512;
const NOTES: u64 = 200;
/// Of 400 batches, some dozens lie in it at the end.
const JOURNAL_BYTES: u64 = 512 << 10;

/// What a store that was damaged made of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Refused,
    /// A read gave an error.
    Found,
    /// No error, and all is there.
    Harmless,
    /// No error, and a row or an event seems absent.
    Missing,
    /// No error, and something is not what was written.
    Wrong,
}

/// Damages a store, once for each seed, and opens and reads it each time.
pub(crate) async fn rot(verify_at_open: bool, seeds: Range<u64>) -> Vec<Outcome> {
    let (sound, journal, notes) = filled().await;
    let mut outcomes = Vec::new();
    for seed in seeds {
        let options = RedbOptions { verify_at_open, ..options() };
        let mut random = Rng::with_seed(seed);
        // Of the damage, a quarter is to the journal.
        let (file, journal) = match seed % 4 {
            0 => (sound.clone(), damaged(&journal, &mut random)),
            _ => (damaged(&sound, &mut random), journal.clone()),
        };
        let (disk, journal) = (Disk::holding(seed, file), Box::new(Disk::holding(seed, journal)));
        outcomes.push(match RedbStore::with_parts(disk, Some(journal), None, options) {
            Ok(store) => outcome(&store, &notes).await,
            Err(_) => Outcome::Refused,
        });
    }
    outcomes
}

/// The last of what was written lies in the journal.
fn options() -> RedbOptions {
    RedbOptions { journal_bytes: JOURNAL_BYTES, ..RedbOptions::default() }
}

/// A store with rows written twice, so that old pages lie about, and an event for each write: its file and its journal, as
/// a process that was killed leaves them.
async fn filled() -> (Vec<u8>, Vec<u8>, Vec<Note>) {
    let disk = Disk::new(0);
    let journal = Some(Box::new(disk.journal()) as Box<dyn StorageBackend>);
    let store = RedbStore::with_parts(disk.clone(), journal, None, options()).expect("the disk is sound");
    let mut notes = Vec::new();
    for word in ["old ", "new "] {
        notes = (0..NOTES)
            .zip((0..90).cycle())
            .map(|(number, words)| note("a", number, &word.repeat(words)))
            .collect();
        for note in &notes {
            store.commit(put(note).event(event(&note.text))).await.expect("the disk is sound");
        }
    }
    // Damage to the very last record is the one kind that nobody can tell: nothing that is looked for lies in it.
    store.commit(Batch::new()).await.expect("the disk is sound");
    let left = disk.copy();
    (left.bytes(), left.journal().bytes(), notes)
}

/// A bit flipped, a sector zeroed or the end cut off, where there is something.
fn damaged(sound: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    let used: Vec<_> = (0..sound.len()).filter(|at| sound[*at] != 0).collect();
    let at = used[random.usize(..used.len())];
    match random.u8(..10) {
        0 => bytes[at / SECTOR * SECTOR..][..SECTOR].fill(0),
        1 => bytes.truncate(at),
        _ => bytes[at] ^= 1 << random.u8(..8),
    }
    bytes
}

async fn outcome(store: &RedbStore, notes: &[Note]) -> Outcome {
    let list = store.list::<Note>(Key::new().prefix(), usize::MAX).await;
    let events = store.events(0, usize::MAX).await;
    let mut found = list.is_err() || events.is_err();
    let listed = list.unwrap_or_default();
    let mut wrong = listed.iter().any(|stored| !notes.contains(&stored.record));
    let mut missing =
        listed.len() < notes.len() || events.is_ok_and(|events| events.len() as u64 != 2 * NOTES);
    for note in notes {
        match store.read::<Note>(&note.key()).await {
            Ok(Some(stored)) => wrong |= stored.record != *note,
            Ok(None) => missing = true,
            Err(_) => found = true,
        }
    }
    match (found, missing) {
        _ if wrong => Outcome::Wrong,
        (true, _) => Outcome::Found,
        (false, true) => Outcome::Missing,
        (false, false) => Outcome::Harmless,
    }
}

/// redb panics on some damage, which the store turns into errors: hundreds of traces would hide what is wrong.
pub(crate) fn silence_redb() {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|location| location.file().contains("/redb-")) {
            loud(panic);
        }
    }));
}
