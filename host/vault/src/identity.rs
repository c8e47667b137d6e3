//! The identity file: an age X25519 key that only its owner may read, in clear or locked with a passphrase. It must not
//! know what is sealed with it, nor which of several files is in charge.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use age::EncryptError;
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use patchbay_types::{Secret, Timestamp};
use zeroize::Zeroizing;

use crate::passphrase::{self, UnlockError, WORK_FACTOR_MAX};

/// An identity file is about 200 bytes, a locked one 600; what is larger is something else.
const FILE_BYTES_MAX: u64 = 64 * 1024;
const KEY_TAG: &str = "AGE-SECRET-KEY-1";

/// Why an identity file was not made.
#[derive(thiserror::Error, Debug)]
pub enum CreateError {
    #[error(
        "{path} exists: it may be the only key to sealed credentials, so move it away before making another"
    )]
    Exists { path: PathBuf },
    #[error("cannot lock the identity file {path} with the passphrase: {source}")]
    Lock { path: PathBuf, source: Box<EncryptError> },
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
    #[error("{path} is locked with a passphrase, and none was given")]
    Locked { path: PathBuf },
    #[error("the passphrase does not open {path}: it is not the one that the file was locked with")]
    WrongPassphrase { path: PathBuf },
    #[error(
        "{path} asks for the work factor {found} to be opened; expected at most {max}, so that nobody makes the host \
         compute for hours: lock it anew with `age -p`"
    )]
    TooMuchWork { path: PathBuf, found: u8, max: u8 },
    #[error("{path} is not an age identity: {reason}; expected one line that begins with {KEY_TAG}")]
    NotAnIdentity { path: PathBuf, reason: String },
}

/// Whether the identity in `path` takes a passphrase.
///
/// # Errors
/// The file is missing, cannot be read, or may be read by others.
pub fn is_locked(path: &Path) -> Result<bool, IdentityError> {
    Ok(passphrase::is_locked(&read_private(path)?))
}

/// Makes a file that is all there or not there, with mode 0600. `created` is written into it.
pub(crate) fn write(
    path: &Path,
    identity: &Identity,
    created: Timestamp,
    passphrase: Option<&Secret<String>>,
) -> Result<(), CreateError> {
    let clear = file_text(identity, created);
    let text = match passphrase {
        None => clear,
        Some(passphrase) => {
            let locked = passphrase::lock(&clear, passphrase);
            Zeroizing::new(
                locked
                    .map_err(|source| CreateError::Lock { path: path.to_owned(), source: source.into() })?,
            )
        }
    };
    write_new(path, &text).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => CreateError::Exists { path: path.to_owned() },
        _ => CreateError::Write { path: path.to_owned(), source },
    })
}

/// The one identity that is in the file.
pub(crate) fn read(path: &Path, passphrase: Option<&Secret<String>>) -> Result<Identity, IdentityError> {
    let bytes = read_private(path)?;
    let not_one = |reason| IdentityError::NotAnIdentity { path: path.to_owned(), reason };
    let locked = passphrase::is_locked(&bytes);
    let text = match (locked, passphrase) {
        (false, _) => {
            let text = std::str::from_utf8(&bytes).map_err(|_| not_one("it is not text".to_owned()))?;
            Zeroizing::new(text.to_owned())
        }
        (true, None) => return Err(IdentityError::Locked { path: path.to_owned() }),
        (true, Some(passphrase)) => {
            passphrase::unlock(&bytes, passphrase).map_err(|error| explain(path, error))?
        }
    };
    parse(&text).map_err(not_one)
}

fn explain(path: &Path, error: UnlockError) -> IdentityError {
    let path = path.to_owned();
    match error {
        UnlockError::Wrong => IdentityError::WrongPassphrase { path },
        UnlockError::TooMuchWork { found } => {
            IdentityError::TooMuchWork { path, found, max: WORK_FACTOR_MAX }
        }
        UnlockError::NotLocked(reason) => IdentityError::NotAnIdentity { path, reason },
    }
}

/// What `age-keygen` writes, so that `age -d -i` reads it.
fn file_text(identity: &Identity, created: Timestamp) -> Zeroizing<String> {
    let secret = identity.to_string();
    let public = identity.to_public();
    Zeroizing::new(format!("# created: {created}\n# public key: {public}\n{}\n", secret.expose_secret()))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new().prefix(".identity-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(PermissionsExt::from_mode(0o600))?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
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
    // One more than the file has, so that it is read without growing.
    let size = metadata.len().min(FILE_BYTES_MAX) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default()));
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
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
