//! The identity file: an age X25519 key that only its owner may read. It must not know what is sealed with it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use patchbay_types::Timestamp;
use zeroize::Zeroizing;

/// An identity file is about 200 bytes; what is larger is something else.
const FILE_BYTES_MAX: u64 = 64 * 1024;
const KEY_TAG: &str = "AGE-SECRET-KEY-1";

/// Holds the host's identity: seals to it and opens what was sealed to it.
pub struct Vault {
    /// For messages: which file has to be looked at.
    path: PathBuf,
    identity: Identity,
}

/// Why an identity file was not made.
#[derive(thiserror::Error, Debug)]
pub enum CreateError {
    #[error(
        "{path} exists: it may be the only key to sealed credentials, so move it away before making another"
    )]
    Exists { path: PathBuf },
    #[error("cannot write the identity file {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
}

/// Why an identity file cannot be used.
#[derive(thiserror::Error, Debug)]
pub enum IdentityError {
    #[error(
        "there is no identity file {path}: restore it from a backup, or make a new one and set every credential again"
    )]
    Missing { path: PathBuf },
    #[error("cannot read the identity file {path}: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} has mode {mode:04o}: others than its owner may use it; expected 0600: chmod 600 {path}")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{path} is not an age identity: {reason}; expected one line that begins with {KEY_TAG}")]
    NotAnIdentity { path: PathBuf, reason: String },
}

impl Vault {
    /// Makes a new identity in a file that is all there or not there, with mode 0600. `created` is written into it.
    ///
    /// # Errors
    /// [`CreateError::Exists`] if there is anything at `path`; it is never replaced.
    pub fn create(path: &Path, created: Timestamp) -> Result<Self, CreateError> {
        let identity = Identity::generate();
        match write_new(path, &file_text(&identity, created)) {
            Ok(()) => Ok(Self { path: path.to_owned(), identity }),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                Err(CreateError::Exists { path: path.to_owned() })
            }
            Err(source) => Err(CreateError::Write { path: path.to_owned(), source }),
        }
    }

    /// Reads the identity that `path` holds.
    ///
    /// # Errors
    /// The file is missing, cannot be read, may be read by others, or holds no age identity or several.
    pub fn open(path: &Path) -> Result<Self, IdentityError> {
        let text = read_private(path)?;
        let identity =
            parse(&text).map_err(|reason| IdentityError::NotAnIdentity { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), identity })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn recipient(&self) -> Recipient {
        self.identity.to_public()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What `age-keygen` writes, so that `age -d -i` reads it.
fn file_text(identity: &Identity, created: Timestamp) -> Zeroizing<String> {
    let secret = identity.to_string();
    let public = identity.to_public();
    Zeroizing::new(format!("# created: {created}\n# public key: {public}\n{}\n", secret.expose_secret()))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".identity-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(PermissionsExt::from_mode(0o600))?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()
}

fn read_private(path: &Path) -> Result<Zeroizing<String>, IdentityError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => IdentityError::Missing { path: path.to_owned() },
        _ => IdentityError::Unreadable { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        let reason = "it is not a file".to_owned();
        return Err(IdentityError::NotAnIdentity { path: path.to_owned(), reason });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(IdentityError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(1024));
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn parse(text: &str) -> Result<Identity, String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or("it holds no key")?;
    if lines.next().is_some() {
        return Err("it holds more than one line beside its comments".to_owned());
    }
    if !line.starts_with(KEY_TAG) {
        return Err("its line is of another kind".to_owned());
    }
    line.parse().map_err(|reason| format!("its key is damaged ({reason})"))
}
