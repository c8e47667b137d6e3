//! `trust.toml`, in the host's folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::scope::{GrantScope, NameScope};
use super::{Bundled, Trust, TrustedKey};
use crate::PublicKey;
use crate::text::shown;

/// What the file is called.
pub const TRUST_FILE: &str = "trust.toml";

const FILE_BYTES_MAX: u64 = 1 << 20;
const KEYS_MAX: usize = 100;

/// Why the policy cannot be read. Then nothing should be loaded.
#[derive(thiserror::Error, Debug)]
pub enum TrustFileError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} has more than {FILE_BYTES_MAX} bytes: this is something else")]
    TooLarge { path: PathBuf },
    #[error("{path}, line {line}: {message}")]
    Text { path: PathBuf, line: usize, message: String },
    #[error("{path} has {count} keys, expected at most {KEYS_MAX}")]
    TooMany { path: PathBuf, count: usize },
    #[error("{path} has two keys named {name:?}: give each a name of its own")]
    Twice { path: PathBuf, name: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrust {
    /// Whoever writes this file wants to know whom he runs, unless he says otherwise.
    #[serde(default = "yes")]
    require_signatures: bool,
    #[serde(default, rename = "key")]
    keys: Vec<RawKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    name: String,
    #[serde(deserialize_with = "public_key")]
    public_key: PublicKey,
    names: NameScope,
    grants: GrantScope,
}

pub(super) fn load(path: &Path) -> Result<Option<Trust>, TrustFileError> {
    let read = |source: io::Error| TrustFileError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(read)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(TrustFileError::TooLarge { path: path.to_owned() });
    }
    parse(&text, path).map(Some)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Trust, TrustFileError> {
    let raw: RawTrust = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        TrustFileError::Text { path: path.to_owned(), line, message: error.message().replace('\n', ", ") }
    })?;
    check(&raw.keys, path)?;
    let keys = raw.keys.into_iter().map(|RawKey { name, public_key: key, names, grants }| TrustedKey {
        name,
        key,
        names,
        grants,
    });
    Ok(Trust { keys: keys.collect(), requires_signatures: raw.require_signatures, bundled: Bundled::none() })
}

fn check(keys: &[RawKey], path: &Path) -> Result<(), TrustFileError> {
    let path = path.to_owned();
    if keys.len() > KEYS_MAX {
        return Err(TrustFileError::TooMany { path, count: keys.len() });
    }
    let mut names = BTreeSet::new();
    match keys.iter().find(|key| !names.insert(key.name.as_str())) {
        Some(key) => Err(TrustFileError::Twice { path, name: shown(&key.name) }),
        None => Ok(()),
    }
}

fn public_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
    PublicKey::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn yes() -> bool {
    true
}
