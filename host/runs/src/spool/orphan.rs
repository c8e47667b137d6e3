//! Spools whose host died while a run went on: found at the next start, read, and closed as the run's end would have
//! done it. It must not know how anybody finds out that the run is over.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_types::Timestamp;

use super::{SPOOL_BYTES_MAX, Spool, SpoolError};
use crate::artifacts::Artifacts;
use crate::aside::aside;
use crate::line::Line;
use crate::log::{Ended, Finished, FullLogError, Rolling, full};
use crate::run::RunId;

/// Spools that are found at one start; the next finds the rest.
const ORPHANS_MAX: usize = 100_000;
const EXTENSION: &str = "jsonl";

/// The spool of a run that nobody ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Orphan {
    pub run: RunId,
    pub path: PathBuf,
    pub bytes: u64,
}

/// Why a folder of spools cannot be looked through.
#[derive(Debug, thiserror::Error)]
#[error("spools in {path} cannot be looked for: {source}; expected a folder that this user may read")]
pub struct RecoverError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// Spools that an earlier process left, by task and attempt. It reads the disk: to be called at start, before
/// [`Runs::begin`](crate::Runs::begin). A folder that is not there has none; what has no name of a spool is left alone.
///
/// # Errors
///
/// [`RecoverError`] if a folder cannot be read.
pub fn recover(folder: &Path) -> Result<Vec<Orphan>, RecoverError> {
    let mut orphans = Vec::new();
    for (task, path) in numbered::<u64>(folder, None)? {
        let spools = numbered::<u32>(&path, Some(EXTENSION))?;
        if spools.is_empty() {
            // Only an empty one goes.
            let _ = fs::remove_dir(&path);
        }
        for (attempt, path) in spools {
            let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            orphans.push(Orphan { run: RunId { task, attempt }, path, bytes });
        }
        if orphans.len() >= ORPHANS_MAX {
            break;
        }
    }
    orphans.sort_by_key(|orphan| orphan.run);
    Ok(orphans)
}

impl Orphan {
    /// What would be in memory if its host had lived. Lines that cannot be read, as a torn one at the end, are left out.
    ///
    /// # Errors
    ///
    /// [`FullLogError`] if the file cannot be read.
    pub async fn read(&self) -> Result<Rolling, FullLogError> {
        let path = self.path.clone();
        let read = aside(move || rolling(&path)).await.flatten();
        read.map_err(|source| FullLogError::Spool {
            run: self.run,
            source: SpoolError { path: self.path.clone(), source },
        })
    }

    /// Closes it, as [`RunLog::finish`](crate::RunLog::finish) does.
    ///
    /// # Errors
    ///
    /// [`FullLogError`] if the file cannot be read: it stays.
    pub async fn close(
        self,
        at: Timestamp,
        ended: Ended,
        artifacts: &Artifacts,
    ) -> Result<Finished, FullLogError> {
        let log = self.read().await?;
        let spool: Arc<Spool> = Spool::left(self.path, self.bytes);
        let full = full(&spool, (self.run, at, ended), artifacts).await;
        Ok(Finished { log, full, lost: 0 })
    }
}

fn rolling(path: &Path) -> io::Result<Rolling> {
    let mut reader = BufReader::new(File::open(path)?.take(SPOOL_BYTES_MAX));
    let (mut rolling, mut bytes) = (Rolling::default(), Vec::new());
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        if let Ok(line) = serde_json::from_slice::<Line>(&bytes) {
            rolling.push(Arc::new(line));
        }
        bytes.clear();
    }
    Ok(rolling)
}

/// Entries whose name is a number, with this extension.
fn numbered<N: std::str::FromStr>(
    folder: &Path,
    extension: Option<&str>,
) -> Result<Vec<(N, PathBuf)>, RecoverError> {
    let wrong = |source| RecoverError { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(wrong)?,
    };
    let mut numbered = Vec::new();
    for entry in entries {
        let path = entry.map_err(wrong)?.path();
        let number = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let fits = path.extension().and_then(|name| name.to_str()) == extension
            && path.is_dir() == extension.is_none();
        numbered.extend(number.filter(|_| fits).map(|number| (number, path)));
    }
    Ok(numbered)
}
