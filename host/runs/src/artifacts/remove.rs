//! What goes, because nobody names it or because there must be room. It must not know what counts as needed: its caller
//! says so, and what is held or was just put stays in any case.

use std::collections::HashSet;

use patchbay_types::Digest;

use super::place::PlaceError;
use super::{Artifacts, PUTS_MAX};

/// What was removed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Removed {
    pub digests: Vec<Digest>,
    /// Bytes of them, as they count for the total.
    pub bytes: u64,
}

impl Artifacts {
    /// Removes what no metadata names. `in_use` is waited for first, and what is put meanwhile stays; so does what is
    /// held.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] of the first that could not be removed; those before it are gone.
    pub async fn remove_unreferenced(
        &self,
        in_use: impl Future<Output = HashSet<Digest>>,
    ) -> Result<Removed, PlaceError> {
        let put = self.0.held().watch();
        let in_use = in_use.await;
        let there = self.recounted().await?;
        let mut removed = Removed::default();
        for (digest, _) in there.iter().filter(|(digest, _)| !in_use.contains(digest)) {
            self.remove(*digest, |digest| put.contains(digest), &mut removed).await?;
        }
        Ok(removed)
    }

    /// Removes candidates, first those that come first, until contents of so many bytes fit. The caller names only
    /// contents that nobody needs, the oldest successes first, and forgets the metadata of those that went.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] of the first that could not be removed; those before it are gone.
    pub async fn make_room(
        &self,
        bytes: u64,
        candidates: impl IntoIterator<Item = Digest>,
    ) -> Result<Removed, PlaceError> {
        let mut removed = Removed::default();
        for digest in candidates {
            if self.0.room.fits(bytes) {
                break;
            }
            self.remove(digest, |_| false, &mut removed).await?;
        }
        Ok(removed)
    }

    /// All that is there, while nothing is put; what dropped puts left is counted again.
    async fn recounted(&self) -> Result<Vec<(Digest, u64)>, PlaceError> {
        let _turn = self.turn(PUTS_MAX).await;
        let there = self.0.place.list().await?;
        self.0.room.recount(&there);
        Ok(there)
    }

    async fn remove(
        &self,
        digest: Digest,
        stays: impl Fn(&Digest) -> bool,
        removed: &mut Removed,
    ) -> Result<(), PlaceError> {
        let _turn = self.turn(PUTS_MAX).await;
        if self.0.held().is_held(digest) || stays(&digest) {
            return Ok(());
        }
        if let Some(bytes) = self.0.place.remove(digest).await? {
            removed.bytes += self.0.room.free(bytes);
            removed.digests.push(digest);
        }
        Ok(())
    }
}
