//! What the operator's tables hold: one struct a table, and how its rows are ordered.

use patchbay_meter::{UsageKey, UsageRow};
use patchbay_pool::{BucketFill, Cooldown, Provider};
use patchbay_proxy::KeyHash;
use patchbay_store::{Key, KeyRange, Record, Table};
use patchbay_types::{AgentName, ProviderId, ProviderName, Timestamp};
use patchbay_vault::{Fingerprints, Sealed};
use serde::{Deserialize, Serialize};

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

/// The usage of one hour, provider, model and agent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct UsageRecord {
    pub(crate) key: UsageKey,
    pub(crate) row: UsageRow,
}

/// All usage there ever was, in one row: written with every row of usage.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TotalRecord {
    pub(crate) row: UsageRow,
}

/// A cooldown that has not ended by a good answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct CooldownRecord {
    pub(crate) cooldown: Cooldown,
}

/// How much of a provider's minute was used when this was written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct BucketRecord {
    pub(crate) fill: BucketFill,
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

impl UsageRecord {
    pub(crate) fn key_of(key: &UsageKey) -> Key {
        let UsageKey { hour, provider, model, agent } = key;
        Key::new().number(hour.0).text(provider.as_str()).text(model).text(agent.as_str())
    }

    /// From an hour on.
    pub(crate) fn since(hour: Timestamp) -> KeyRange {
        let all = Key::new().prefix();
        // Rows lie at whole hours, so none is at the millisecond before one.
        hour.0.checked_sub(1).map_or(all.clone(), |before| all.after(&Key::new().number(before)))
    }
}

impl Record for UsageRecord {
    const TABLE: Table = Table("usage");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.key)
    }
}

impl Record for TotalRecord {
    const TABLE: Table = Table("usage-total");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new()
    }
}

impl CooldownRecord {
    pub(crate) fn key_of(cooldown: &Cooldown) -> Key {
        Key::new().text(cooldown.provider.as_str()).text(cooldown.model.as_deref().unwrap_or_default())
    }

    pub(crate) fn of_provider(id: &ProviderId) -> KeyRange {
        Key::new().text(id.as_str()).prefix()
    }
}

/// No model has an empty name, so a provider's own cooldown stands first among its models'.
impl Record for CooldownRecord {
    const TABLE: Table = Table("cooldowns");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.cooldown)
    }
}

impl BucketRecord {
    pub(crate) fn key_of(id: &ProviderId) -> Key {
        Key::new().text(id.as_str())
    }
}

impl Record for BucketRecord {
    const TABLE: Table = Table("buckets");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.fill.provider)
    }
}
