//! The configuration's file: whether it has changed, and reading it when nobody writes it. It must not know what is in it.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use patchbay_config::{ConfigError, Environment, Sourced};

/// What a look at the file shows. Another write shows something else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look(Result<Marks, ErrorKind>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Marks {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Nobody can say what is in the file.
#[derive(Debug, thiserror::Error)]
pub enum Unsettled {
    #[error("{file} has not stood still for {} ms within {} s: whoever writes it has to end first", SETTLED.as_millis(), (SETTLED * TRIES).as_secs())]
    Moving { file: String },
    #[error("{file} could not be read: {source}")]
    BrokeOff { file: String, source: tokio::task::JoinError },
}

/// How long the file has to have been as it is, before it is read.
const SETTLED: Duration = Duration::from_millis(100);
const TRIES: u32 = 20;

impl Look {
    /// Asks the file system now, which may take a moment.
    pub fn at(file: &Path) -> Self {
        Self::of(file.metadata())
    }

    fn of(metadata: io::Result<Metadata>) -> Self {
        let marks = |metadata: Metadata| Marks {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        };
        Self(metadata.map(marks).map_err(|error| error.kind()))
    }
}

pub async fn look(file: &Path) -> Look {
    Look::of(tokio::fs::metadata(file).await)
}

/// Reads the file once it has stood still for a moment: it may be half written when the first look falls on it. Returns
/// which file it was, too.
///
/// # Errors
/// It does not stand still. That it is wrong is in the answer.
pub async fn settled(
    file: &Path,
    environment: &Environment,
) -> Result<(Look, Result<Sourced, ConfigError>), Unsettled> {
    for _ in 0..TRIES {
        let before = look(file).await;
        tokio::time::sleep(SETTLED).await;
        if look(file).await != before {
            continue;
        }
        let read = read(file, environment).await?;
        if look(file).await == before {
            return Ok((before, read));
        }
    }
    Err(Unsettled::Moving { file: file.display().to_string() })
}

/// On a thread that may wait for a disk.
async fn read(file: &Path, environment: &Environment) -> Result<Result<Sourced, ConfigError>, Unsettled> {
    let (path, environment) = (file.to_owned(), environment.clone());
    let reading = tokio::task::spawn_blocking(move || Sourced::load_file(&path, &environment));
    reading.await.map_err(|source| Unsettled::BrokeOff { file: file.display().to_string(), source })
}

#[cfg(test)]
mod tests;
