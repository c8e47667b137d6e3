//! Whom something is sealed for: the public half of an age identity. It must not know who holds the other half.

use std::fmt;
use std::str::FromStr;

use age::x25519;

/// Of what was given, in characters, where a message repeats it.
const QUOTE_CHARACTERS_MAX: usize = 100;

/// `age1…`, as `age-keygen` prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(pub(crate) x25519::Recipient);

/// Why a text is not a recipient.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{found:?} is not a recipient of age ({reason}): expected age1 and 58 characters, as age-keygen -y prints it"
)]
pub struct RecipientError {
    found: String,
    reason: &'static str,
}

impl FromStr for Recipient {
    type Err = RecipientError;

    fn from_str(text: &str) -> Result<Self, RecipientError> {
        let wrong = |reason| {
            // Whoever mixes up the two halves must not find the secret one in a log.
            let found = match text.to_ascii_uppercase().starts_with("AGE-SECRET") {
                true => "AGE-SECRET-KEY-…".to_owned(),
                false => text.chars().take(QUOTE_CHARACTERS_MAX).collect(),
            };
            RecipientError { found, reason }
        };
        text.parse().map(Self).map_err(wrong)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
