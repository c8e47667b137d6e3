//! Signatures over a component, in the format of minisign: a text of four lines that stands beside the component. It
//! must not know which keys are trusted, or where a signature is kept.

mod claim;
mod key;
mod secret;

use std::fmt;
use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minisign::SignatureBox;

use crate::Plugin;
use crate::text::shown;
use claim::Claim;

pub use claim::ClaimError;
pub use key::{KeyError, KeyId, PublicKey};
pub use secret::{KeyFile, NewKey, Password, SigningKey};

/// What a signature's file is called: this at the end of the component's name.
pub const SIGNATURE_SUFFIX: &str = ".minisig";

/// Longer texts are not looked into: minisign's own take at most 8 KiB of comment.
pub const SIGNATURE_BYTES_MAX: usize = 16 * 1024;
const ALGORITHM_KEY_AND_SIGNATURE_BYTES: usize = 2 + 8 + 64;
const COMMENT_SIGNATURE_BYTES: usize = 64;

/// A signature that was read, and is not checked yet.
#[derive(Clone)]
pub struct Signature {
    text: String,
    parsed: SignatureBox,
}

/// Why a signature says nothing for a component.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum SignatureError {
    #[error(
        "the signature cannot be read ({message}): expected the four lines of a .minisig file; sign it again"
    )]
    Unreadable { message: String },
    #[error("the signature is of the old kind, over the file itself: sign it again without `-l`")]
    Legacy,
    #[error("the signature is by key {found}, expected key {expected}")]
    OtherKey { expected: KeyId, found: KeyId },
    #[error(
        "the signature by key {key} does not fit: the component, the signature or its comment was changed after it \
         was signed; get both again"
    )]
    Broken { key: KeyId },
    #[error("the signature by key {key} is not for this component: {claim}")]
    Claim { key: KeyId, claim: ClaimError },
}

impl Signature {
    /// Reads the text of a `.minisig` file.
    ///
    /// # Errors
    /// [`SignatureError::Unreadable`] or [`SignatureError::Legacy`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        check_lengths(text).map_err(|message| SignatureError::Unreadable { message })?;
        let parsed = SignatureBox::from_string(text)
            .map_err(|error| SignatureError::Unreadable { message: shown(&error.to_string()) })?;
        match parsed.is_prehashed() {
            true => Ok(Self { text: text.to_owned(), parsed }),
            false => Err(SignatureError::Legacy),
        }
    }

    /// As it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key that it says it is by.
    #[must_use]
    pub fn key(&self) -> KeyId {
        KeyId::of(self.parsed.keynum())
    }

    /// Whether `key` signed these bytes as this plugin, in this version.
    ///
    /// # Errors
    /// It did not; the error says what differs.
    pub fn check(&self, key: &PublicKey, component: &[u8], plugin: &Plugin) -> Result<(), SignatureError> {
        if self.key() != key.id() {
            return Err(SignatureError::OtherKey { expected: key.id(), found: self.key() });
        }
        let broken = || SignatureError::Broken { key: key.id() };
        let (quiet, print, legacy) = (true, false, false);
        minisign::verify(key.inner(), &self.parsed, Cursor::new(component), quiet, print, legacy)
            .map_err(|_| broken())?;
        let comment = self.parsed.trusted_comment().map_err(|_| broken())?;
        let claim = Claim::parse(&comment).and_then(|claim| claim.check(component, plugin));
        claim.map_err(|claim| SignatureError::Claim { key: key.id(), claim })
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(by {})", self.key())
    }
}

/// The library takes a signature of any length for whole.
fn check_lengths(text: &str) -> Result<(), String> {
    if text.len() > SIGNATURE_BYTES_MAX {
        return Err(format!("{} bytes, expected at most {SIGNATURE_BYTES_MAX}", text.len()));
    }
    let lines: Vec<&str> = text.lines().collect();
    let [_, signature, _, comment_signature] = lines[..] else {
        return Err(format!("{} lines, expected 4", lines.len()));
    };
    check_length("line 2", signature, ALGORITHM_KEY_AND_SIGNATURE_BYTES)?;
    check_length("line 4", comment_signature, COMMENT_SIGNATURE_BYTES)
}

fn check_length(line: &str, base64: &str, expected: usize) -> Result<(), String> {
    match STANDARD.decode(base64.trim()) {
        Ok(bytes) if bytes.len() == expected => Ok(()),
        Ok(bytes) => Err(format!("{line} holds {} bytes, expected {expected}", bytes.len())),
        Err(error) => Err(format!("{line} is not base64: {error}")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
