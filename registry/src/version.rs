//! Semantic versions (semver.org, 2.0.0): read, shown, compared.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const TEXT_BYTES_MAX: usize = 64;

/// `MAJOR.MINOR.PATCH`, then `-pre-release` and `+build` if any. In the order of the standard, and where that sees no
/// difference, of the builds.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    parsed: semver::Version,
}

/// Why a text is not a version.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("{0:?} is not a version: expected MAJOR.MINOR.PATCH, such as 1.2.0 or 1.2.0-beta.1")]
pub struct VersionError(String);

impl Version {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether going from `other` to this one is a step back. Another build of the same version is none.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.parsed.cmp_precedence(&other.parsed) == Ordering::Less
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let wrong = || VersionError(text.chars().take(TEXT_BYTES_MAX).collect());
        if text.len() > TEXT_BYTES_MAX {
            return Err(wrong());
        }
        let parsed = semver::Version::parse(text).map_err(|_| wrong())?;
        Ok(Self { text: text.to_owned(), parsed })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // The builds 1 and 01 are alike to the crate, and are two texts.
        self.parsed.cmp(&other.parsed).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
