//! The tables of what the pool must remember: cooldowns that stand, cooldowns that were, and how much of each minute is
//! used.

use patchbay_pool::{BucketFill, Cooldown};
use patchbay_store::{Key, KeyRange, Record, Table};
use patchbay_types::{ProviderId, Timestamp};
use serde::{Deserialize, Serialize};

/// A cooldown that has not ended by a good answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct CooldownRecord {
    pub(crate) cooldown: Cooldown,
}

/// A cooldown that began, for good: what it was, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct PastRecord {
    pub(crate) cooldown: Cooldown,
    /// None while it stands, and if nobody saw it end.
    pub(crate) end: Option<Timestamp>,
    /// None while it stands.
    pub(crate) ended: Option<Ended>,
}

/// How a cooldown ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ended {
    /// A probe was answered well.
    Probe,
    /// The operator ended it.
    Cleared,
    /// Its time was up, and the probe began the next in a row.
    Expired,
    /// It was gone without that anybody saw its end: its provider or model was removed, or the host was killed.
    Unknown,
}

/// How much of a provider's minute was used when this was written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct BucketRecord {
    pub(crate) fill: BucketFill,
}

impl CooldownRecord {
    pub(crate) fn key_of(cooldown: &Cooldown) -> Key {
        Key::new().text(cooldown.provider.as_str()).text(cooldown.model.as_deref().unwrap_or_default())
    }

    pub(crate) fn of_provider(id: &ProviderId) -> KeyRange {
        Key::new().text(id.as_str()).prefix()
    }
}

impl PastRecord {
    /// The last moment of which it is known that it stood: one that stands has no last one.
    pub(crate) fn last(&self) -> Timestamp {
        match self.ended {
            None => Timestamp(u64::MAX),
            Some(_) => self.end.unwrap_or(self.cooldown.until),
        }
    }
}

impl Ended {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Cleared => "cleared",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
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

/// The oldest stand first.
impl Record for PastRecord {
    const TABLE: Table = Table("cooldown-history");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        let Cooldown { provider, model, count, started, .. } = &self.cooldown;
        let model = model.as_deref().unwrap_or_default();
        Key::new().number(started.0).text(provider.as_str()).text(model).number(u64::from(*count))
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
