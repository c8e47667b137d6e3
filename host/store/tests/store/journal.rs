//! The journal: what a process that was killed leaves, and a store whose journal is full, missing, too small or damaged.

use std::fs;
use std::time::Duration;

use patchbay_store::{
    Batch, CommitError, Key, OpenError, Record, RedbOptions, RedbStore, Revision, Store, StoreExt,
};
use redb::backends::InMemoryBackend;

use super::disk::Disk;
use super::{Folder, Note, event, note, put, report};

const JOURNAL_BYTES: u64 = 64 << 10;

fn options() -> RedbOptions {
    RedbOptions { journal_bytes: JOURNAL_BYTES, ..RedbOptions::default() }
}

fn open(disk: &Disk) -> RedbStore {
    RedbStore::with_parts(disk.clone(), Some(Box::new(disk.journal())), None, options())
        .expect("the disk is sound")
}

async fn notes(store: &RedbStore) -> Vec<Note> {
    let stored = store.list::<Note>(Key::new().prefix(), usize::MAX).await.expect("readable");
    stored.into_iter().map(|stored| stored.record).collect()
}

fn batch(number: u64) -> Batch {
    put(&note("a", number, &"x".repeat(700))).event(event("e")).report(report("r"))
}

#[tokio::test]
async fn a_commit_is_one_sync_of_the_journal() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(batch(99)).await.expect("the disk is sound");
    let before = disk.syncs();
    for number in 0..10 {
        store.commit(batch(number)).await.expect("the disk is sound");
    }
    assert_eq!(disk.syncs() - before, 10);
}

#[tokio::test]
async fn what_a_killed_process_had_acknowledged_is_there_with_its_revisions() {
    let disk = Disk::new(1);
    let store = open(&disk);
    // Several times as much as the journal holds.
    for number in 0..200 {
        let revision = store.commit(batch(number)).await.expect("the disk is sound");
        if number % 7 != 0 {
            continue;
        }
        let left = open(&disk.copy());
        assert_eq!(*left.watch().borrow(), revision);
        let row = left.read::<Note>(&note_key(number)).await.expect("readable").expect("it was acknowledged");
        assert_eq!(row.revision, revision);
        assert_eq!(notes(&left).await, notes(&store).await);
        assert_eq!(left.waiting().await.expect("readable"), number + 1);
        assert_eq!(left.last_events(1).await.expect("readable"), [(number + 1, event("e"))]);
    }
}

fn note_key(number: u64) -> Key {
    note("a", number, "").key()
}

#[tokio::test]
async fn a_process_that_is_killed_again_and_again_loses_nothing() {
    let mut disk = Disk::new(1);
    for number in 0..60 {
        let store = open(&disk);
        assert_eq!(notes(&store).await.len() as u64, number);
        store.commit(batch(number)).await.expect("the disk is sound");
        disk = disk.copy();
    }
}

#[tokio::test]
async fn a_refused_batch_is_not_in_the_journal() {
    let disk = Disk::new(1);
    let store = open(&disk);
    let first = note("a", 1, "first");
    store.commit(put(&first)).await.expect("the disk is sound");
    let second = put(&note("a", 1, "second")).require_absent::<Note>(&first.key());
    let refused = store.commit(second).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
    store.commit(Batch::new().delete::<Note>(&note("a", 9, "").key())).await.expect("the disk is sound");
    let left = open(&disk.copy());
    assert_eq!((notes(&left).await, *left.watch().borrow()), (vec![first], Revision(2)));
}

#[tokio::test]
async fn a_batch_that_no_journal_could_hold_is_durable_as_well() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(batch(1)).await.expect("the disk is sound");
    let large = note("a", 2, &"x".repeat(100_000));
    store.commit(put(&large)).await.expect("the disk is sound");
    store.commit(batch(3)).await.expect("the disk is sound");
    assert_eq!(notes(&open(&disk.copy())).await.len(), 3);
    let after = open(&disk.after_power_loss());
    assert_eq!(notes(&after).await.len(), 3);
}

