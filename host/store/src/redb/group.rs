//! Several batches in one transaction. A batch is checked before anything of it is written, so one that is refused
//! leaves nothing behind, and each sees what those before it wrote.

mod tables;

use patchbay_failpoint as failpoint;
use redb::{ReadableTable, WriteTransaction};

use super::head::{FORMAT, FORMAT_KEY, HEAD_KEY, Head, META};
use super::journal::{Record, Step};
use super::{RedbOptions, seal};
use crate::{Batch, CommitError, Log, Precondition, Revision, Write};

use tables::{Name, Tables};

pub(super) struct Group<'txn> {
    tables: Tables<'txn>,
    head: Head,
    options: &'txn RedbOptions,
    /// For the journal.
    record: Option<&'txn mut Record>,
    /// A row on its way into its table, so that not each needs memory of its own.
    sealed: Vec<u8>,
}

impl<'txn> Group<'txn> {
    pub(super) fn new(transaction: &'txn WriteTransaction, head: Head, options: &'txn RedbOptions) -> Self {
        Self { tables: Tables::new(transaction), head, options, record: None, sealed: Vec::new() }
    }

    /// The same, and what is done is written down.
    pub(super) fn recorded(self, record: &'txn mut Record) -> Self {
        record.clear();
        Self { record: Some(record), ..self }
    }

    /// The outer error is of the file, and the end of this transaction; the inner one is of this batch alone.
    pub(super) fn apply(&mut self, batch: &'txn Batch) -> Result<Result<Revision, CommitError>, redb::Error> {
        for precondition in batch.preconditions() {
            if let Err(refusal) = self.check(precondition)? {
                return Ok(Err(refusal));
            }
        }
        if let Some(record) = &mut self.record {
            record.batch();
            batch.writes().iter().for_each(|write| record.write(write));
            batch.entries().iter().for_each(|entry| record.append(entry));
        }
        self.head.revision.0 += 1;
        for Write { table, key, value } in batch.writes() {
            self.write(table.0, key, value.as_deref())?;
        }
        for entry in batch.entries() {
            self.append(entry.log, &entry.value)?;
        }
        Ok(Ok(self.head.revision))
    }

    /// A step of a batch that was applied once before, and found to be right then.
    pub(super) fn again(&mut self, step: Step<'txn>) -> Result<(), redb::Error> {
        match step {
            Step::Batch => self.head.revision.0 += 1,
            Step::Write { table, key, value } => self.write(table, key, value)?,
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
        self.head.journal = journal;
        seal::seal_into(&mut self.sealed, META.0, HEAD_KEY, self.head.revision, &self.head.write());
        self.tables.rows(Name::Meta)?.insert(HEAD_KEY, self.sealed.as_slice())?;
        Ok(self.head)
    }

    fn check(&mut self, precondition: &'txn Precondition) -> Result<Result<(), CommitError>, redb::Error> {
        let Precondition { table, key, expected } = precondition;
        let rows = self.tables.rows(Name::Rows(table.0))?;
        let found = match rows.get(key.as_slice())? {
            None => None,
            Some(value) => match seal::revision(table.0, key, value.value()) {
                Some(revision) => Some(revision),
                None => return Ok(Err(CommitError::Corrupt { table: *table, key: key.clone() })),
            },
        };
        if expected.holds(found) {
            return Ok(Ok(()));
        }
        Ok(Err(CommitError::Conflict { table: *table, key: key.clone(), expected: *expected, found }))
    }

    fn write(&mut self, table: &'txn str, key: &[u8], value: Option<&[u8]>) -> Result<(), redb::Error> {
        let revision = self.head.revision;
        let rows = self.tables.rows(Name::Rows(table))?;
        match value {
            Some(value) => {
                seal::seal_into(&mut self.sealed, table, key, revision, value);
                rows.insert(key, self.sealed.as_slice())?;
            }
            None => {
                rows.remove(key)?;
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
