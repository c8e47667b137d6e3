//! A host's folder: where everything lies, who may use it, and the two files of key material in it.

mod lock;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use patchbay_config::Secrets;
use patchbay_process::Identity;
use patchbay_runtime::CacheKey;
use patchbay_types::{Clock, Secret, SystemClock};
use patchbay_vault::{Recipient, Vault, VaultOptions};

use crate::passphrase;
use lock::Lock;

/// A folder that this process alone uses. Dropping it lets another in.
pub struct Folder {
    path: PathBuf,
    scratch: PathBuf,
    _lock: Lock,
}

/// Another process uses the folder or the port. Exit status 3.
#[derive(Debug, thiserror::Error)]
#[error("{what} is in use by another process: stop that one first, or use another")]
pub struct InUse {
    pub what: String,
}

const CACHE_KEY_BYTES: usize = 32;

impl Folder {
    /// Takes the folder, and ends the programs of a process that was killed with it. The working folders that these have
    /// left are removed meanwhile.
    ///
    /// # Errors
    /// [`InUse`] when another process has it; else what the file system says.
    pub async fn take(path: &Path) -> anyhow::Result<Self> {
        let lock = Lock::take(path).await?;
        let (all, own) = (std::path::absolute(path)?.join("scratch"), Identity::own());
        let scratch = all.join(format!("{}-{}", own.pid, own.start_ticks));
        let kept = scratch.clone();
        tokio::task::spawn_blocking(move || remove_others(&all, &kept));
        Ok(Self { path: path.to_owned(), scratch, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn store(&self) -> PathBuf {
        self.path.join("patchbay.redb")
    }

    pub fn components(&self) -> PathBuf {
        self.path.join("components")
    }

    pub fn compiled(&self) -> PathBuf {
        self.path.join("compiled")
    }

    /// For working folders of programs, from the root. It is this process's own, and not there yet.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub fn socket(&self) -> PathBuf {
        socket(&self.path)
    }

    /// The identity that opens the credentials. If it is locked, the passphrase may be asked for.
    ///
    /// # Errors
    /// When it is missing (a new one could not open what the old one sealed), readable by others, or damaged; or there
    /// is no passphrase, or a wrong one.
    pub fn vault(&self, secrets: &Secrets) -> anyhow::Result<Vault> {
        let recipients = secrets.recipients.iter().map(|text| text.parse()).collect::<Result<_, _>>();
        let recipients = recipients.context("[secrets] recipients cannot be used")?;
        open_vault(identity(&self.path, secrets), recipients).context("the host's identity cannot be used")
    }

    /// The key that vouches for compiled components. A lost one costs a compilation, so it is made anew.
    ///
    /// # Errors
    /// What the file system says.
    pub fn cache_key(&self) -> anyhow::Result<CacheKey> {
        let path = self.path.join("compiled.key");
        let bytes = match read_key(&path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => new_key(&path).with_context(|| format!("cannot write {}", path.display()))?,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        Ok(CacheKey::new(bytes))
    }
}

/// Removes what is in a folder but this one.
fn remove_others(all: &Path, kept: &Path) {
    let Ok(entries) = fs::read_dir(all) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path != kept) {
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(folder = %path.display(), %error, "what programs have left there cannot be removed");
        }
    }
}

/// The operator's socket in a host's folder.
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// The vault of an identity file, and of those beside it.
///
/// # Errors
/// As [`Folder::vault`].
pub fn open_vault(path: PathBuf, recipients: Vec<Recipient>) -> anyhow::Result<Vault> {
    let passphrase = match patchbay_vault::is_locked(&path)? {
        true => Some(passphrase::for_file(&path)?),
        false => None,
    };
    Ok(Vault::open_with(VaultOptions { path, passphrase, recipients })?)
}

/// Makes the identity of a new host; one that is there stays, because something may be sealed for it.
///
/// # Errors
/// When it cannot be written.
pub fn make_identity(path: PathBuf, passphrase: Option<Secret<String>>) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let options = VaultOptions { passphrase, ..VaultOptions::of(&path) };
    Vault::create_with(options, SystemClock::default().wall())?;
    Ok(())
}

/// Where a host's identity is.
pub fn identity(folder: &Path, secrets: &Secrets) -> PathBuf {
    folder.join(&secrets.identity)
}

/// None when the file is not there or has another length: half a write is no key.
fn read_key(path: &Path) -> io::Result<Option<[u8; CACHE_KEY_BYTES]>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(CACHE_KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(bytes.try_into().ok())
}

fn new_key(path: &Path) -> io::Result<[u8; CACHE_KEY_BYTES]> {
    let mut bytes = [0; CACHE_KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(bytes)
}