#[tokio::test]
async fn after_a_failed_sync_of_the_journal_nothing_is_acknowledged() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(batch(1)).await.expect("the disk is sound");
    disk.fail_next_sync();
    for number in 2..5 {
        let stopped = store.commit(batch(number)).await;
        assert!(matches!(stopped, Err(CommitError::Stopped { .. })), "{number}: {stopped:?}");
    }
    assert!(matches!(store.close().await, Err(CommitError::Stopped { .. })));
    let found = notes(&open(&disk)).await.len();
    assert!(found == 1 || found == 2, "{found} notes: the second may have been written");
}

#[tokio::test]
async fn a_store_that_was_closed_needs_no_journal() {
    let folder = Folder::new();
    let store = RedbStore::open(&folder.file(), options()).expect("the folder is sound");
    store.commit(batch(1)).await.expect("there is room");
    store.close().await.expect("a sound store closes");
    fs::remove_file(folder.journal()).expect("it is there");
    let store = RedbStore::open(&folder.file(), options()).expect("the file is all that is needed");
    assert_eq!(notes(&store).await.len(), 1);
}

#[tokio::test]
async fn a_store_that_is_dropped_needs_no_journal_either() {
    let folder = Folder::new();
    let store = RedbStore::open(&folder.file(), options()).expect("the folder is sound");
    store.commit(batch(1)).await.expect("there is room");
    drop(store);
    // Its writer ends by itself, and until then the file is in use.
    while redb::Database::open(folder.file()).is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    fs::remove_file(folder.journal()).expect("it is there");
    let store = RedbStore::open(&folder.file(), options()).expect("the file is all that is needed");
    assert_eq!(notes(&store).await.len(), 1);
}

#[tokio::test]
async fn a_store_that_is_only_opened_and_closed_is_not_written() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(batch(1)).await.expect("the disk is sound");
    store.close().await.expect("a sound store closes");
    let (store, before) = (open(&disk), disk.journal().bytes());
    assert_eq!(notes(&store).await.len(), 1);
    store.close().await.expect("a sound store closes");
    assert_eq!(disk.journal().bytes(), before);
}

/// The files of a store that was killed after two batches.
async fn killed(folder: &Folder) {
    let disk = Disk::new(1);
    let store = open(&disk);
    // The first takes the tables to the disk, the second lies in the journal.
    store.commit(batch(1)).await.expect("the disk is sound");
    store.commit(batch(2)).await.expect("the disk is sound");
    let left = disk.copy();
    fs::write(folder.file(), left.bytes()).expect("the folder can be written");
    fs::write(folder.journal(), left.journal().bytes()).expect("the folder can be written");
}

#[tokio::test]
async fn a_journal_that_is_missing_after_a_kill_is_asked_for() {
    let folder = Folder::new();
    killed(&folder).await;
    let journal = fs::read(folder.journal()).expect("it is there");
    fs::remove_file(folder.journal()).expect("it is there");
    for _ in 0..2 {
        let Err(error) = RedbStore::open(&folder.file(), options()) else { panic!("it was opened") };
        assert!(matches!(error, OpenError::NoJournal { .. }), "{error}");
        assert!(error.to_string().contains("store.redb.journal"), "{error}");
        assert!(!folder.journal().exists(), "one was made");
    }
    fs::write(folder.journal(), journal).expect("the folder can be written");
    let store = RedbStore::open(&folder.file(), options()).expect("the journal is back");
    assert_eq!(notes(&store).await.len(), 2);
}

#[tokio::test]
async fn an_empty_journal_lets_a_store_go_on_without_the_last_changes() {
    let folder = Folder::new();
    killed(&folder).await;
    fs::write(folder.journal(), b"").expect("the folder can be written");
    let store = RedbStore::open(&folder.file(), options()).expect("its owner wants it so");
    assert_eq!(notes(&store).await.len(), 1);
    store.commit(batch(2)).await.expect("it goes on");
}

