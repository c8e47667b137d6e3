//! Room on the disk: sure before redb writes, and a ballast to give up when the disk is full. redb never sees a full
//! disk as long as the ballast lasts, because a database that has seen one is of no more use until it is opened again.

mod file;

use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::{BackendError, StorageBackend};

pub(super) use file::FileRoom;

/// The file is given blocks of the disk in pieces of so many bytes.
const PIECE_BYTES: u64 = 1 << 20;

/// What a disk must offer beside its bytes, so that a full one is met with a reserve in hand. An error of kind
/// `StorageFull` says that there is no room; one of kind `Unsupported`, that this disk cannot do such things.
pub trait Room: Send + Sync + fmt::Debug + 'static {
    /// Gives a part of the store's file blocks of its own. What is in it stays, and so does the file's length.
    fn reserve(&self, offset: u64, bytes: u64) -> io::Result<()>;

    /// Puts so many bytes aside, or leaves them there: all or none of them.
    fn set_ballast_aside(&self, bytes: u64) -> io::Result<()>;

    /// Gives back what was put aside.
    fn free_ballast(&self) -> io::Result<()>;
}

/// Whether there is room, for the writer to ask and for the backend to find out.
#[derive(Debug)]
pub(super) struct Reserve {
    room: Box<dyn Room>,
    ballast_bytes: u64,
    /// The ballast is not there: it was given up, or there was no room for it.
    spent: AtomicBool,
    /// Pieces of the file that are known to have their blocks.
    pieces: Mutex<Vec<bool>>,
}

/// A backend that makes sure of its room first.
#[derive(Debug)]
pub(super) struct Roomy<B> {
    backend: B,
    reserve: Arc<Reserve>,
}

impl Reserve {
    /// What an earlier process put aside may be given up from now on: opening writes, too.
    pub(super) fn new(room: Box<dyn Room>, ballast_bytes: u64) -> Self {
        Self { room, ballast_bytes, spent: AtomicBool::new(false), pieces: Mutex::new(Vec::new()) }
    }

    /// Puts the ballast aside, once the file is known to be this process's own. A disk that is full already is no
    /// error: the store is open, and has no room.
    pub(super) fn begin(&self) -> io::Result<()> {
        match self.room.set_ballast_aside(self.ballast_bytes) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                tracing::warn!("the disk is full: the store takes essential batches only");
                self.spent.store(true, Ordering::SeqCst);
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!("the store's disk takes no reservations: if it is full, the store stops");
            }
            aside => {
                aside?;
                self.spent.store(false, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    /// Whether any batch may be written. If the ballast is gone, it is put aside again first.
    pub(super) fn is_ample(&self) -> bool {
        if !self.spent.load(Ordering::SeqCst) {
            return true;
        }
        let ample = self.room.set_ballast_aside(self.ballast_bytes).is_ok();
        if ample {
            self.spent.store(false, Ordering::SeqCst);
            tracing::info!("there is room on the disk again: the store takes every batch");
        }
        ample
    }

    /// Makes sure of the blocks under a write.
    fn cover(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in offset / PIECE_BYTES..(offset + bytes).div_ceil(PIECE_BYTES) {
            let place = usize::try_from(piece).map_err(io::Error::other)?;
            if pieces.get(place).copied().unwrap_or_default() {
                continue;
            }
            match self.or_spend(|| self.room.reserve(piece * PIECE_BYTES, PIECE_BYTES)) {
                // Then the write itself finds out.
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                reserved => reserved?,
            }
            if pieces.len() <= place {
                pieces.resize(place + 1, false);
            }
            if let Some(piece) = pieces.get_mut(place) {
                *piece = true;
            }
        }
        Ok(())
    }

    /// The file is shorter: what lay behind has lost its blocks, and the last piece may have lost some.
    fn cut(&self, length: u64) {
        let kept = usize::try_from(length / PIECE_BYTES).unwrap_or(usize::MAX);
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).truncate(kept);
    }

    /// Tries again without the ballast if there is no room with it.
    fn or_spend(&self, change: impl Fn() -> io::Result<()>) -> io::Result<()> {
        match change() {
            Err(error)
                if error.kind() == io::ErrorKind::StorageFull && !self.spent.swap(true, Ordering::SeqCst) =>
            {
                tracing::error!(
                    "the disk is full: the ballast is given up, and until there is room the store takes essential batches only"
                );
                self.room.free_ballast()?;
                change()
            }
            done => done,
        }
    }
}

impl<B> Roomy<B> {
    pub(super) fn new(backend: B, reserve: Arc<Reserve>) -> Self {
        Self { backend, reserve }
    }
}

impl<B: StorageBackend> StorageBackend for Roomy<B> {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.reserve.or_spend(|| self.backend.set_len(length))?;
        self.reserve.cut(length);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        // Never a second time: after a sync that failed, nobody knows what is on the disk.
        self.backend.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.reserve.cover(offset, data.len() as u64)?;
        self.reserve.or_spend(|| self.backend.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.query_lock_range(start, end)
    }
}
