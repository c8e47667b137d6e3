//! An identity file that a passphrase locks: an age file of its own, as `age -p` makes it and `age -d` opens it. It must
//! not know where the passphrase comes from, nor what is in the file.

use std::io::Read;

use age::armor::ArmoredReader;
use age::scrypt;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, EncryptError};
use patchbay_types::Secret;
use zeroize::Zeroizing;

/// Of scrypt, as a power of two: about a second, and 256 MiB that are given back. What the `age` tool takes.
#[cfg(not(test))]
const WORK_FACTOR: u8 = 18;
#[cfg(test)]
const WORK_FACTOR: u8 = 10;
/// What a file may ask for to be opened, as a power of two: 1 GiB.
pub(crate) const WORK_FACTOR_MAX: u8 = 20;
/// An identity has about 200 bytes.
const PLAIN_BYTES_MAX: u64 = 64 * 1024;

const BINARY_TAG: &[u8] = b"age-encryption.org/";
const ARMOR_TAG: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Why a locked file was not opened.
pub(crate) enum UnlockError {
    Wrong,
    TooMuchWork { found: u8 },
    NotLocked(String),
}

/// Whether these bytes are an age file rather than an identity in clear.
pub(crate) fn is_locked(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    bytes.starts_with(BINARY_TAG) || bytes.starts_with(ARMOR_TAG)
}

/// The text as an armored age file for `passphrase`.
pub(crate) fn lock(text: &str, passphrase: &Secret<String>) -> Result<String, EncryptError> {
    let mut recipient = scrypt::Recipient::new(secrecy(passphrase));
    recipient.set_work_factor(WORK_FACTOR);
    age::encrypt_and_armor(&recipient, text.as_bytes())
}

pub(crate) fn unlock(bytes: &[u8], passphrase: &Secret<String>) -> Result<Zeroizing<String>, UnlockError> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(UnlockError::of)?;
    if !decryptor.is_scrypt() {
        let reason = "it is sealed for a recipient, not with a passphrase".to_owned();
        return Err(UnlockError::NotLocked(reason));
    }
    let mut identity = scrypt::Identity::new(secrecy(passphrase));
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    let reader = decryptor.decrypt(std::iter::once(&identity as _)).map_err(UnlockError::of)?;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    let read = reader.take(PLAIN_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| UnlockError::NotLocked(error.to_string()))?;
    Ok(text)
}

/// A copy that is overwritten, too.
fn secrecy(passphrase: &Secret<String>) -> SecretString {
    SecretString::from(passphrase.expose().as_str())
}

impl UnlockError {
    fn of(error: DecryptError) -> Self {
        match error {
            DecryptError::DecryptionFailed
            | DecryptError::KeyDecryptionFailed
            | DecryptError::NoMatchingKeys => Self::Wrong,
            DecryptError::ExcessiveWork { required, .. } => Self::TooMuchWork { found: required },
            error => Self::NotLocked(error.to_string()),
        }
    }
}
