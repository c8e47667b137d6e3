//! What a key is trusted for: names of plugins, kinds of grants.

use std::fmt;

use patchbay_types::Grants;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::text::shown;

const ENTRIES_MAX: usize = 100;
const PATTERN_BYTES_MAX: usize = 64;
const GRANTS: [&str; 7] = ["files", "http", "kv", "llm", "process", "secrets", "wasi"];
const ANY: &str = "*";

/// Names, or beginnings of names: `acme-route`, `acme-*`, `*`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NameScope(Vec<String>);

/// Kinds of grants, or `*` for every one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct GrantScope(Vec<String>);

impl NameScope {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix(ANY) {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        })
    }
}

impl GrantScope {
    /// The kinds in `grants` that are not in the scope.
    pub(super) fn beyond(&self, grants: &Grants) -> Vec<&'static str> {
        let mut kinds = kinds(grants);
        kinds.retain(|kind| !self.0.iter().any(|allowed| allowed == ANY || allowed == kind));
        kinds
    }
}

fn kinds(grants: &Grants) -> Vec<&'static str> {
    let Grants { kv, http, secrets, llm, process, files, wasi } = grants;
    let named = [
        files.is_some(),
        http.is_some(),
        kv.is_some(),
        llm.is_some(),
        process.is_some(),
        secrets.is_some(),
        wasi.is_some(),
    ];
    GRANTS.into_iter().zip(named).filter(|(_, named)| *named).map(|(kind, _)| kind).collect()
}

impl fmt::Display for NameScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("no name"),
            false => f.write_str(&self.0.join(", ")),
        }
    }
}

impl fmt::Display for GrantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("no grants"),
            false => write!(f, "grants for {}", self.0.join(", ")),
        }
    }
}

impl<'de> Deserialize<'de> for NameScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        entries(deserializer, is_pattern, "a name of a plugin, its beginning and a *, or *").map(Self)
    }
}

impl<'de> Deserialize<'de> for GrantScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_grant = |entry: &str| entry == ANY || GRANTS.contains(&entry);
        entries(deserializer, is_grant, "*, or one of files, http, kv, llm, process, secrets, wasi").map(Self)
    }
}

fn entries<'de, D: Deserializer<'de>>(
    deserializer: D,
    is_right: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<Vec<String>, D::Error> {
    let entries = Vec::<String>::deserialize(deserializer)?;
    if entries.len() > ENTRIES_MAX {
        return Err(D::Error::custom(format!("{} entries, expected at most {ENTRIES_MAX}", entries.len())));
    }
    match entries.iter().find(|entry| !is_right(entry)) {
        Some(wrong) => Err(D::Error::custom(format!("{:?}: expected {expected}", shown(wrong)))),
        None => Ok(entries),
    }
}

fn is_pattern(pattern: &str) -> bool {
    let beginning = pattern.strip_suffix(ANY).unwrap_or(pattern);
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !pattern.is_empty() && pattern.len() <= PATTERN_BYTES_MAX && beginning.bytes().all(allowed)
}
