//! What the operator's tables hold: one struct a table, and how its rows are ordered.

mod cooldown;
mod model;
mod usage;

use patchbay_pool::Provider;
use patchbay_proxy::KeyHash;
use patchbay_quota::Limits;
use patchbay_store::{Key, Record, Table};
use patchbay_types::{AgentName, ProviderName, Timestamp};
use patchbay_vault::{Fingerprints, Sealed};
use serde::{Deserialize, Serialize};

pub(crate) use cooldown::{BucketRecord, CooldownRecord, Ended, PastRecord};
pub(crate) use model::VirtualModelRecord;
pub(crate) use usage::{DayRecord, SpentRecord, TotalRecord, UsageRecord, since};

/// A provider and its sealed credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProviderRecord {
    pub(crate) provider: Provider,
    pub(crate) sealed: Option<Sealed>,
    /// Not known of what was sealed before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed_at: Option<Timestamp>,
}

/// Which identity is in charge since the last rotation: written with everything that was sealed for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VaultRecord {
    /// Its public half.
    pub(crate) recipient: String,
    pub(crate) fingerprints: Fingerprints,
    pub(crate) rotated: Timestamp,
}

/// An agent's key: never the key itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    /// `key_` and 16 characters.
    pub(crate) id: String,
    pub(crate) agent: AgentName,
    pub(crate) hash: KeyHash,
    /// The key's first characters, so that a person can tell two apart.
    pub(crate) shown: String,
    pub(crate) created: Timestamp,
    /// The models that it may ask for: names, or beginnings of names that end with `*`. Empty: all.
    #[serde(default)]
    pub(crate) models: Vec<String>,
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// A plugin's secret, sealed for the name and the origins that stand beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SecretRecord {
    pub(crate) name: String,
    /// Each with scheme, host and port; sorted.
    pub(crate) origins: Vec<String>,
    pub(crate) sealed: Sealed,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl ProviderRecord {
    pub(crate) fn key_of(name: &ProviderName) -> Key {
        Key::new().text(name.as_str())
    }
}

impl Record for ProviderRecord {
    const TABLE: Table = Table("providers");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.provider.name)
    }
}

/// There is one.
impl Record for VaultRecord {
    const TABLE: Table = Table("vault");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new()
    }
}

impl Record for KeyRecord {
    const TABLE: Table = Table("keys");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(self.agent.as_str()).text(&self.id)
    }
}

impl SecretRecord {
    pub(crate) fn key_of(name: &str) -> Key {
        Key::new().text(name)
    }
}

impl Record for SecretRecord {
    const TABLE: Table = Table("plugin-secrets");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.name)
    }
}
