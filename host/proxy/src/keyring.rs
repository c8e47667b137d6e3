//! Which key belongs to which agent. Only hashes are kept: whoever reads them cannot use them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use patchbay_types::{AgentName, Digest};
use serde::{Deserialize, Serialize};

/// SHA-256 of a key. Keys carry over 250 bits of randomness, so a slow hash would protect nothing; looking one up by
/// its hash also leaves no timing to learn from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(Digest);

/// A key that is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyEntry {
    pub hash: KeyHash,
    pub agent: AgentName,
}

/// All valid keys. Cheap to clone; a change is seen by the next request.
#[derive(Clone, Default)]
pub struct Keyring {
    agents: Arc<ArcSwap<HashMap<KeyHash, AgentName>>>,
}

impl KeyHash {
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Digest::of(key.as_bytes()))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Keyring {
    /// Replaces all keys.
    pub fn set(&self, entries: Vec<KeyEntry>) {
        let agents = entries.into_iter().map(|entry| (entry.hash, entry.agent)).collect();
        self.agents.store(Arc::new(agents));
    }

    /// Whose key this is.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<AgentName> {
        self.agents.load().get(&KeyHash::of(key)).cloned()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.agents.load().is_empty()
    }
}
