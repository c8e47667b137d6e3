//! Where contents lie: one of two places that do the same. It must not know names, runs, nor what may go.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use patchbay_types::Digest;

use super::bucket::Bucket;
use super::folder::Folder;

pub(super) enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

/// Why a place does not do what it is there for.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("artifacts: {path} does not work: {source}; look at its permissions and its disk")]
    Folder { path: PathBuf, source: io::Error },
    #[error("artifacts: bucket {bucket:?} cannot be set up: {source}; look at its endpoint, name and keys")]
    Config { bucket: String, source: Box<object_store::Error> },
    #[error("artifacts: {what} in bucket {bucket:?} failed: {source}")]
    Bucket { bucket: String, what: String, source: Box<object_store::Error> },
}

impl Place {
    pub(super) async fn has(&self, digest: Digest) -> Result<bool, PlaceError> {
        match self {
            Self::Folder(folder) => folder.has(digest).await,
            Self::Bucket(bucket) => Ok(bucket.bytes(digest).await?.is_some()),
        }
    }

    /// Afterwards the contents are there whole, whatever happens to the machine; before, not at all.
    pub(super) async fn put(&self, digest: Digest, contents: Bytes) -> Result<(), PlaceError> {
        match self {
            Self::Folder(folder) => folder.put(digest, contents).await,
            Self::Bucket(bucket) => bucket.put(digest, contents).await,
        }
    }

    pub(super) async fn get(&self, digest: Digest) -> Result<Option<Bytes>, PlaceError> {
        match self {
            Self::Folder(folder) => folder.get(digest).await,
            Self::Bucket(bucket) => bucket.get(digest).await,
        }
    }

    /// How many bytes it had; `None` if it was not there.
    pub(super) async fn remove(&self, digest: Digest) -> Result<Option<u64>, PlaceError> {
        match self {
            Self::Folder(folder) => folder.remove(digest).await,
            Self::Bucket(bucket) => bucket.remove(digest).await,
        }
    }

    /// All contents, with their bytes. What is called otherwise is somebody else's and left alone.
    pub(super) async fn list(&self) -> Result<Vec<(Digest, u64)>, PlaceError> {
        match self {
            Self::Folder(folder) => folder.list().await,
            Self::Bucket(bucket) => bucket.list().await,
        }
    }
}
