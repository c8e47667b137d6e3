//! The file `lock`: who uses the folder, held for as long as they live; and what a process that was killed with it has
//! left. It must not know what else is in the folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use patchbay_process::Mark;
use rustix::fs::{FlockOperation, flock};
use tokio::time::sleep;

use super::InUse;

/// Of the file: three numbers.
const MARK_BYTES_MAX: usize = 64;
/// A program that a killed host was just starting has all of its files until it begins, the lock among them.
const TRIES: u32 = 100;
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// Dropping it lets another in.
pub(super) struct Lock {
    /// Holds the mark of whoever took it last.
    file: File,
}

impl Lock {
    /// Takes it, ends what programs the process that had it before has left, if that is gone, and says for the next one who
    /// has it now. A task goes back only after that: nothing of its last attempt goes on beside the next.
    ///
    /// # Errors
    /// [`InUse`] when another process has it; else what the file system says.
    pub(super) async fn take(folder: &Path) -> anyhow::Result<Self> {
        let lock = Self::open(&folder.join("lock"))?;
        if !lock.try_for_a_while().await.with_context(|| format!("cannot lock {}", folder.display()))? {
            return Err(InUse { what: format!("the folder {}", folder.display()) }.into());
        }
        lock.take_over().await;
        Ok(lock)
    }

    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(0o600);
        let file = options.open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { file })
    }

    /// False: somebody who lives has it.
    async fn try_for_a_while(&self) -> io::Result<bool> {
        for _ in 0..TRIES {
            match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(true),
                Err(rustix::io::Errno::WOULDBLOCK) if self.before().is_some_and(|mark| !mark.is_alive()) => {
                    sleep(TRY_AGAIN).await;
                }
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    async fn take_over(&self) {
        // One that has closed the folder and goes on has programs of its own, and ends them itself.
        let (before, own) = (self.before().filter(|before| !before.is_alive()), Mark::own());
        if let Some(before) = before {
            let (ended, stay) = before.end_all().await;
            if ended > 0 {
                tracing::warn!(ended, stay, "programs that a killed host had started were ended");
            }
        }
        if let Err(error) = self.sign(&own) {
            tracing::warn!(%error, "the lock file cannot be written: after a kill, the next host does not find this one's programs");
        }
    }

    fn before(&self) -> Option<Mark> {
        let mut bytes = [0; MARK_BYTES_MAX];
        let read = self.file.read_at(&mut bytes, 0).ok()?;
        std::str::from_utf8(bytes.get(..read)?).ok()?.parse().ok()
    }

    fn sign(&self, own: &Mark) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all_at(format!("{own}\n").as_bytes(), 0)
    }
}

#[cfg(test)]
mod tests;
