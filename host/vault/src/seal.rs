//! One age payload for each credential, which says for whom it is. It must not know where records lie.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor, EncryptError};
use patchbay_types::{ProviderId, Secret};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Vault;

const VERSION: u32 = 1;
/// In JSON, one byte of text takes at most six (`\u0000`).
const ESCAPED_BYTES_MAX: usize = 6;

/// A credential as age's armored text: `age -d -i IDENTITY` opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// For whom a credential is: it is not given out for anything else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    pub provider: ProviderId,
    /// Scheme, host and port of the provider's base URL: `https://api.example.com:443`. Compared byte for byte.
    pub origin: String,
}

/// Why a credential was not sealed.
#[derive(thiserror::Error, Debug)]
pub enum SealError {
    #[error("cannot put the credential of {provider} into its payload: {source}")]
    Payload { provider: ProviderId, source: serde_json::Error },
    #[error("cannot seal the credential of {provider}: {source}")]
    Age { provider: ProviderId, source: EncryptError },
}

/// Why a sealed credential was not opened. No variant holds any of it.
#[derive(thiserror::Error, Debug)]
pub enum OpenError {
    #[error(
        "the credential was sealed for another identity than {identity}: restore the identity file that it was sealed \
         with, or set the credential again"
    )]
    OtherIdentity { identity: PathBuf },
    #[error("the sealed credential is damaged ({reason}): set the credential again")]
    Damaged { reason: String },
    #[error(
        "the sealed credential has version {found}, expected {VERSION}: it was written by a newer patchbay"
    )]
    Version { found: u32 },
    #[error(
        "the credential is bound to {what} {found}, but was to be used for {expected}: it is not sent there; set the \
         credential again if the change is meant"
    )]
    Bound {
        /// `provider` or `origin`.
        what: &'static str,
        /// What it was to be used for.
        expected: String,
        /// What it was sealed for.
        found: String,
    },
}

#[derive(Serialize)]
struct PayloadRef<'a> {
    version: u32,
    provider: &'a str,
    origin: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
struct Payload {
    provider: String,
    origin: String,
    key: String,
}

/// Read before the rest, which another version may shape otherwise.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl Sealed {
    /// The armored text, of several lines.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl Vault {
    /// Seals `key` for this vault's identity and for `binding` alone.
    ///
    /// # Errors
    /// Sealing has failed inside; the credential has gone nowhere.
    pub fn seal(&self, key: &Secret<String>, binding: &Binding) -> Result<Sealed, SealError> {
        let provider = || binding.provider.clone();
        let payload =
            payload(key, binding).map_err(|source| SealError::Payload { provider: provider(), source })?;
        age::encrypt_and_armor(&self.recipient(), &payload)
            .map(Sealed)
            .map_err(|source| SealError::Age { provider: provider(), source })
    }

    /// Opens what was sealed for this vault's identity and for `binding`.
    ///
    /// # Errors
    /// Another identity, a damaged text, or another provider or origin than it was sealed for.
    pub fn unseal(&self, sealed: &Sealed, binding: &Binding) -> Result<Secret<String>, OpenError> {
        let plain = decrypt(self, sealed).map_err(|error| self.explain(error))?;
        let Header { version } = serde_json::from_slice(&plain).map_err(not_a_credential)?;
        if version != VERSION {
            return Err(OpenError::Version { found: version });
        }
        let Payload { provider, origin, key } = serde_json::from_slice(&plain).map_err(not_a_credential)?;
        let key = Secret::new(key);
        same("provider", binding.provider.as_str(), provider)?;
        same("origin", &binding.origin, origin)?;
        Ok(key)
    }

    fn explain(&self, error: DecryptError) -> OpenError {
        match error {
            DecryptError::NoMatchingKeys => OpenError::OtherIdentity { identity: self.path().to_owned() },
            error => OpenError::Damaged { reason: error.to_string() },
        }
    }
}

/// Large enough from the start: a buffer that grows leaves copies behind that nobody overwrites.
fn payload(key: &Secret<String>, binding: &Binding) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let payload = PayloadRef {
        version: VERSION,
        provider: binding.provider.as_str(),
        origin: &binding.origin,
        key: key.expose(),
    };
    let text = payload.provider.len() + payload.origin.len() + payload.key.len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(text * ESCAPED_BYTES_MAX + 128));
    serde_json::to_writer(&mut *bytes, &payload)?;
    Ok(bytes)
}

fn decrypt(vault: &Vault, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed.0.as_bytes()))?;
    let mut reader = decryptor.decrypt(std::iter::once(vault.identity() as _))?;
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.0.len()));
    reader.read_to_end(&mut plain)?;
    Ok(plain)
}

/// The parser's own message may quote what it read, so it is dropped.
fn not_a_credential(_: serde_json::Error) -> OpenError {
    OpenError::Damaged { reason: "it does not hold a credential".to_owned() }
}

fn same(what: &'static str, expected: &str, found: String) -> Result<(), OpenError> {
    if expected == found {
        return Ok(());
    }
    Err(OpenError::Bound { what, expected: expected.to_owned(), found })
}
