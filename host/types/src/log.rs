//! What is told: to programs that watch (events), to a later reader who asks who did it (audit), to a person (reports).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Something that happened. Appended in the transaction that made it true.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    pub at: Timestamp,
    /// A stable word: `generation.activated`, `provider.cooling`.
    pub kind: String,
    /// What it happened to: `routing/17`, `provider/openai`.
    pub subject: String,
    /// One sentence.
    pub message: String,
}

/// Who changed what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Audit {
    pub at: Timestamp,
    /// `cli`, `host`.
    pub actor: String,
    /// `provider.add`, `plugin.load`.
    pub action: String,
    pub subject: String,
    /// What was set, without secrets.
    pub detail: String,
}

/// Something that an owner must hear. It waits in the outbox until a notifier has delivered it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    pub at: Timestamp,
    pub severity: Severity,
    pub subject: String,
    /// One line.
    pub title: String,
    /// What happened, what the host did about it, what a person can do.
    pub body: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}
