//! One unit of change: preconditions, writes and log entries that become true together or not at all.

use std::fmt;

use patchbay_types::{Audit, Event, Report};

use crate::error::{CommitError, EncodeError};
use crate::{
    BATCH_BYTES_MAX, KEY_BYTES_MAX, Key, Log, Record, Revision, Table, VALUE_BYTES_MAX, log, record,
};

/// What becomes true together. Preconditions are checked before anything is written; writes happen in their order.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    preconditions: Vec<Precondition>,
    writes: Vec<Write>,
    entries: Vec<Entry>,
    essential: bool,
}

/// What must hold of a row for the batch to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Precondition {
    pub table: Table,
    pub key: Key,
    pub expected: Expected,
}

/// What a row is expected to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    Absent,
    /// Last written by this commit.
    At(Revision),
}

/// A row's new value, or `None` if it is to go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    pub table: Table,
    pub key: Key,
    pub value: Option<Vec<u8>>,
}

/// What is appended to a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub log: Log,
    pub value: Vec<u8>,
}

impl Batch {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a record under its key, over what is there.
    ///
    /// # Errors
    /// If the record is not to be had as JSON, such as a map whose keys are not texts.
    pub fn put<R: Record>(mut self, record: &R) -> Result<Self, EncodeError> {
        let value =
            record::encode(R::VERSION, record).map_err(|source| EncodeError { table: R::TABLE, source })?;
        self.writes.push(Write { table: R::TABLE, key: record.key(), value: Some(value) });
        Ok(self)
    }

    /// Removes the row under a key, if there is one.
    #[must_use]
    pub fn delete<R: Record>(mut self, key: &Key) -> Self {
        self.writes.push(Write { table: R::TABLE, key: key.clone(), value: None });
        self
    }

    /// Refuses the batch if there is a row under this key.
    #[must_use]
    pub fn require_absent<R: Record>(self, key: &Key) -> Self {
        self.require::<R>(key, Expected::Absent)
    }

    /// Refuses the batch unless this commit was the last to write the row under this key.
    #[must_use]
    pub fn require_revision<R: Record>(self, key: &Key, revision: Revision) -> Self {
        self.require::<R>(key, Expected::At(revision))
    }

    /// Lets the batch be written when the disk is full, from the room that is kept for such: for what the host needs to
    /// record and to recover, in small batches. It bends no other rule.
    #[must_use]
    pub fn essential(mut self) -> Self {
        self.essential = true;
        self
    }

    /// What either of them holds, in this order; essential if either of them is.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.preconditions.extend(other.preconditions);
        self.writes.extend(other.writes);
        self.entries.extend(other.entries);
        self.essential |= other.essential;
        self
    }

    #[must_use]
    pub fn report(self, report: Report) -> Self {
        self.append(Log::Reports, log::encode(&report))
    }

    #[must_use]
    pub fn event(self, event: Event) -> Self {
        self.append(Log::Events, log::encode(&event))
    }

    #[must_use]
    pub fn audit(self, audit: Audit) -> Self {
        self.append(Log::Audit, log::encode(&audit))
    }

    #[must_use]
    pub fn preconditions(&self) -> &[Precondition] {
        &self.preconditions
    }

    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    #[must_use]
    pub fn is_essential(&self) -> bool {
        self.essential
    }

    /// The bytes of all that is in it, after each part was held against its bound. Every backend asks this first.
    ///
    /// # Errors
    /// [`CommitError::TooLarge`], as a commit of this batch would answer.
    pub fn measure(&self) -> Result<usize, CommitError> {
        let conditions = self.preconditions.iter().map(|condition| (condition.key.as_bytes().len(), 0));
        let writes = self
            .writes
            .iter()
            .map(|write| (write.key.as_bytes().len(), write.value.as_ref().map_or(0, Vec::len)));
        let entries = self.entries.iter().map(|entry| (0, entry.value.len()));
        let mut total = 0;
        for (key, value) in conditions.chain(writes).chain(entries) {
            bounded("a key", key, KEY_BYTES_MAX)?;
            bounded("a value", value, VALUE_BYTES_MAX)?;
            // An empty value costs room, too.
            total += key + value + size_of::<Write>();
        }
        bounded("the batch", total, BATCH_BYTES_MAX)?;
        Ok(total)
    }

    fn require<R: Record>(mut self, key: &Key, expected: Expected) -> Self {
        self.preconditions.push(Precondition { table: R::TABLE, key: key.clone(), expected });
        self
    }

    fn append(mut self, log: Log, value: Vec<u8>) -> Self {
        self.entries.push(Entry { log, value });
        self
    }
}

impl Expected {
    /// Whether a row last written by `found`, or no row, is what was expected.
    #[must_use]
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Expected::Absent => found.is_none(),
            Expected::At(revision) => found == Some(revision),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Absent => f.write_str("no row"),
            Expected::At(revision) => write!(f, "revision {revision}"),
        }
    }
}

fn bounded(what: &'static str, found: usize, max: usize) -> Result<(), CommitError> {
    if found > max {
        return Err(CommitError::TooLarge { what, found, max });
    }
    Ok(())
}
