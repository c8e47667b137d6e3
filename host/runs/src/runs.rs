//! The runs that are going on, as far as their logs are concerned: where spools lie, and who flushes them. It must not
//! know how a run begins or ends.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::log::RunLog;
use crate::run::RunId;
use crate::spool::Spool;

/// From a line to its place in the file, if the disk is willing.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// Begins logs and flushes their spools; a clone is the same.
#[derive(Clone)]
pub struct Runs {
    folder: Arc<PathBuf>,
    dirty: Arc<Dirty>,
}

/// Spools with lines that are not in their file yet: at most one for each log.
#[derive(Default)]
pub(crate) struct Dirty {
    spools: Mutex<Vec<Arc<Spool>>>,
    any: Notify,
}

impl Runs {
    /// Spools will lie in this folder, which is made when there is something to write. Call
    /// [`recover`](crate::recover) before: a spool of an earlier process is not written to.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Arc::new(folder), dirty: Arc::default() }
    }

    /// The log of a run that begins. It costs nothing until something is said.
    #[must_use]
    pub fn begin(&self, run: RunId) -> RunLog {
        RunLog::new(run, Spool::new(self.folder.clone(), run, self.dirty.clone()))
    }

    /// Flushes, 200 ms after there is something to flush, and never ends: to be dropped when the host drains,
    /// and followed by one more [`Runs::flush`].
    pub async fn keep_flushing(&self) {
        loop {
            self.dirty.any.notified().await;
            tokio::time::sleep(FLUSH_EVERY).await;
            self.flush().await;
        }
    }

    /// Writes what all logs said so far to their files.
    pub async fn flush(&self) {
        let spools = std::mem::take(&mut *self.dirty.spools.lock().unwrap_or_else(PoisonError::into_inner));
        if !spools.is_empty() {
            let write = move || spools.iter().for_each(|spool| spool.flush());
            // A flush has nothing to tell: what it could not write, its spool has counted.
            let _ = tokio::task::spawn_blocking(write).await;
        }
    }
}

impl Dirty {
    /// This one has something to write, and had nothing before.
    pub(crate) fn add(&self, spool: Arc<Spool>) {
        self.spools.lock().unwrap_or_else(PoisonError::into_inner).push(spool);
        self.any.notify_one();
    }
}
