//! All lines of a run in a file, for as long as it goes on: JSON Lines, in a folder for each task. What the process
//! said survives its death, not the machine's. It must not know why a run ends, nor hold up whoever says something.

mod orphan;
mod write;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use orphan::{Orphan, RecoverError, recover};

use crate::aside::aside;
use crate::line::Line;
use crate::run::RunId;
use crate::runs::Dirty;
use write::Writing;

/// Bytes of a run's spool, at most. Lines beyond it are counted and not kept.
pub const SPOOL_BYTES_MAX: u64 = 64 << 20;
/// Bytes that wait to be written, at most; lines that meet more are counted and not kept.
const PENDING_BYTES_MAX: usize = 8 << 20;
/// What a line costs in memory, beside its text.
const LINE_BYTES: usize = 128;

/// Why a spool cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be read: {source}; look at its permissions and its disk")]
pub struct SpoolError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// The file of one run, which is made when something is flushed. A lock of `file` comes before one of `pending`.
pub(crate) struct Spool {
    file_name: FileName,
    pending: Mutex<Pending>,
    file: Mutex<Writing>,
    /// Lines that are in no file and will be in none.
    lost: AtomicU64,
    /// Who flushes; none for one of an earlier process.
    dirty: Option<Arc<Dirty>>,
}

/// Where it lies. Most spools of this process are never written, so their name is made when it is needed.
enum FileName {
    Of(Arc<PathBuf>, RunId),
    Left(PathBuf),
}

/// Lines that wait to be written.
#[derive(Default)]
struct Pending {
    lines: Vec<Arc<Line>>,
    bytes: usize,
}

impl Spool {
    pub(crate) fn new(folder: Arc<PathBuf>, run: RunId, dirty: Arc<Dirty>) -> Arc<Self> {
        Arc::new(Self::at(FileName::Of(folder, run), Writing::default(), Some(dirty)))
    }

    /// That an earlier process left.
    fn left(path: PathBuf, bytes: u64) -> Arc<Self> {
        Arc::new(Self::at(FileName::Left(path), Writing::left(bytes), None))
    }

    fn at(file_name: FileName, file: Writing, dirty: Option<Arc<Dirty>>) -> Self {
        let (pending, file, lost) = (Mutex::default(), Mutex::new(file), AtomicU64::default());
        Self { file_name, pending, file, lost, dirty }
    }

    fn path(&self) -> PathBuf {
        match &self.file_name {
            FileName::Of(folder, run) => {
                folder.join(run.task.to_string()).join(format!("{}.jsonl", run.attempt))
            }
            FileName::Left(path) => path.clone(),
        }
    }

    /// Takes a line to be written. It never waits.
    pub(crate) fn add(self: &Arc<Self>, line: Arc<Line>) {
        let mut pending = self.pending();
        let bytes = line.text.len() + LINE_BYTES;
        if pending.bytes + bytes > PENDING_BYTES_MAX {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        pending.bytes += bytes;
        pending.lines.push(line);
        let first = pending.lines.len() == 1;
        drop(pending);
        if let Some(dirty) = self.dirty.as_ref().filter(|_| first) {
            dirty.add(self.clone());
        }
    }

    /// Writes what waits. It waits for the disk: to be called where that is allowed.
    pub(crate) fn flush(&self) {
        let mut file = self.file();
        let Pending { lines, .. } = std::mem::take(&mut *self.pending());
        self.lost.fetch_add(file.write(&self.path(), &lines), Ordering::Relaxed);
    }

    /// Lines that are in no file and will be in none.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Ends it: nothing of it is left, and nothing more is written.
    pub(crate) async fn discard(self: &Arc<Self>) {
        // Most runs are over before their first flush, and need no thread that may wait.
        if self.file.try_lock().is_ok_and(|mut file| file.closes_unwritten()) {
            *self.pending() = Pending::default();
            return;
        }
        let spool = self.clone();
        let _ = aside(move || spool.remove()).await;
    }

    /// All of it, with a last line about what is not there, at most [`SPOOL_BYTES_MAX`]; `None` if nothing was said. It
    /// stays where it is.
    pub(crate) async fn whole(self: &Arc<Self>) -> Result<Option<Vec<u8>>, SpoolError> {
        let spool = self.clone();
        let read = aside(move || spool.read_whole()).await.flatten();
        read.map_err(|source| SpoolError { path: self.path(), source })
    }

    fn read_whole(&self) -> io::Result<Option<Vec<u8>>> {
        self.flush();
        let file = self.file();
        file.read(&self.path(), self.lost())
    }

    /// The file, and the task's folder if no other is in it.
    fn remove(&self) {
        let ours = self.file().close();
        *self.pending() = Pending::default();
        if !ours {
            return;
        }
        let path = self.path();
        let _ = fs::remove_file(&path);
        let _ = path.parent().map(fs::remove_dir);
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> MutexGuard<'_, Writing> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
