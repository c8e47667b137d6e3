//! How a run went, in short: its stages, its figures, what it made. It must not know where the record is kept, nor
//! decide anything by it.

mod bound;

use std::cmp::{max, min};

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// The record of a task's execution. What comes from outside goes through [`Record::bounded`] or a merge before it is
/// kept; then it is at most 512 KB of JSON.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    pub stages: Stages,
    pub metrics: Metrics,
    #[serde(rename = "artifacts")]
    pub output: Output,
}

/// When each stage began, the last time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stages {
    pub planning: Option<Timestamp>,
    pub executing: Option<Timestamp>,
    pub verifying: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub failed: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// The first time.
    pub started: Option<Timestamp>,
    /// The last time.
    pub completed: Option<Timestamp>,
    /// Of work, in all attempts.
    pub seconds: u64,
    /// Attempts after the first.
    pub retries: u32,
}

/// What was made, for people. Beyond a bound the oldest entries of a list go, and the end of a text.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Output {
    /// At most 4,000 bytes.
    pub summary: String,
    /// At most 50 of 1,000 bytes.
    pub links: Vec<String>,
    /// Changes worth reading: at most 20 of 4,000 bytes.
    pub key_diffs: Vec<String>,
    /// That show it again: at most 50 of 1,000 bytes.
    pub commands: Vec<String>,
    /// At most 100, of each name at most 200 bytes.
    pub files: Vec<OutputFile>,
}

/// An artifact, as the record names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutputFile {
    pub name: String,
    pub digest: Digest,
}

impl Record {
    /// Takes over what another record of the same task says, of which `later` is the newer: stages and figures unite,
    /// its summary counts if it has one, and lists have each entry once, in the order in which they came. To merge the
    /// same again changes nothing, as long as no list is longer than it may be.
    pub fn merge(&mut self, later: Self) {
        self.stages.merge(later.stages);
        self.metrics.merge(later.metrics);
        self.output.merge(later.output);
    }

    /// Within the bounds that its fields name.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.output.bound();
        self
    }
}

impl Stages {
    fn merge(&mut self, other: Self) {
        self.planning = max(self.planning, other.planning);
        self.executing = max(self.executing, other.executing);
        self.verifying = max(self.verifying, other.verifying);
        self.completed = max(self.completed, other.completed);
        self.failed = max(self.failed, other.failed);
    }
}

impl Metrics {
    fn merge(&mut self, other: Self) {
        self.started = match (self.started, other.started) {
            (Some(one), Some(other)) => Some(min(one, other)),
            (one, other) => one.or(other),
        };
        self.completed = max(self.completed, other.completed);
        self.seconds = max(self.seconds, other.seconds);
        self.retries = max(self.retries, other.retries);
    }
}

impl Output {
    fn merge(&mut self, later: Self) {
        let Self { summary, links, key_diffs, commands, files } = later.bounded();
        self.bound();
        if !summary.is_empty() {
            self.summary = summary;
        }
        unite(&mut self.links, links);
        unite(&mut self.key_diffs, key_diffs);
        unite(&mut self.commands, commands);
        unite(&mut self.files, files);
        self.bound();
    }

    fn bounded(mut self) -> Self {
        self.bound();
        self
    }
}

fn unite<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for entry in more {
        if !list.contains(&entry) {
            list.push(entry);
        }
    }
}

#[cfg(test)]
mod tests;
