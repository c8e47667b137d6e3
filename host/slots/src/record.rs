//! What the store keeps of a slot and its generations.

use patchbay_store::{Key, KeyRange, Record, Table};
use patchbay_types::{Digest, GenerationId, SlotName, Timestamp};
use serde::{Deserialize, Serialize};

/// One slot: which generation is in charge, and the number that the next one gets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlotRecord {
    pub slot: SlotName,
    /// None: the slot's failure mode answers (for `routing`, the native policy).
    pub active: Option<u64>,
    pub next: u64,
}

/// One generation: what it is and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GenerationRecord {
    pub slot: SlotName,
    pub number: u64,
    pub digest: Digest,
    /// From the plugin's manifest.
    pub name: String,
    pub version: String,
    pub contract: String,
    /// The configuration that it lives with, as JSON.
    pub config: String,
    pub origin: Origin,
    pub state: State,
    /// Why it is quarantined, or what it came back from.
    pub reason: Option<String>,
    pub created: Timestamp,
}

/// How a generation came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It came with the host.
    Bundled,
    /// An operator loaded it.
    Load,
    /// An operator, or the budget, went back to it.
    Rollback,
    /// Its configuration changed while the host was down.
    Config,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Active,
    /// Replaced, with requests that still hold it. Only while the host runs.
    Draining,
    Retired,
    /// Taken out for good.
    Quarantined,
}

impl GenerationRecord {
    #[must_use]
    pub fn id(&self) -> GenerationId {
        GenerationId { slot: self.slot.clone(), number: self.number }
    }

    /// Whether both are the same component with the same configuration.
    #[must_use]
    pub fn same_content(&self, other: &GenerationRecord) -> bool {
        self.digest == other.digest && self.config == other.config
    }

    pub(crate) fn range(slot: &SlotName) -> KeyRange {
        Key::new().text(slot.as_str()).prefix()
    }

    pub(crate) fn key_of(slot: &SlotName, number: u64) -> Key {
        Key::new().text(slot.as_str()).number(number)
    }
}

impl Record for GenerationRecord {
    const TABLE: Table = Table("generations");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.slot, self.number)
    }
}

impl Record for SlotRecord {
    const TABLE: Table = Table("slots");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(self.slot.as_str())
    }
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Quarantined => "quarantined",
        }
    }
}
