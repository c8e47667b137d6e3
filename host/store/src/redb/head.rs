//! What the file knows of itself: its format, the last revision, which journal follows it, and where each log begins and
//! ends.

use serde::{Deserialize, Serialize};

use super::LogOptions;
use crate::{Log, Revision, Table};

/// The table of the two rows below.
pub(super) const META: Table = Table("meta");
/// A number, alone in its row, so that every later version can read it. It never moves.
pub(super) const FORMAT_KEY: &[u8] = b"format";
pub(super) const HEAD_KEY: &[u8] = b"head";
/// Grows when older code could not read what this code writes. Until 1 there was no journal.
pub(super) const FORMAT: u8 = 2;

#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// Of the last commit.
    pub(super) revision: Revision,
    /// The mark of the records in the journal that follow this state; none if the store was closed, or has no journal.
    #[serde(default)]
    pub(super) journal: Option<u64>,
    reports: Extent,
    events: Extent,
    audit: Extent,
}

/// Where a log lies: in tables `events.3` to `events.7`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct Extent {
    /// The number of the last entry ever appended.
    pub(super) sequence: u64,
    pub(super) oldest: u64,
    pub(super) newest: u64,
    /// Of the newest segment.
    bytes: u64,
}

impl Head {
    /// As the file has it.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    pub(super) fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("the head is made of numbers")
    }

    pub(super) fn extent(&self, log: Log) -> Extent {
        match log {
            Log::Reports => self.reports,
            Log::Events => self.events,
            Log::Audit => self.audit,
        }
    }

    pub(super) fn extent_mut(&mut self, log: Log) -> &mut Extent {
        match log {
            Log::Reports => &mut self.reports,
            Log::Events => &mut self.events,
            Log::Audit => &mut self.audit,
        }
    }
}

impl Extent {
    /// Takes the next number for an entry of so many bytes, in a new segment if the newest is full.
    pub(super) fn append(&mut self, bytes: usize, bound: Option<LogOptions>) {
        if bound.is_some_and(|bound| self.bytes >= bound.segment_bytes) {
            self.newest += 1;
            self.bytes = 0;
        }
        self.bytes += bytes as u64;
        self.sequence += 1;
    }

    /// Lets go of the oldest segment if there are too many, and names it.
    pub(super) fn retire(&mut self, bound: Option<LogOptions>) -> Option<u64> {
        let kept = bound?.segments.max(1);
        let surplus = self.newest - self.oldest >= kept;
        surplus.then(|| {
            self.oldest += 1;
            self.oldest - 1
        })
    }
}

pub(super) fn segment_name(log: Log, segment: u64) -> String {
    format!("{}.{segment}", log.table())
}
