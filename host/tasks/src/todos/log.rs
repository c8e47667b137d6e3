//! What was written of the work on a task, and how two such logs become one. It must not know files.

use std::collections::BTreeMap;

use patchbay_types::{Timestamp, Written};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Entries of one log; of more the oldest go.
pub const LOG_MAX: usize = 10_000;

/// One entry, as the file has it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct LogEntry {
    /// RFC 3339 or milliseconds since 1970; a time without zone counts as UTC.
    #[serde(default)]
    pub timestamp: Value,
    #[serde(default)]
    pub stage: String,
    #[serde(default)]
    pub message: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
    /// Fields that nobody here knows.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What makes two entries one: the moment to the millisecond, and what is said. It is the order as well: entries
/// without a time that can be read come last.
type Key = (u64, String, String, String, String);

impl LogEntry {
    /// None if its time cannot be read.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        moment(&self.timestamp)
    }

    pub(super) fn key(&self) -> Key {
        let (at, unread) = match self.at() {
            Some(at) => (at.0, String::new()),
            None => (u64::MAX, self.timestamp.to_string()),
        };
        (at, unread, self.stage.clone(), self.message.clone(), self.details.to_string())
    }
}

/// All entries of both, none twice, by time. Whose comes first does not matter, and again changes nothing. Of two that
/// are one, that with more fields stays.
#[must_use]
pub fn unite(ours: &[LogEntry], theirs: &[LogEntry]) -> Vec<LogEntry> {
    let mut all: BTreeMap<Key, &LogEntry> = BTreeMap::new();
    let rank = |entry: &LogEntry| {
        (entry.more.len(), Value::from(entry.more.clone()).to_string(), entry.timestamp.to_string())
    };
    for entry in ours.iter().chain(theirs) {
        let kept = all.entry(entry.key()).or_insert(entry);
        if rank(entry) > rank(kept) {
            *kept = entry;
        }
    }
    let extra = all.len().saturating_sub(LOG_MAX);
    all.into_values().skip(extra).cloned().collect()
}

/// A moment as old files have it: milliseconds, RFC 3339, or a date and a time without zone.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    if let Some(ms) = value.as_u64() {
        return Some(Timestamp(ms));
    }
    let text = value.as_str()?.trim().replacen(' ', "T", 1);
    let read = |text: &str| text.parse::<Written>().ok().map(|written| written.start);
    read(&text).or_else(|| read(&format!("{text}Z")))
}
