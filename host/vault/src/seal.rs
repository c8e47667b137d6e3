//! One age payload for each thing that is sealed: JSON with a version, for an identity and the vault's extra recipients.
//! What a payload says, and for whom it is, is the business of `credential` and `secret`. It must not know where records
//! lie.

use std::fmt;
use std::path::PathBuf;

use age::x25519::{Identity, Recipient};
use age::{DecryptError, EncryptError};
use patchbay_types::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::{Vault, age_file};

pub(crate) const VERSION: u32 = 1;
/// In JSON, one byte of text takes at most six (`\u0000`).
const ESCAPED_BYTES_MAX: usize = 6;
/// The payload's own names, quotes and brackets.
const FRAME_BYTES: usize = 256;

/// A credential or a secret as age's armored text: `age -d -i IDENTITY` opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// What lies in a sealed text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A provider's key.
    Credential,
    /// What a plugin may have filled in.
    Secret,
    /// What fingerprints are made with.
    Fingerprints,
}

/// Why something was not sealed.
#[derive(thiserror::Error, Debug)]
pub enum SealError {
    #[error("cannot put {what} into its payload: {source}")]
    Payload { what: Box<str>, source: serde_json::Error },
    #[error("cannot seal {what}: {source}")]
    Age { what: Box<str>, source: EncryptError },
}

/// Why a sealed text was not opened. No variant holds any of what is in it.
#[derive(thiserror::Error, Debug)]
pub enum OpenError {
    #[error(
        "the {kind} was sealed for another identity than {identity}: restore the identity file that it was sealed \
         with, or set the {kind} again"
    )]
    OtherIdentity { kind: Kind, identity: PathBuf },
    #[error("the sealed {kind} is damaged ({reason}): set the {kind} again")]
    Damaged { kind: Kind, reason: String },
    #[error("the sealed {kind} has version {found}, expected {VERSION}: it was written by a newer patchbay")]
    Version { kind: Kind, found: u32 },
    #[error(
        "the {kind} is bound to {what} {found}, but was to be used for {expected}: it is not sent there; set the \
         {kind} again if the change is meant"
    )]
    Bound {
        kind: Kind,
        /// `provider` and `origin` of a credential, `name` and `origins` of a secret.
        what: &'static str,
        /// What it was to be used for.
        expected: String,
        /// What it was sealed for.
        found: String,
    },
}

/// A secret text of a payload: overwritten when it is dropped, also if what comes behind it does not parse.
pub(crate) struct Text(pub(crate) Secret<String>);

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

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "credential",
            Self::Secret => "secret",
            Self::Fingerprints => "fingerprint key",
        })
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

impl OpenError {
    /// Why, without a path, a name or an origin: for those who may not see them.
    #[must_use]
    pub fn in_short(&self) -> &'static str {
        match self {
            Self::OtherIdentity { .. } => "it was sealed for another identity",
            Self::Damaged { .. } => "it is damaged",
            Self::Version { .. } => "it was written by a newer patchbay",
            Self::Bound { .. } => "it is bound to something else",
        }
    }
}

impl Vault {
    /// `text_bytes` are those of all texts in the payload.
    pub(crate) fn seal_payload(
        &self,
        to: &Recipient,
        (kind, owner): (Kind, &str),
        payload: &impl Serialize,
        text_bytes: usize,
    ) -> Result<Sealed, SealError> {
        let what = || format!("the {kind} {owner}").into();
        let payload =
            json(payload, text_bytes).map_err(|source| SealError::Payload { what: what(), source })?;
        let to: Vec<&Recipient> =
            std::iter::once(to).chain(self.recipients().iter().map(|extra| &extra.0)).collect();
        age_file::encrypt(&to, &payload).map(Sealed).map_err(|source| SealError::Age { what: what(), source })
    }

    pub(crate) fn open_payload<T: DeserializeOwned>(
        &self,
        kind: Kind,
        sealed: &Sealed,
    ) -> Result<T, OpenError> {
        let plain = self.decrypt(sealed.0.as_bytes()).map_err(|error| self.explain(kind, error))?;
        // The parser's own message may quote what it read, so it is dropped.
        let Header { version } = serde_json::from_slice(&plain).map_err(|_| another_kind(kind))?;
        if version != VERSION {
            return Err(OpenError::Version { kind, found: version });
        }
        serde_json::from_slice(&plain).map_err(|_| another_kind(kind))
    }

    /// Whether the identity in charge opens it, and not only one of earlier times.
    #[must_use]
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        age_file::decrypt(sealed.0.as_bytes(), std::iter::once(&self.ring().current)).is_ok()
    }

    /// The earlier identities are asked only if the present ones do not fit.
    pub(crate) fn decrypt(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        let ring = self.ring();
        let present: Vec<&Identity> = std::iter::once(&ring.current).chain(&ring.pending).collect();
        match age_file::decrypt(file, present.into_iter()) {
            Err(DecryptError::NoMatchingKeys) => age_file::decrypt(file, self.old().iter()),
            done => done,
        }
    }

    fn explain(&self, kind: Kind, error: DecryptError) -> OpenError {
        match error {
            DecryptError::NoMatchingKeys => {
                OpenError::OtherIdentity { kind, identity: self.path().to_owned() }
            }
            error => OpenError::Damaged { kind, reason: error.to_string() },
        }
    }
}

/// Something of this identity's was opened that is not what it is held to be.
pub(crate) fn another_kind(kind: Kind) -> OpenError {
    OpenError::Damaged { kind, reason: format!("it does not hold a {kind}") }
}

pub(crate) fn same(kind: Kind, what: &'static str, expected: &str, found: String) -> Result<(), OpenError> {
    if expected == found {
        return Ok(());
    }
    Err(OpenError::Bound { kind, what, expected: expected.to_owned(), found })
}

/// Large enough from the start: a buffer that grows leaves copies behind that nobody overwrites.
fn json(payload: &impl Serialize, text_bytes: usize) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text_bytes * ESCAPED_BYTES_MAX + FRAME_BYTES));
    serde_json::to_writer(&mut *bytes, payload)?;
    Ok(bytes)
}
