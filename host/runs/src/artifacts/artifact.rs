//! An artifact's metadata, and what can be said about one that is to be kept. It must not know where contents lie.

use bytes::Bytes;
use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::held::Hold;
use super::place::PlaceError;
use crate::run::RunId;

/// Bytes of one, at most.
pub const ARTIFACT_BYTES_MAX: usize = 64 << 20;
/// Of a name, and of a media type.
const NAME_BYTES_MAX: usize = 200;

/// What to keep.
#[derive(Clone, Debug)]
pub struct New {
    pub run: RunId,
    /// For people: 1 to 200 bytes without control characters. It is no path, and never used as one.
    pub name: String,
    /// As `image/png`: 1 to 200 bytes without control characters.
    pub media_type: String,
    pub kind: ArtifactKind,
    /// At most [`ARTIFACT_BYTES_MAX`].
    pub contents: Bytes,
    pub at: Timestamp,
}

/// What is known of one that is kept: to be stored by the caller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Artifact {
    #[serde(flatten)]
    pub run: RunId,
    pub name: String,
    pub media_type: String,
    pub kind: ArtifactKind,
    /// Of its contents.
    pub digest: Digest,
    pub bytes: u64,
    pub at: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArtifactKind {
    /// What the run was for.
    Result,
    /// What shows why it failed: the page, its text, a picture.
    Evidence,
    /// All lines of a run that failed.
    Log,
}

/// It is kept, and stays while the hold lives.
#[derive(Clone, Debug)]
pub struct Kept {
    pub artifact: Artifact,
    pub hold: Hold,
}

/// Why nothing is kept.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error(
        "{text:?} is no {what} of an artifact: expected 1 to {NAME_BYTES_MAX} bytes without control characters"
    )]
    Text { what: &'static str, text: String },
    #[error(
        "artifact {name:?} has {bytes} bytes: at most {ARTIFACT_BYTES_MAX} are kept; cut it, or put it elsewhere and keep a link"
    )]
    TooLarge { name: String, bytes: usize },
    #[error(
        "artifact {name:?} of {bytes} bytes does not fit: {used} of {bytes_max} bytes are used; make room, or raise the bound"
    )]
    Full { name: String, bytes: u64, used: u64, bytes_max: u64 },
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// Why contents cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    #[error("there are no contents {0}: they were removed, or never kept here")]
    Missing(Digest),
    #[error(
        "what is kept as {digest} has become {found}: the place was written to by somebody else, or is damaged; remove it"
    )]
    Changed { digest: Digest, found: Digest },
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl New {
    pub(super) fn check(&self) -> Result<(), PutError> {
        for (what, text) in [("name", &self.name), ("media type", &self.media_type)] {
            if !(1..=NAME_BYTES_MAX).contains(&text.len()) || text.chars().any(char::is_control) {
                let text = text.chars().take(NAME_BYTES_MAX).collect();
                return Err(PutError::Text { what, text });
            }
        }
        match self.contents.len() {
            bytes if bytes > ARTIFACT_BYTES_MAX => Err(PutError::TooLarge { name: self.name.clone(), bytes }),
            _ => Ok(()),
        }
    }

    pub(super) fn under(self, digest: Digest) -> Artifact {
        let Self { run, name, media_type, kind, contents, at } = self;
        Artifact { run, name, media_type, kind, digest, bytes: contents.len() as u64, at }
    }
}
