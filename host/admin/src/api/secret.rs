//! The name of a plugin's secret, checked before anything is done with it: it stands in paths and in manifests.

use std::fmt;
use std::str::FromStr;

const NAME_BYTES_MAX: usize = 64;
/// Of what was given, in characters, where a message repeats it.
const QUOTE_CHARACTERS_MAX: usize = 100;

/// 1 to 64 of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`, in which no path can end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretName(String);

/// Why a text is not the name of a secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is not the name of a secret: expected 1 to 64 of a-z A-Z 0-9 . _ -")]
pub struct SecretNameError(String);

impl SecretName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretName {
    type Err = SecretNameError;

    fn from_str(text: &str) -> Result<Self, SecretNameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let fits = (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed);
        match fits && !matches!(text, "." | "..") {
            true => Ok(Self(text.to_owned())),
            false => Err(SecretNameError(text.chars().take(QUOTE_CHARACTERS_MAX).collect())),
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_letters_and_its_bounds() {
        let longest = "n".repeat(64);
        for name in ["_a.B-9", "-", "...", &longest] {
            assert_eq!(name.parse::<SecretName>().unwrap().as_str(), name);
        }
        for wrong in ["", ".", "..", "a b", "a/b", "é", &"n".repeat(65)] {
            assert!(wrong.parse::<SecretName>().is_err(), "{wrong:?} was taken");
        }
    }
}
