//! What must outlive the process, and the port through which it leaves. It must not know who keeps it.

use patchbay_types::{ProviderId, ProviderName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

/// Keeps what must last. Calls come in the order in which things happened, on the request path and under an
/// endpoint's lock: an implementation hands the value on at once, never blocks, and never calls the pool.
pub trait Keeper: Send + Sync + 'static {
    /// A cooldown has started, was prolonged, or was cleared.
    fn cooling(&self, change: CooldownChange);
}

/// A cooldown of a provider, or of one of its models.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cooldown {
    pub provider: ProviderId,
    pub name: ProviderName,
    /// Canonical; none if the whole provider cools.
    pub model: Option<String>,
    /// Which in a row this is, from 1: the next one is twice as long.
    pub count: u32,
    pub started: Timestamp,
    pub until: Timestamp,
    /// The first 200 characters of the provider's answer, its credential taken out.
    pub reason: String,
}

/// What became of a cooldown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CooldownChange {
    pub change: Change,
    pub at: Timestamp,
    pub cooldown: Cooldown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// A new one, or the next in a row.
    Started,
    /// The same one ends later.
    Prolonged,
    /// A probe was answered well, or the operator ended it.
    Cleared,
}

/// How much of a provider's minute is used: coarse, so that a restart does not hand out a fresh one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BucketFill {
    pub provider: ProviderId,
    /// Requests sent in the 60 s before `at`.
    pub used: u32,
    /// Tokens used in them; zero where they are not counted.
    #[serde(default)]
    pub tokens: Tokens,
    pub at: Timestamp,
}
