//! Semantic versions (semver.org, 2.0.0), as far as they are read and shown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const TEXT_BYTES_MAX: usize = 64;

/// `MAJOR.MINOR.PATCH`, then `-pre-release` and `+build` if any.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Version(String);

/// Why a text is not a version.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("{0:?} is not a version: expected MAJOR.MINOR.PATCH, such as 1.2.0 or 1.2.0-beta.1")]
pub struct VersionError(String);

impl Version {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        match text.len() <= TEXT_BYTES_MAX && is_version(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(VersionError(text.chars().take(TEXT_BYTES_MAX).collect())),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn is_version(text: &str) -> bool {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && pre.is_none_or(|pre| pre.split('.').all(|part| is_word(part) && !has_leading_zero(part)))
        && build.is_none_or(|build| build.split('.').all(is_word))
}

fn is_number(part: &str) -> bool {
    part.parse::<u64>().is_ok() && is_digits(part) && !has_leading_zero(part)
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_digits(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(part: &str) -> bool {
    part.len() > 1 && part.starts_with('0') && is_digits(part)
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_semantic_or_refused() {
        for text in ["0.1.0", "1.2.3-beta.1+build.05", "10.20.30", "1.0.0-0a", "1.0.0-a-b"] {
            assert!(text.parse::<Version>().is_ok(), "{text} was refused");
        }
        let wrong = ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3-01", "v1.2.3", "+1.2.3"];
        for text in wrong {
            assert!(text.parse::<Version>().is_err(), "{text} was taken");
        }
        assert!("9".repeat(30).parse::<Version>().is_err());
        assert!(format!("1.2.3-{}", "a".repeat(100)).parse::<Version>().is_err());
    }
}
