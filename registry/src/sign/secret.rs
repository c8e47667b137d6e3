//! Secret keys as minisign writes them: two lines, which a password may lock.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minisign::{KeyPair, SecretKey, SecretKeyBox};
use patchbay_types::Secret;

use super::claim::Claim;
use super::{KeyError, KeyId, PublicKey, Signature, SignatureError};
use crate::Plugin;
use crate::text::shown;

const KEY_FILE_BYTES_MAX: usize = 4 * 1024;
/// Where a secret key's bytes say how it is locked, and what they say if it is not.
const LOCK: Range<usize> = 2..4;
/// Its checksum; minisign itself writes none for a key that is not locked.
const CHECKSUM: Range<usize> = 126..158;
const UNLOCKED: &[u8] = &[0, 0];

/// A secret key's file, as it lies on disk.
pub struct KeyFile(Secret<String>);

/// What signs.
pub struct SigningKey(SecretKey);

/// The two files of a new key.
pub struct NewKey {
    pub secret: Secret<String>,
    pub public: String,
    pub key: PublicKey,
}

/// What locks a secret key.
pub enum Password {
    /// The key lies there open, for whoever can read its file.
    None,
    Given(Secret<String>),
    /// Asked for on the terminal.
    Ask,
}

impl NewKey {
    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError::Make`]: no random numbers, or no password was typed.
    pub fn generate(password: Password) -> Result<Self, KeyError> {
        let make = |error: minisign::PError| KeyError::Make { message: error.to_string() };
        let pair = match password {
            Password::None => KeyPair::generate_unencrypted_keypair(),
            Password::Given(password) => KeyPair::generate_encrypted_keypair(Some(password.expose().clone())),
            Password::Ask => KeyPair::generate_encrypted_keypair(None),
        };
        let KeyPair { pk, sk } = pair.map_err(make)?;
        let comment = format!("minisign secret key {}", KeyId::of(pk.keynum()));
        let secret = sk.to_box(Some(&comment)).map_err(make)?;
        let public = pk.to_box().map_err(make)?.into_string();
        Ok(Self { secret: Secret::new(secret.into_string()), public, key: PublicKey::of(pk) })
    }
}

impl KeyFile {
    /// Looks whether `text` may be a secret key.
    ///
    /// # Errors
    /// [`KeyError::Secret`].
    pub fn parse(text: Secret<String>) -> Result<Self, KeyError> {
        match text.expose().len() <= KEY_FILE_BYTES_MAX && lock(text.expose()).is_some() {
            true => Ok(Self(text)),
            false => Err(KeyError::Secret),
        }
    }

    /// Whether it takes a password.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        lock(self.0.expose()).is_some_and(|lock| lock != UNLOCKED)
    }

    /// Opens it; a key that is not locked needs no password, whatever is given.
    ///
    /// # Errors
    /// [`KeyError::Locked`]: the password is wrong, or the file is damaged.
    pub fn open(&self, password: Password) -> Result<SigningKey, KeyError> {
        let locked = |message: String| KeyError::Locked { message };
        let text = SecretKeyBox::from(self.0.expose().clone());
        let key = match (self.is_locked(), password) {
            (false, _) => match unchecked(self.0.expose()) {
                Some(bytes) => SecretKey::from_bytes(bytes.expose()),
                None => text.into_unencrypted_secret_key(),
            },
            (true, Password::None) => return Err(locked("it needs a password".to_owned())),
            (true, Password::Given(password)) => text.into_secret_key(Some(password.expose().clone())),
            (true, Password::Ask) => text.into_secret_key(None),
        };
        key.map(SigningKey).map_err(|error| locked(shown(&error.to_string())))
    }
}

impl SigningKey {
    /// Signs `component` as what its manifest says that it is.
    ///
    /// # Errors
    /// [`KeyError::Sign`]: no random numbers, or the key is damaged.
    pub fn sign(&self, component: &[u8], plugin: &Plugin) -> Result<Signature, KeyError> {
        let failed = |message: String| KeyError::Sign { message };
        let (trusted, untrusted) = (Claim::of(component, plugin).to_string(), "signature by patchbay");
        let public = self.public()?;
        let signature =
            minisign::sign(Some(public.inner()), &self.0, component, Some(&trusted), Some(untrusted))
                .map_err(|error| failed(error.to_string()))?;
        Signature::parse(&signature.into_string()).map_err(|error: SignatureError| failed(error.to_string()))
    }

    #[cfg(test)]
    pub(super) fn inner(&self) -> &SecretKey {
        &self.0
    }

    /// # Errors
    /// [`KeyError::Public`]: the file's own two halves do not fit.
    pub fn public(&self) -> Result<PublicKey, KeyError> {
        let wrong = |error: minisign::PError| KeyError::Public { message: error.to_string() };
        minisign::PublicKey::from_secret_key(&self.0).map(PublicKey::of).map_err(wrong)
    }
}

/// The two bytes that say how the key in `text` is locked.
fn lock(text: &str) -> Option<Vec<u8>> {
    bytes(text)?.expose().get(LOCK).map(<[u8]>::to_vec)
}

/// The key's bytes, if they have no checksum. [`SigningKey::sign`] sees whether they are whole.
fn unchecked(text: &str) -> Option<Secret<Vec<u8>>> {
    let bytes = bytes(text)?;
    let is_empty = bytes.expose().get(CHECKSUM)?.iter().all(|byte| *byte == 0);
    is_empty.then_some(bytes)
}

fn bytes(text: &str) -> Option<Secret<Vec<u8>>> {
    STANDARD.decode(text.lines().nth(1)?.trim()).ok().map(Secret::new)
}
