//! Public keys as minisign writes them: a line of base64, below a comment.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::text::shown;

const PUBLIC_KEY_BYTES: usize = 2 + 8 + 32;

/// A key's number, as minisign shows it: it tells keys apart and proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(u64);

/// What signatures are checked with.
#[derive(Clone)]
pub struct PublicKey(minisign::PublicKey);

/// Why a key cannot be used.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum KeyError {
    #[error(
        "not a public key ({message}): expected the .pub file that `patchbay keygen` or minisign wrote, or its \
         second line"
    )]
    Public { message: String },
    #[error(
        "not a secret key: expected the two lines of the .key file that `patchbay keygen` or minisign wrote"
    )]
    Secret,
    #[error("the secret key cannot be opened: {message}")]
    Locked { message: String },
    #[error("cannot make a key: {message}")]
    Make { message: String },
    #[error("cannot sign: {message}")]
    Sign { message: String },
}

impl KeyId {
    pub(super) fn of(number: &[u8]) -> Self {
        Self(<[u8; 8]>::try_from(number).map_or(0, u64::from_le_bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl PublicKey {
    /// Reads the line, or the whole file, whose second line it is.
    ///
    /// # Errors
    /// [`KeyError::Public`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let wrong = |message: String| KeyError::Public { message };
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let ([line] | [_, line]) = lines[..] else {
            return Err(wrong(format!("{} lines", lines.len())));
        };
        let bytes = STANDARD.decode(line).map_err(|error| wrong(error.to_string()))?;
        if bytes.len() != PUBLIC_KEY_BYTES {
            return Err(wrong(format!("{} bytes, expected {PUBLIC_KEY_BYTES}", bytes.len())));
        }
        minisign::PublicKey::from_bytes(&bytes).map(Self).map_err(|error| wrong(shown(&error.to_string())))
    }

    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(self.0.keynum())
    }

    /// The line of base64.
    #[must_use]
    pub fn line(&self) -> String {
        self.0.to_base64()
    }

    pub(super) fn of(key: minisign::PublicKey) -> Self {
        Self(key)
    }

    pub(super) fn inner(&self) -> &minisign::PublicKey {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
