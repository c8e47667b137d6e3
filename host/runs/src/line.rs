//! A line of a run's log. It must not know where lines are kept, nor who reads them.

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of a line's text, at most. What is over is cut off, and the line says so.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// One line, as it is kept and as it is written: a JSON object, in which what is the default is left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// From 1, by one for each line of the run, in the order in which they were said.
    pub number: u64,
    pub at: Timestamp,
    #[serde(default, rename = "type", skip_serializing_if = "is_default")]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "is_default")]
    pub level: Level,
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream: Stream,
    /// Of the run, when the line was said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// Of what somebody outside of the host says: the number of their words with which this one was heard, from 1, so that
    /// none that is said again is written again. Zero: nobody outside says anything.
    #[serde(default, skip_serializing_if = "is_default")]
    pub heard: u64,
    /// At most [`LINE_BYTES_MAX`], no line breaks, control characters escaped.
    pub text: String,
}

/// What a line is about; written as its `type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The worker is alive, and no more than that.
    Heartbeat,
    #[default]
    Task,
    /// About the schedule that began the run.
    Cron,
    /// An error: the last of these stay longest.
    Error,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

/// Where a line came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    #[default]
    Stdout,
    Stderr,
    /// Said about the run, by the worker or its supervisor.
    Note,
}

/// How the run stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    #[default]
    Running,
    /// Only watched: somebody else's work, or a supervisor's own line.
    Following,
    Success,
    Failed,
    Skipped,
}

impl Line {
    /// What it counts in a log: its characters, and one for the line break.
    pub(crate) fn cost(&self) -> usize {
        self.characters() + 1
    }

    pub(crate) fn characters(&self) -> usize {
        self.text.chars().count()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
