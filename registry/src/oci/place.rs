//! Where a component lies in a registry: `HOST/REPOSITORY:TAG`, `HOST/REPOSITORY@sha256:…`, or with both. A tag is a
//! name that its owner may move; a digest is not.

use std::fmt;
use std::str::FromStr;

use oci_client::Reference;
use patchbay_types::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::shown;

const TEXT_BYTES_MAX: usize = 512;

/// A reference that names its registry, and a tag or a digest: nothing of it is guessed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    reference: Reference,
    digest: Option<Digest>,
}

/// Why a text is not a place.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
#[error("{text:?} is not a reference ({message}): expected HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…")]
pub struct PlaceError {
    text: String,
    message: String,
}

impl Place {
    /// The registry, with its port if it names one.
    #[must_use]
    pub fn registry(&self) -> &str {
        self.reference.registry()
    }

    /// Of the artefact that holds the component.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The same place, for good.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> Self {
        let (registry, repository) = (self.registry().to_owned(), self.reference.repository().to_owned());
        let reference = match self.reference.tag() {
            Some(tag) => {
                Reference::with_tag_and_digest(registry, repository, tag.to_owned(), digest.to_string())
            }
            None => Reference::with_digest(registry, repository, digest.to_string()),
        };
        Self { reference, digest: Some(*digest) }
    }

    /// What stands before the digest.
    #[must_use]
    pub fn unpinned(&self) -> String {
        let text = self.to_string();
        text.split_once('@').map_or(text.clone(), |(before, _)| before.to_owned())
    }

    pub(super) fn is_loopback(&self) -> bool {
        let host = self.registry().rsplit_once(':').map_or(self.registry(), |(host, _)| host);
        let address: Option<std::net::Ipv4Addr> = host.parse().ok();
        host == "localhost" || address.is_some_and(|address| address.is_loopback())
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let wrong = |message: &str| PlaceError { text: shown(text), message: message.to_owned() };
        if text.len() > TEXT_BYTES_MAX {
            return Err(wrong("too long"));
        }
        let (host, path) = text.split_once('/').ok_or_else(|| wrong("no registry"))?;
        if host != "localhost" && !host.contains(['.', ':']) {
            return Err(wrong("no registry"));
        }
        if !path.contains([':', '@']) {
            return Err(wrong("neither a tag nor a digest"));
        }
        let reference: Reference = text.parse().map_err(|error| wrong(&format!("{error}")))?;
        let digest = match reference.digest().map(str::parse) {
            None => None,
            Some(Ok(digest)) => Some(digest),
            Some(Err(_)) => return Err(wrong("its digest is not sha256")),
        };
        Ok(Self { reference, digest })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
