//! Several batches in one transaction. A batch is checked before anything of it is written, so one that is refused
//! leaves nothing behind, and each sees what those before it wrote: what was put off for a table is written before the
//! table is looked at.

mod later;
mod tables;

use std::iter::Peekable;
use std::ops::Bound;

use patchbay_failpoint as failpoint;
use redb::{CursorError, ReadableTable, WriteTransaction};

use super::head::{FORMAT, FORMAT_KEY, HEAD_KEY, Head, META};
use super::journal::{Record, Step};
use super::{RedbOptions, seal};
use crate::{Batch, CommitError, Log, Precondition, Revision, Write};

use later::{Change, Later};
use tables::{Name, Rows, Tables};

pub(super) struct Group<'txn> {
    tables: Tables<'txn>,
    later: Later<'txn>,
    head: Head,
    options: &'txn RedbOptions,
    /// For the journal.
    record: Option<&'txn mut Record>,
    /// A row on its way into its table, so that not each needs memory of its own.
    sealed: Vec<u8>,
}

impl<'txn> Group<'txn> {
    pub(super) fn new(transaction: &'txn WriteTransaction, head: Head, options: &'txn RedbOptions) -> Self {
        let (tables, later) = (Tables::new(transaction), Later::default());
        Self { tables, later, head, options, record: None, sealed: Vec::new() }
    }

    /// The same, and what is done is written down.
    pub(super) fn recorded(self, record: &'txn mut Record) -> Self {
        record.clear();
        Self { record: Some(record), ..self }
    }

