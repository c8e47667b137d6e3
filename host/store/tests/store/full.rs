//! A disk that is full: what is refused, what goes on, and that it ends by itself.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard};

use patchbay_store::{Batch, CommitError, Key, RedbOptions, RedbStore, Revision, Room, Store, StoreExt};
use patchbay_types::{Blame, Retry};
use redb::StorageBackend;

use super::disk::Disk;
use super::{Folder, Note, event, note, put, report};

const BLOCK: u64 = 4096;
const MIB: u64 = 1 << 20;
const BALLAST: u64 = 8 * MIB;

/// A disk with a capacity, shared with others.
#[derive(Clone, Debug)]
struct SmallDisk {
    state: Arc<Mutex<State>>,
    /// Has had its room since before the disk was full.
    journal: Option<Disk>,
}

#[derive(Debug)]
struct State {
    capacity: u64,
    /// What other programs have taken of it.
    others: u64,
    ballast: u64,
    bytes: Vec<u8>,
    /// Of the store's file.
    blocks: BTreeSet<u64>,
}

impl SmallDisk {
    fn new(capacity: u64, journal: Option<Disk>) -> Self {
        let (bytes, blocks) = (Vec::new(), BTreeSet::new());
        let state = Arc::new(Mutex::new(State { capacity, others: 0, ballast: 0, bytes, blocks }));
        Self { state, journal }
    }

    /// One for a store without a journal, and one for a store with one.
    fn two(capacity: u64) -> [Self; 2] {
        [None, Some(Disk::new(1).journal())].map(|journal| Self::new(capacity, journal))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the disk in hand")
    }

    /// Others take what is left.
    fn fill(&self) {
        let mut state = self.state();
        state.others += state.left();
    }

    /// Others give back so much.
    fn free(&self, bytes: u64) {
        self.state().others -= bytes;
    }
}

impl State {
    fn left(&self) -> u64 {
        self.capacity - self.others - self.ballast - self.blocks.len() as u64 * BLOCK
    }

