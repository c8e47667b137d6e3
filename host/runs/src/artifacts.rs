//! What runs leave: contents, named by their SHA-256, in a folder or a bucket. It must not know which run still counts;
//! metadata is its caller's, and so is the word about what may go.

mod artifact;
mod bucket;
mod folder;
mod held;
mod place;
mod remove;
mod room;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use patchbay_types::Digest;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use artifact::{ARTIFACT_BYTES_MAX, Artifact, ArtifactKind, GetError, Kept, New, PutError};
pub use bucket::BucketConfig;
pub use held::Hold;
pub use place::PlaceError;
pub use remove::Removed;

use crate::aside::aside;
use bucket::Bucket;
use folder::Folder;
use held::Held;
use place::Place;
use room::Room;

/// Bytes of all artifacts, unless the operator says otherwise.
pub const TOTAL_BYTES_DEFAULT: u64 = 10 << 30;
/// Contents that are put at one time; what is removed waits until none is.
const PUTS_MAX: u32 = 8;

/// Keeps artifacts; a clone is the same. One process at a time may have a place.
#[derive(Clone)]
pub struct Artifacts(Arc<Inner>);

struct Inner {
    place: Place,
    room: Arc<Room>,
    held: Mutex<Held>,
    /// [`PUTS_MAX`] permits: whoever puts has one, whoever removes has all.
    turns: Semaphore,
    /// One permit, to read a spool whole.
    whole: Semaphore,
}

impl Artifacts {
    /// In a folder, which is made if it is not there. All of them take at most `bytes_max`.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] if the folder cannot be made or read.
    pub async fn in_folder(folder: PathBuf, bytes_max: u64) -> Result<Self, PlaceError> {
        Self::over(Place::Folder(Folder::open(folder).await?), bytes_max).await
    }

    /// In a bucket that speaks S3's protocol. All of them take at most `bytes_max`.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] if the configuration is none, or the bucket cannot be listed.
    pub async fn in_bucket(config: &BucketConfig, bytes_max: u64) -> Result<Self, PlaceError> {
        Self::over(Place::Bucket(Bucket::open(config)?), bytes_max).await
    }

    async fn over(place: Place, bytes_max: u64) -> Result<Self, PlaceError> {
        let room = Arc::new(Room::new(bytes_max));
        room.recount(&place.list().await?);
        let (turns, whole) = (Semaphore::new(PUTS_MAX as usize), Semaphore::new(1));
        Ok(Self(Arc::new(Inner { place, room, held: Mutex::default(), turns, whole })))
    }

    /// Bytes that all of them take: each at least 4 KiB, as a file does.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.0.room.used()
    }

    /// Keeps contents; equal ones are kept once. They are safe from being removed while the [`Hold`] lives: drop it when
    /// the metadata is stored.
    ///
    /// # Errors
    ///
    /// [`PutError`]: nothing is kept.
    ///
    /// # Cancel safety
    ///
    /// The contents may be there all the same. The next [`Artifacts::remove_unreferenced`] counts and removes them.
    pub async fn put(&self, new: New) -> Result<Kept, PutError> {
        new.check()?;
        let contents = new.contents.clone();
        let digest = hashed(contents.clone()).await;
        let _turn = self.turn(1).await;
        let hold = self.0.held().hold(digest);
        if !self.0.place.has(digest).await? {
            let reserved = self.0.room.reserve(contents.len() as u64, &new.name)?;
            self.0.place.put(digest, contents).await?;
            reserved.keep();
        }
        Ok(Kept { artifact: new.under(digest), hold })
    }

    /// The contents, and surely these: they are hashed again.
    ///
    /// # Errors
    ///
    /// [`GetError`] if they are not there, or not what was put.
    pub async fn get(&self, digest: Digest) -> Result<Bytes, GetError> {
        let contents = self.0.place.get(digest).await?.ok_or(GetError::Missing(digest))?;
        let found = hashed(contents.clone()).await;
        if found == digest { Ok(contents) } else { Err(GetError::Changed { digest, found }) }
    }

    /// A turn to hold a whole log in memory.
    pub(crate) async fn turn_to_read_whole(&self) -> Option<SemaphorePermit<'_>> {
        self.0.whole.acquire().await.ok()
    }

    /// `None` would say that turns are closed: they never are.
    async fn turn(&self, permits: u32) -> Option<SemaphorePermit<'_>> {
        self.0.turns.acquire_many(permits).await.ok()
    }
}

/// SHA-256 of up to 64 MiB takes long enough to be done elsewhere.
async fn hashed(contents: Bytes) -> Digest {
    let bytes = contents.clone();
    match aside(move || Digest::of(&bytes)).await {
        Ok(digest) => digest,
        Err(_) => Digest::of(&contents),
    }
}

#[cfg(test)]
mod tests;
