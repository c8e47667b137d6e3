//! The identities that a host opens with, and those that it seals for. It seals for the one in charge and the extra
//! recipients only; it opens with that one, with a pending one, and, when neither fits, with those of earlier times that
//! still lie beside it. It must not know what is sealed.

mod file;
mod rotation;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use age::x25519::Identity;
use patchbay_types::{Secret, Timestamp};

use crate::fingerprint::FingerprintKey;
use crate::identity::{self, CreateError, IdentityError};
use crate::recipient::Recipient;

pub use rotation::{FileError, IDENTITIES_OLD_MAX, ResealError, Successor};

/// Holds the host's identities: seals for the one in charge and opens what was sealed for any.
pub struct Vault {
    /// The identity in charge; the others lie beside it.
    path: PathBuf,
    /// Everything is sealed for these, too.
    recipients: Vec<Recipient>,
    /// What locks the identity files, kept for the next identity.
    passphrase: Option<Secret<String>>,
    /// Replaced whole by a rotation.
    ring: RwLock<Arc<Ring>>,
    /// Read when they are first needed; none before.
    old: Mutex<Option<Arc<[Identity]>>>,
}

/// What a vault is made from.
#[derive(Clone, Debug)]
pub struct VaultOptions {
    pub path: PathBuf,
    /// For a file that is locked.
    pub passphrase: Option<Secret<String>>,
    pub recipients: Vec<Recipient>,
}

#[derive(Clone)]
pub(crate) struct Ring {
    pub(crate) current: Identity,
    /// Of a rotation that broke off: nobody knows yet whether anything is sealed for it.
    pub(crate) pending: Option<Identity>,
    pub(crate) fingerprints: FingerprintKey,
    /// `current` is in charge, but its file is still the pending one.
    unfinished: bool,
}

impl Vault {
    /// Makes a new identity in a file that is all there or not there, with mode 0600, in clear. `created` is written
    /// into it.
    ///
    /// # Errors
    /// [`CreateError::Exists`] if there is anything at `path`; it is never replaced.
    pub fn create(path: &Path, created: Timestamp) -> Result<Self, CreateError> {
        Self::create_with(VaultOptions::of(path), created)
    }

    /// [`create`](Self::create) for these recipients, and locked if there is a passphrase.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(options: VaultOptions, created: Timestamp) -> Result<Self, CreateError> {
        let identity = Identity::generate();
        identity::write(&options.path, &identity, created, options.passphrase.as_ref())?;
        Ok(Self::with(options, identity, None))
    }

    /// Reads the identity that `path` holds in clear.
    ///
    /// # Errors
    /// The file is missing, cannot be read, may be read by others, is locked, or holds no age identity or several.
    pub fn open(path: &Path) -> Result<Self, IdentityError> {
        Self::open_with(VaultOptions::of(path))
    }

    /// Reads the identity in charge, and a pending one if a rotation broke off.
    ///
    /// # Errors
    /// As [`open`](Self::open), of either file; or the passphrase is missing or another.
    pub fn open_with(options: VaultOptions) -> Result<Self, IdentityError> {
        let passphrase = options.passphrase.as_ref();
        let current = identity::read(&options.path, passphrase)?;
        let pending = match identity::read(&file::pending(&options.path), passphrase) {
            Ok(pending) => Some(pending),
            Err(IdentityError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self::with(options, current, pending))
    }

    fn with(options: VaultOptions, current: Identity, pending: Option<Identity>) -> Self {
        let VaultOptions { path, passphrase, recipients } = options;
        let fingerprints = FingerprintKey::of(&current);
        let ring = Ring { current, pending, fingerprints, unfinished: false };
        Self { path, recipients, passphrase, ring: RwLock::new(Arc::new(ring)), old: Mutex::default() }
    }

    /// The file of the identity in charge.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public half of the identity in charge.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.ring().current.to_public())
    }

    /// For whom everything is sealed besides.
    #[must_use]
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// Whether the identity files are locked with a passphrase.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.passphrase.is_some()
    }

    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_ring(&self, change: impl FnOnce(&mut Ring)) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Ring::clone(&ring);
        change(&mut changed);
        *ring = Arc::new(changed);
    }

    pub(crate) fn set_fingerprints(&self, key: FingerprintKey) {
        self.set_ring(|ring| ring.fingerprints = key);
    }

    /// Those of earlier times that are in clear or have the same passphrase. They are read once; what is locked takes a
    /// second each.
    pub(crate) fn old(&self) -> Arc<[Identity]> {
        let mut old = self.old_slot();
        Arc::clone(old.get_or_insert_with(|| {
            let files = file::old(&self.path).unwrap_or_default();
            let newest = files.iter().rev().take(IDENTITIES_OLD_MAX);
            newest.filter_map(|file| identity::read(file, self.passphrase.as_ref()).ok()).collect()
        }))
    }

    fn old_slot(&self) -> MutexGuard<'_, Option<Arc<[Identity]>>> {
        self.old.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VaultOptions {
    /// A file in clear, and nobody besides.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), passphrase: None, recipients: Vec::new() }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).finish_non_exhaustive()
    }
}
