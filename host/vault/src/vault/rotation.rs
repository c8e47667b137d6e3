//! How one identity succeeds another. Whoever keeps what is sealed drives it, in this order, and may be killed between
//! any two steps:
//!
//! 1. a successor is made, in memory, and everything is sealed again for it;
//! 2. it is written to `identity.age.pending` and synced;
//! 3. what was sealed again, and the successor's public half as the one in charge, is stored in one transaction;
//! 4. the identity gets a second name, `identity.age.old-1`;
//! 5. the pending file is renamed over `identity.age`.
//!
//! A vault opens what is sealed for the pending one as well, so nothing is ever unreadable. At the next start the store
//! says who is in charge: if it is the pending one, steps 4 and 5 are done again (step 4 sees its own work); if not,
//! step 3 never was, and the pending one is put among the old. No identity is deleted but by `drop_old`.

use std::io;
use std::path::PathBuf;

use age::x25519::Identity;
use patchbay_types::Timestamp;

use super::{Vault, file};
use crate::credential::Binding;
use crate::fingerprint::Fingerprints;
use crate::identity::{self, CreateError};
use crate::recipient::Recipient;
use crate::seal::{OpenError, SealError, Sealed};
use crate::secret::SecretBinding;

/// Earlier identities that are kept, at most.
pub const IDENTITIES_OLD_MAX: usize = 16;

/// An identity that is to be in charge next. Nothing has been written of it.
pub struct Successor(Identity);

/// Why something was not sealed again.
#[derive(thiserror::Error, Debug)]
pub enum ResealError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What could not be done to an identity's files.
#[derive(thiserror::Error, Debug)]
pub enum FileError {
    #[error("there are {max} earlier identities beside {path}, which is the most that are kept")]
    TooMany { path: PathBuf, max: usize },
    #[error("the next identity was not made: {0}")]
    Create(#[from] CreateError),
    #[error("the files of {path} cannot be moved: {source}; check the folder and its disk")]
    Move { path: PathBuf, source: io::Error },
}

impl Successor {
    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }
}

impl Vault {
    #[must_use]
    pub fn successor(&self) -> Successor {
        Successor(Identity::generate())
    }

    /// A credential as the successor would have sealed it.
    ///
    /// # Errors
    /// It does not open for `binding`, or cannot be sealed.
    pub fn reseal(
        &self,
        sealed: &Sealed,
        binding: &Binding,
        successor: &Successor,
    ) -> Result<Sealed, ResealError> {
        let key = self.unseal(sealed, binding)?;
        Ok(self.seal_for(&successor.recipient(), &key, binding)?)
    }

    /// A plugin's secret as the successor would have sealed it.
    ///
    /// # Errors
    /// It does not open for `binding`, or cannot be sealed.
    pub fn reseal_secret(
        &self,
        sealed: &Sealed,
        binding: &SecretBinding<'_>,
        successor: &Successor,
    ) -> Result<Sealed, ResealError> {
        let value = self.unseal_secret(sealed, binding)?;
        Ok(self.seal_secret_for(&successor.recipient(), &value, binding)?)
    }

    /// What fingerprints are made with, sealed for the successor: they outlive the identity that they came from.
    ///
    /// # Errors
    /// Sealing has failed inside.
    pub fn fingerprints_for(&self, successor: &Successor) -> Result<Fingerprints, SealError> {
        self.seal_fingerprints(&successor.recipient())
    }

    /// Writes the successor to the pending file.
    ///
    /// # Errors
    /// There are too many earlier identities, or the file cannot be written.
    pub fn write_pending(&self, successor: &Successor, created: Timestamp) -> Result<(), FileError> {
        if self.old_files()?.len() >= IDENTITIES_OLD_MAX {
            return Err(FileError::TooMany { path: self.path.clone(), max: IDENTITIES_OLD_MAX });
        }
        let pending = file::pending(&self.path);
        Ok(identity::write(&pending, &successor.0, created, self.passphrase.as_ref())?)
    }

    /// Removes the pending file of a successor that nothing was stored for.
    ///
    /// # Errors
    /// What the file system says.
    pub fn remove_pending(&self, _: Successor) -> Result<(), FileError> {
        file::remove(&file::pending(&self.path)).map_err(|source| self.moving(source))
    }

    /// The successor is in charge: nothing is sealed for the one before from here on. Its file follows with
    /// [`finish`](Self::finish).
    pub fn take_charge(&self, successor: Successor) {
        self.set_ring(|ring| {
            (ring.current, ring.pending, ring.unfinished) = (successor.0, None, true);
        });
    }

    /// The public half of a pending identity that was found at the start.
    #[must_use]
    pub fn pending(&self) -> Option<Recipient> {
        self.ring().pending.as_ref().map(|identity| Recipient(identity.to_public()))
    }

    /// The pending identity is in charge, because the store says so.
    pub fn accept_pending(&self) {
        if let Some(identity) = self.ring().pending.clone() {
            self.take_charge(Successor(identity));
        }
    }

    /// The pending identity is not in charge, because the store names another. It still opens.
    ///
    /// # Errors
    /// What the file system says.
    pub fn set_aside_pending(&self) -> Result<PathBuf, FileError> {
        let kept = file::set_aside(&self.path).map_err(|source| self.moving(source))?;
        self.set_ring(|ring| ring.pending = None);
        *self.old_slot() = None;
        Ok(kept)
    }

    /// Steps 4 and 5, if they are not done. Returns where the identity before is kept.
    ///
    /// # Errors
    /// What the file system says. It can be tried again, and the next start does.
    pub fn finish(&self) -> Result<Option<PathBuf>, FileError> {
        if !self.ring().unfinished {
            return Ok(None);
        }
        let moved = file::keep(&self.path).and_then(|kept| file::succeed(&self.path).map(|()| kept));
        let kept = moved.map_err(|source| self.moving(source))?;
        self.set_ring(|ring| ring.unfinished = false);
        *self.old_slot() = None;
        Ok(Some(kept))
    }

    /// The files of earlier identities, the oldest first.
    ///
    /// # Errors
    /// What the file system says.
    pub fn old_files(&self) -> Result<Vec<PathBuf>, FileError> {
        file::old(&self.path).map_err(|source| self.moving(source))
    }

    /// Deletes the earlier identities. What is sealed for them alone is lost.
    ///
    /// # Errors
    /// What the file system says; those before it are deleted.
    pub fn drop_old(&self) -> Result<Vec<PathBuf>, FileError> {
        let files = self.old_files()?;
        *self.old_slot() = None;
        files.iter().try_for_each(|path| file::remove(path)).map_err(|source| self.moving(source))?;
        Ok(files)
    }

    fn moving(&self, source: io::Error) -> FileError {
        FileError::Move { path: self.path.clone(), source }
    }
}