    fn take(&mut self, offset: u64, bytes: u64) -> io::Result<()> {
        for block in offset / BLOCK..(offset + bytes).div_ceil(BLOCK) {
            if !self.blocks.contains(&block) && self.left() < BLOCK {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.blocks.insert(block);
        }
        Ok(())
    }
}

impl StorageBackend for SmallDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let state = self.state();
        out.copy_from_slice(state.bytes.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        state.bytes.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
        state.blocks.split_off(&length.div_ceil(BLOCK));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.take(offset, data.len() as u64)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        state.bytes[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

impl Room for SmallDisk {
    fn reserve(&self, offset: u64, bytes: u64) -> io::Result<()> {
        self.state().take(offset, bytes)
    }

    fn set_ballast_aside(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state();
        if state.ballast + state.left() < bytes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.ballast = bytes;
        Ok(())
    }

    fn free_ballast(&self) -> io::Result<()> {
        self.state().ballast = 0;
        Ok(())
    }
}

fn options() -> RedbOptions {
    let (cache_bytes, journal_bytes) = (4 << 20, MIB);
    RedbOptions { ballast_bytes: BALLAST, cache_bytes, journal_bytes, ..RedbOptions::default() }
}

fn open(disk: &SmallDisk) -> RedbStore {
    let journal = disk.journal.clone().map(|journal| Box::new(journal) as Box<dyn StorageBackend>);
    RedbStore::with_parts(disk.clone(), journal, Some(Box::new(disk.clone())), options())
        .expect("a full disk is no reason not to open")
}

fn large(number: u64) -> Batch {
    put(&note("large", number, &"x".repeat(100_000)))
}

fn small(number: u64) -> Batch {
    put(&note("small", number, "")).report(report("full")).event(event("disk.full")).essential()
}

/// Commits large batches until one is refused, and says how many were not.
async fn until_refused(store: &RedbStore) -> u64 {
    for number in 0..1000 {
        let answer = store.commit(large(number)).await;
        if answer == Err(CommitError::Full) {
            return number;
        }
        answer.expect("a batch is refused because the disk is full, and for nothing else");
    }
    unreachable!("a disk of 64 MiB was never full")
}

async fn notes(store: &RedbStore, shelf: &str) -> u64 {
    let range = Key::new().text(shelf).prefix();
    store.list::<Note>(range, usize::MAX).await.expect("readable").len() as u64
}

#[tokio::test]
async fn a_full_disk_refuses_batches_takes_essential_ones_and_goes_on_when_there_is_room() {
    for disk in SmallDisk::two(64 * MIB) {
        let store = open(&disk);
        store.commit(large(0)).await.expect("there is room");
        disk.fill();
        let taken = until_refused(&store).await;
        assert_eq!(disk.state().ballast, 0, "the ballast was kept while the disk was full");
        for number in 0..50 {
            store.commit(small(number)).await.unwrap_or_else(|error| panic!("{number}: {error}"));
            let refused = store.commit(large(taken)).await;
            assert_eq!(refused, Err(CommitError::Full), "{number}");
        }
        assert_eq!((notes(&store, "large").await, notes(&store, "small").await), (taken, 50));
        assert_eq!(store.waiting().await.expect("readable"), 50, "the outbox is not whole");
        disk.free(BALLAST + 4 * MIB);
        store.commit(large(taken)).await.expect("there is room again");
        assert_eq!(disk.state().ballast, BALLAST, "the ballast was not put aside again");
        store.close().await.expect("a sound store closes");
        let store = open(&disk);
        assert_eq!((notes(&store, "large").await, notes(&store, "small").await), (taken + 1, 50));
    }
}

#[tokio::test]
async fn a_refused_batch_says_that_the_disk_is_full_and_leaves_no_revision() {
    for disk in SmallDisk::two(32 * MIB) {
        disk.fill();
        disk.free(BALLAST / 2);
        let store = open(&disk);
        let refused = store.commit(large(1)).await;
        assert_eq!(refused, Err(CommitError::Full));
        let fault = CommitError::Full.fault();
        assert!(fault.blame == Blame::Host && matches!(fault.retry, Retry::After(_)), "{fault:?}");
        assert_eq!(store.commit(small(1)).await, Ok(Revision(1)));
        assert_eq!(store.commit(large(1).essential()).await, Ok(Revision(2)), "it is essential");
    }
}

#[tokio::test]
async fn a_store_that_has_used_up_its_ballast_stops_and_has_lost_nothing_when_it_is_opened_again() {
    for disk in SmallDisk::two(32 * MIB) {
        let store = open(&disk);
        disk.fill();
        let mut acknowledged = 0;
        let stopped = loop {
            match store.commit(large(acknowledged).essential()).await {
                Ok(_) => acknowledged += 1,
                Err(error) => break error,
            }
            assert!(acknowledged < 1000, "the disk was never full");
        };
        assert!(matches!(stopped, CommitError::Stopped { .. }), "{stopped}");
        let _ = store.close().await;
        disk.free(20 * MIB);
        let store = open(&disk);
        assert_eq!(notes(&store, "large").await, acknowledged);
        store.commit(large(0)).await.expect("there is room again");
    }
}

#[tokio::test]
async fn a_file_has_a_ballast_beside_it_and_its_blocks_before_it_needs_them() {
    let folder = Folder::new();
    let store = RedbStore::open(&folder.file(), RedbOptions::default()).expect("the folder is sound");
    store.commit(large(1)).await.expect("there is room");
    let ballast = std::fs::metadata(folder.file().with_extension("redb.ballast")).expect("it is there");
    assert!(ballast.len() == 64 * MIB && ballast.blocks() * 512 >= 64 * MIB, "{ballast:?}");
    let file = std::fs::metadata(folder.file()).expect("it is there");
    assert!(file.blocks() * 512 >= MIB, "{} bytes have blocks", file.blocks() * 512);
    store.close().await.expect("a sound store closes");
    RedbStore::open(&folder.file(), RedbOptions::default()).expect("the ballast may be there before");
}