    /// The outer error is of the file, and the end of this transaction; the inner one is of this batch alone.
    pub(super) fn apply(&mut self, batch: &'txn Batch) -> Result<Result<Revision, CommitError>, redb::Error> {
        let revision = Revision(self.head.revision.0 + 1);
        let done = match self.check_all(batch, revision)? {
            Ok(done) => done,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(record) = &mut self.record {
            record.batch();
            batch.writes().iter().for_each(|write| record.write(write));
            batch.entries().iter().for_each(|entry| record.append(entry));
        }
        self.head.revision = revision;
        let writes = batch.writes().iter().enumerate().filter(|(place, _)| Some(*place) != done);
        for (_, Write { table, key, value }) in writes {
            let (key, value) = (key.as_bytes(), value.as_deref());
            self.later.put_off(table.0, Change { key, value, revision });
        }
        for entry in batch.entries() {
            self.append(entry.log, &entry.value)?;
        }
        Ok(Ok(revision))
    }

    /// Whether all is as the batch requires. A row that is the only thing required, and written anew, is looked up once
    /// for both: then it is written already, and this is its place among the writes.
    fn check_all(
        &mut self,
        batch: &'txn Batch,
        revision: Revision,
    ) -> Result<Result<Option<usize>, CommitError>, redb::Error> {
        if let [required] = batch.preconditions() {
            let is_it = |write: &Write| write.table == required.table && write.key == required.key;
            // Written twice, the last one counts.
            let mut places = batch.writes().iter().enumerate().filter(|(_, write)| is_it(write));
            if let (Some((place, Write { value: Some(value), .. })), None) = (places.next(), places.next()) {
                return Ok(self.exchange(required, revision, value)?.map(|()| Some(place)));
            }
        }
        for required in batch.preconditions() {
            if let Err(refusal) = self.check(required)? {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(None))
    }

    /// Writes a row if it is as it is required to be; else it is as before.
    fn exchange(
        &mut self,
        required: &'txn Precondition,
        revision: Revision,
        value: &[u8],
    ) -> Result<Result<(), CommitError>, redb::Error> {
        let (table, key) = (required.table, required.key.as_bytes());
        self.catch_up(table.0)?;
        seal::seal_into(&mut self.sealed, table.0, key, revision, value);
        let rows = self.tables.rows(Name::Rows(table.0))?;
        let old = rows.insert(key, self.sealed.as_slice())?;
        let Err(refusal) = holds(required, old.as_ref().map(|old| old.value())) else { return Ok(Ok(())) };
        let old = old.map(|old| old.value().to_vec());
        match old {
            Some(old) => rows.insert(key, old.as_slice())?,
            None => rows.remove(key)?,
        };
        Ok(Err(refusal))
    }

    /// A step of a batch that was applied once before, and found to be right then.
    pub(super) fn again(&mut self, step: Step<'txn>) -> Result<(), redb::Error> {
        match step {
            Step::Batch => self.head.revision.0 += 1,
            Step::Write { table, key, value } => {
                let revision = self.head.revision;
                self.later.put_off(table, Change { key, value, revision });
            }
            Step::Append { log, value } => self.append(log, value)?,
        }
        Ok(())
    }

    /// What was written down.
    pub(super) fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }

    /// Says what format the file has from now on.
    pub(super) fn format(&mut self) -> Result<(), redb::Error> {
        seal::seal_into(&mut self.sealed, META.0, FORMAT_KEY, Revision::default(), &[FORMAT]);
        self.tables.rows(Name::Meta)?.insert(FORMAT_KEY, self.sealed.as_slice())?;
        Ok(())
    }

    /// Writes the head, with the mark of the journal that follows, and gives it back: after this the transaction may be
    /// committed.
    pub(super) fn finish(mut self, journal: Option<u64>) -> Result<Head, redb::Error> {
        while let Some(table) = self.later.first() {
            self.catch_up(table)?;
        }
        self.head.journal = journal;
        seal::seal_into(&mut self.sealed, META.0, HEAD_KEY, self.head.revision, &self.head.write());
        self.tables.rows(Name::Meta)?.insert(HEAD_KEY, self.sealed.as_slice())?;
        Ok(self.head)
    }

    fn check(&mut self, required: &'txn Precondition) -> Result<Result<(), CommitError>, redb::Error> {
        self.catch_up(required.table.0)?;
        let rows = self.tables.rows(Name::Rows(required.table.0))?;
        let found = rows.get(required.key.as_bytes())?;
        Ok(holds(required, found.as_ref().map(|found| found.value())))
    }

    /// Writes what was put off for a table.
    fn catch_up(&mut self, table: &'txn str) -> Result<(), redb::Error> {
        let mut changes = self.later.take(table).peekable();
        if changes.peek().is_none() {
            return Ok(());
        }
        let rows = self.tables.rows(Name::Rows(table))?;
        let mut runs = true;
        while let Some(Change { key, value, revision }) = changes.next() {
            let Some(value) = value else {
                rows.remove(key)?;
                continue;
            };
            seal::seal_into(&mut self.sealed, table, key, revision, value);
            rows.insert(key, self.sealed.as_slice())?;
            if runs && changes.peek().is_some_and(|next| next.value.is_some()) {
                runs = 0 < run(rows, table, key, &mut changes, &mut self.sealed)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, log: Log, value: &[u8]) -> Result<(), redb::Error> {
        if log == Log::Reports {
            failpoint::at("store.report.append");
        }
        let bound = self.options.bound(log);
        let revision = self.head.revision;
        let extent = self.head.extent_mut(log);
        extent.append(value.len(), bound);
        let (sequence, segment) = (extent.sequence.to_be_bytes(), extent.newest);
        seal::seal_into(&mut self.sealed, log.table().0, &sequence, revision, value);
        let rows = self.tables.rows(Name::Segment(log, segment))?;
        rows.insert(sequence.as_slice(), self.sealed.as_slice())?;
        while let Some(oldest) = self.head.extent_mut(log).retire(bound) {
            self.tables.drop(Name::Segment(log, oldest))?;
        }
        Ok(())
    }
}

/// Writes the rows that go between this one and the next that is there already, without a search for each. Gives back
/// how many.
fn run<'txn>(
    rows: &mut Rows<'_>,
    table: &str,
    after: &[u8],
    changes: &mut Peekable<impl Iterator<Item = Change<'txn>>>,
    sealed: &mut Vec<u8>,
) -> Result<usize, redb::Error> {
    let mut cursor = rows.upper_bound_mut(Bound::Included(after))?;
    let mut written = 0;
    while let Some(Change { key, value: Some(value), revision }) = changes.peek() {
        seal::seal_into(sealed, table, key, *revision, value);
        match cursor.insert_before(*key, sealed.as_slice()) {
            Ok(()) => written += 1,
            Err(CursorError::UnorderedKey) => break,
            Err(error) => return Err(error.into()),
        }
        changes.next();
    }
    cursor.close()?;
    Ok(written)
}

/// Whether a row is as it is required to be, or there is none as required.
fn holds(required: &Precondition, row: Option<&[u8]>) -> Result<(), CommitError> {
    let Precondition { table, key, expected } = required;
    let key = key.as_bytes();
    let found = match row.map(|row| seal::revision(table.0, key, row)) {
        Some(None) => return Err(CommitError::Corrupt { table: *table, key: key.to_vec() }),
        found => found.flatten(),
    };
    match expected.holds(found) {
        true => Ok(()),
        false => Err(CommitError::Conflict { table: *table, key: key.to_vec(), expected: *expected, found }),
    }
}
