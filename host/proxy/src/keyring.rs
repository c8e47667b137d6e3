//! Which key belongs to which agent, and what it may use. Only hashes are kept: whoever reads them cannot use them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use patchbay_quota::Account;
use patchbay_types::{AgentName, Digest};
use serde::{Deserialize, Serialize};

/// SHA-256 of a key. Keys carry over 250 bits of randomness, so a slow hash would protect nothing; looking one up by
/// its hash also leaves no timing to learn from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(Digest);

/// A key that is valid.
#[derive(Clone)]
pub struct KeyEntry {
    /// `key_…`
    pub id: Arc<str>,
    pub hash: KeyHash,
    pub agent: AgentName,
    /// The models that it may ask for: names, or beginnings of names that end with `*`. Empty: all.
    pub models: Arc<[String]>,
    /// What it has used. It lives on when the entry is replaced.
    pub account: Arc<Account>,
}

/// Who asks.
pub(crate) enum Holder {
    /// A client.
    Key(Arc<KeyEntry>),
    /// The host itself, on behalf of this agent.
    Host(AgentName),
}

/// All valid keys. Cheap to clone; a change is seen by the next request.
#[derive(Clone, Default)]
pub struct Keyring {
    keys: Arc<ArcSwap<HashMap<KeyHash, Arc<KeyEntry>>>>,
}

impl KeyHash {
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Digest::of(key.as_bytes()))
    }
}

impl Holder {
    pub(crate) fn agent(&self) -> &AgentName {
        match self {
            Self::Key(key) => &key.agent,
            Self::Host(agent) => agent,
        }
    }

    /// None for the host itself.
    pub(crate) fn key(&self) -> Option<&Arc<KeyEntry>> {
        match self {
            Self::Key(key) => Some(key),
            Self::Host(_) => None,
        }
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl KeyEntry {
    /// Whether it may ask for this model.
    #[must_use]
    pub fn allows(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| fits(pattern, model))
    }

    /// Whether there are models that it may not ask for.
    #[must_use]
    pub fn is_bound_to_models(&self) -> bool {
        !self.models.is_empty()
    }
}

fn fits(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => model == pattern,
    }
}

impl Keyring {
    /// Replaces all keys.
    pub fn set(&self, entries: Vec<KeyEntry>) {
        let keys = entries.into_iter().map(|entry| (entry.hash, Arc::new(entry))).collect();
        self.keys.store(Arc::new(keys));
    }

    /// Whose key this is.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<Arc<KeyEntry>> {
        self.keys.load().get(&KeyHash::of(key)).cloned()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.load().is_empty()
    }
}
