//! The end of a run: what is kept of its log, and where. It must not know what the end means for a task.

use std::sync::Arc;

use bytes::Bytes;
use patchbay_types::Timestamp;

use super::{Rolling, RunLog, of};
use crate::artifacts::{ArtifactKind, Artifacts, Kept, New, PutError};
use crate::line::Stream;
use crate::run::RunId;
use crate::spool::{Spool, SpoolError};

/// What the whole log of a run that went wrong is called.
const NAME: &str = "log.jsonl";
const MEDIA_TYPE: &str = "application/jsonl";

/// How a run ended, as far as its log is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    Succeeded,
    /// There was nothing to do.
    Skipped,
    Failed,
    Cancelled,
    /// Its host died before it ended.
    Lost,
}

/// What is left of a log.
#[derive(Debug)]
pub struct Finished {
    /// What was in memory: to be stored, as [`Rolling::to_bytes`] gives it.
    pub log: Rolling,
    pub full: Full,
    /// Lines that the spool could not take: beyond its bound, or because the disk refused.
    pub lost: u64,
}

/// All lines of a run.
#[derive(Debug)]
pub enum Full {
    /// Removed: it went well, or nothing was said.
    Removed,
    /// Kept, because it went wrong.
    Kept(Kept),
    /// Still in the spool, where [`recover`](crate::recover) finds it.
    Stays(FullLogError),
}

/// Why the whole log is no artifact.
#[derive(Debug, thiserror::Error)]
pub enum FullLogError {
    #[error("the whole log of {run} stays in the spool: {source}; the next start of the host tries again")]
    Spool { run: RunId, source: SpoolError },
    #[error("the whole log of {run} stays in the spool: {source}; the next start of the host tries again")]
    Artifact { run: RunId, source: PutError },
}

impl Ended {
    fn went_well(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped)
    }
}

impl RunLog {
    /// Ends the log: lines that had not ended are written down, followers are told, and the spool is removed or, if the
    /// run did not go well, kept as the artifact `log.jsonl`.
    ///
    /// # Cancel safety
    ///
    /// The spool stays, and is found at the next start.
    pub async fn finish(&self, at: Timestamp, ended: Ended, artifacts: &Artifacts) -> Finished {
        let log = self.close(at);
        let spool = self.0.spool.clone();
        let full = full(&spool, (self.run(), at, ended), artifacts).await;
        Finished { log, full, lost: spool.lost() }
    }

    fn close(&self, at: Timestamp) -> Rolling {
        let mut state = self.state();
        for stream in [Stream::Stdout, Stream::Stderr, Stream::Note] {
            if let Some(rest) = state.cutter(stream).rest() {
                self.add(&mut state, at, of(stream), rest);
            }
        }
        state.ended = true;
        self.tell(&state);
        state.rolling.clone()
    }
}

/// Removes the spool, or makes it an artifact.
pub(crate) async fn full(
    spool: &Arc<Spool>,
    (run, at, ended): (RunId, Timestamp, Ended),
    artifacts: &Artifacts,
) -> Full {
    if ended.went_well() {
        spool.discard().await;
        return Full::Removed;
    }
    let _turn = artifacts.turn_to_read_whole().await;
    let contents = match spool.whole().await {
        Ok(Some(contents)) => Bytes::from(contents),
        Ok(None) => {
            spool.discard().await;
            return Full::Removed;
        }
        Err(source) => return Full::Stays(FullLogError::Spool { run, source }),
    };
    let (name, media_type) = (NAME.to_owned(), MEDIA_TYPE.to_owned());
    match artifacts.put(New { run, name, media_type, kind: ArtifactKind::Log, contents, at }).await {
        Ok(kept) => {
            spool.discard().await;
            Full::Kept(kept)
        }
        Err(source) => Full::Stays(FullLogError::Artifact { run, source }),
    }
}
