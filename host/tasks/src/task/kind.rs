//! Of which type a task is and how much it matters. It must not know how these are made an order (`order`).

use serde::{Deserialize, Serialize};

/// What a task is for. Fixes go before regular work, and that before creative work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskType {
    /// It mends another task. It never gets a fix of its own.
    Fix,
    #[default]
    Regular,
    Creative,
}

/// P0 goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Priority {
    P0,
    #[default]
    P1,
    P2,
}

/// When a task comes again. The text is not read here.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// At most [`Schedule::BYTES_MAX`] bytes.
    pub when: String,
    /// What happens if the last run is not over: a word of the scheduler's.
    #[serde(default)]
    pub overlap: Option<String>,
    /// How late a run may start, in milliseconds. None: the scheduler's own rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up_ms: Option<u64>,
    /// Runs start so much after their time at most, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<u64>,
    /// Pause after so many failures in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_after: Option<u32>,
}

impl Schedule {
    pub const BYTES_MAX: usize = 1_024;
}