#[tokio::test]
async fn a_journal_of_another_time_or_cut_short_is_refused_and_left_alone() {
    let (folder, other) = (Folder::new(), Folder::new());
    killed(&folder).await;
    killed(&other).await;
    let journal = fs::read(folder.journal()).expect("it is there");
    let of_another = fs::read(other.journal()).expect("it is there");
    for (cause, bytes) in [("another time", &*of_another), ("20000 bytes", &journal[..20_000])] {
        fs::write(folder.journal(), bytes).expect("the folder can be written");
        let Err(error) = RedbStore::open(&folder.file(), options()) else { panic!("{cause}: it was opened") };
        assert!(matches!(&error, OpenError::Journal { .. }) && error.to_string().contains(cause), "{error}");
        assert_eq!(fs::read(folder.journal()).expect("it is there"), bytes, "it was touched");
    }
    fs::write(folder.journal(), journal).expect("the folder can be written");
    let store = RedbStore::open(&folder.file(), options()).expect("its own journal is back");
    assert_eq!(notes(&store).await.len(), 2);
}

#[tokio::test]
async fn damage_in_the_midst_of_a_journal_is_found() {
    let folder = Folder::new();
    let disk = Disk::new(1);
    let store = open(&disk);
    for number in 0..3 {
        store.commit(batch(number)).await.expect("the disk is sound");
    }
    let left = disk.copy();
    let mut journal = left.journal().bytes();
    journal[2 * 4096 + 40] ^= 1;
    fs::write(folder.file(), left.bytes()).expect("the folder can be written");
    fs::write(folder.journal(), &journal).expect("the folder can be written");
    let Err(error) = RedbStore::open(&folder.file(), options()) else { panic!("it was opened") };
    assert!(matches!(&error, OpenError::Journal { journal, .. } if *journal == folder.journal()), "{error}");
    assert_eq!(fs::read(folder.journal()).expect("it is there"), journal, "it was touched");
}

#[tokio::test]
async fn a_journal_of_another_length_is_emptied_before_it_is_made_anew() {
    for bytes in [16 << 10, 256 << 10] {
        let folder = Folder::new();
        killed(&folder).await;
        let other = RedbOptions { journal_bytes: bytes, ..RedbOptions::default() };
        let store = RedbStore::open(&folder.file(), other).expect("the files are sound");
        assert_eq!(notes(&store).await.len(), 2);
        assert_eq!(fs::metadata(folder.journal()).expect("it is there").len(), bytes);
        store.commit(batch(3)).await.expect("there is room");
    }
}

#[tokio::test]
async fn a_store_that_is_to_have_no_journal_takes_what_one_holds_and_makes_none() {
    let folder = Folder::new();
    killed(&folder).await;
    let none = || RedbOptions { journal_bytes: 0, ..RedbOptions::default() };
    let store = RedbStore::open(&folder.file(), none()).expect("the files are sound");
    assert_eq!(notes(&store).await.len(), 2);
    store.close().await.expect("a sound store closes");
    fs::remove_file(folder.journal()).expect("it is there");
    let store = RedbStore::open(&folder.file(), none()).expect("the file is all that is needed");
    store.commit(batch(3)).await.expect("there is room");
    assert!(!folder.journal().exists());
    assert_eq!(notes(&store).await.len(), 3);
}

/// A backend on a disk with no room at all.
#[derive(Debug)]
struct Full(InMemoryBackend);

impl redb::StorageBackend for Full {
    fn len(&self) -> std::io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, length: u64) -> std::io::Result<()> {
        self.0.set_len(length)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, _: u64, _: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

#[tokio::test]
async fn a_disk_with_no_room_for_a_journal_has_a_store_without_one() {
    let disk = Disk::new(1);
    let full = Box::new(Full(InMemoryBackend::new()));
    let store = RedbStore::with_parts(disk.clone(), Some(full), None, options()).expect("it goes on without");
    store.commit(batch(1)).await.expect("the disk is sound");
    let after = RedbStore::with_backend(disk.after_power_loss(), options()).expect("it needs no journal");
    assert_eq!(notes(&after).await.len(), 1);
}
