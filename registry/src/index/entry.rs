//! What the index says of one component.

use std::fmt;
use std::str::FromStr;

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::shown;

const SOURCE_BYTES_MAX: usize = 1024;
const OCI: &str = "oci:";

/// One version of one plugin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Of the component; by it the component store has it.
    pub digest: Digest,
    /// Texts of minisign; none of them was judged.
    pub signatures: Vec<String>,
    pub provenance: Provenance,
}

/// Where a component came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    pub source: Source,
    pub at: Timestamp,
}

/// `file`, `bundled`, or `oci:REFERENCE`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    File,
    Bundled,
    Oci(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Bundled => f.write_str("bundled"),
            Self::Oci(reference) => write!(f, "{OCI}{reference}"),
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix(OCI)) {
            ("file", _) => Ok(Self::File),
            ("bundled", _) => Ok(Self::Bundled),
            (_, Some(reference)) if text.len() <= SOURCE_BYTES_MAX => Ok(Self::Oci(reference.to_owned())),
            _ => Err(format!("source {:?}: expected file, bundled or oci:REFERENCE", shown(text))),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
