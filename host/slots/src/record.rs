//! What the store keeps of slots and their generations.

use patchbay_store::{Key, KeyRange, Record, Table};
use patchbay_types::{Digest, GenerationId, Grants, SlotName, Timestamp};
use serde::{Deserialize, Serialize};

/// One slot: which generation is in charge, which is on trial, and the number that the next one gets.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SlotRecord {
    pub slot: SlotName,
    /// None: the slot's failure mode answers (for `routing`, the native policy).
    pub active: Option<u64>,
    #[serde(default)]
    pub trial: Option<TrialRecord>,
    pub next: u64,
}

/// A generation on trial.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TrialRecord {
    pub number: u64,
    pub mode: TrialMode,
}

/// How a candidate is tried.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialMode {
    /// It is asked what the active one was asked, and its answers have no effect.
    Shadow {
        /// The share of calls, 0 to 1.
        sample: f64,
    },
    /// It decides for some.
    Canary {
        /// The share of requests or tasks, 0 to 100.
        percent: f64,
    },
}

/// The order in which a chain's slots are asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct ChainRecord {
    pub(crate) kind: String,
    pub(crate) order: Vec<SlotName>,
}

/// One generation: what it is and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
    /// What it may, and which part of that the operator gave beyond its manifest.
    #[serde(default)]
    pub grants: Grants,
    #[serde(default)]
    pub granted: Grants,
    /// What the secrets were that it may use: changes when one of them does.
    #[serde(default)]
    pub secrets: String,
    /// Whose signature it was loaded with, by the name in `trust.toml`.
    #[serde(default)]
    pub signed_by: Option<String>,
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
    /// Its configuration, or a secret of it, changed.
    Config,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// On trial: it hears what the active one hears.
    Shadow,
    /// On trial: it decides for some.
    Canary,
    Active,
    /// In charge or on trial, but not in memory: nobody has asked for it since the start. Only while the host runs.
    NotLoaded,
    /// Replaced, with calls that still hold it. Only while the host runs.
    Draining,
    Retired,
    /// Was tried, and not put in charge.
    Discarded,
    /// Taken out for good.
    Quarantined,
}

impl GenerationRecord {
    #[must_use]
    pub fn id(&self) -> GenerationId {
        GenerationId { slot: self.slot.clone(), number: self.number }
    }

    /// `name@version`.
    #[must_use]
    pub fn plugin(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether both are the same component with the same configuration, grants and secrets.
    #[must_use]
    pub fn same_content(&self, other: &GenerationRecord) -> bool {
        self.digest == other.digest
            && self.config == other.config
            && self.grants == other.grants
            && self.secrets == other.secrets
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

impl SlotRecord {
    pub(crate) fn fresh(slot: SlotName) -> Self {
        Self { slot, active: None, trial: None, next: 1 }
    }

    pub(crate) fn key_of(slot: &SlotName) -> Key {
        Key::new().text(slot.as_str())
    }
}

impl Record for SlotRecord {
    const TABLE: Table = Table("slots");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.slot)
    }
}

impl Record for ChainRecord {
    const TABLE: Table = Table("chains");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(&self.kind)
    }
}

impl TrialMode {
    pub(crate) fn state(self) -> State {
        match self {
            Self::Shadow { .. } => State::Shadow,
            Self::Canary { .. } => State::Canary,
        }
    }
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Canary => "canary",
            Self::Active => "active",
            Self::NotLoaded => "not-loaded",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
            Self::Quarantined => "quarantined",
        }
    }
}
