//! Several batches in one transaction. A batch is checked before anything of it is written, so one that is refused
//! leaves nothing behind, and each sees what those before it wrote.

mod tables;

use patchbay_failpoint as failpoint;
use redb::{ReadableTable, WriteTransaction};

use super::head::{HEAD_KEY, Head, META};
use super::{RedbOptions, seal};
use crate::{Batch, CommitError, Entry, Log, Precondition, Revision, Write};

use tables::{Name, Tables};

pub(super) struct Group<'txn> {
    tables: Tables<'txn>,
    head: Head,
    /// It says something that the file does not say yet.
    is_news: bool,
    options: &'txn RedbOptions,
    /// A row on its way into its table, so that not each needs memory of its own.
    sealed: Vec<u8>,
}

impl<'txn> Group<'txn> {
    pub(super) fn new(transaction: &'txn WriteTransaction, head: Head, options: &'txn RedbOptions) -> Self {
        Self { tables: Tables::new(transaction), head, is_news: false, options, sealed: Vec::new() }
    }

    /// The first of a file.
    pub(super) fn founding(transaction: &'txn WriteTransaction, options: &'txn RedbOptions) -> Self {
        Self { is_news: true, ..Self::new(transaction, Head::default(), options) }
    }

    /// The outer error is of the file, and the end of this transaction; the inner one is of this batch alone.
    pub(super) fn apply(&mut self, batch: &Batch) -> Result<Result<Revision, CommitError>, redb::Error> {
        for precondition in batch.preconditions() {
            if let Err(refusal) = self.check(precondition)? {
                return Ok(Err(refusal));
            }
        }
        self.head.revision.0 += 1;
        for write in batch.writes() {
            self.write(write)?;
        }
        for entry in batch.entries() {
            self.append(entry)?;
        }
        Ok(Ok(self.head.revision))
    }

    /// Writes the head if it is news, and gives it back: after this the transaction may be committed.
    pub(super) fn finish(mut self) -> Result<Head, redb::Error> {
        if self.is_news || self.head.is_past_reserved() {
            let json = self.head.write();
            seal::seal_into(&mut self.sealed, META, HEAD_KEY, self.head.revision, &json);
            self.tables.rows(Name::Meta)?.insert(HEAD_KEY, self.sealed.as_slice())?;
        }
        Ok(self.head)
    }

    fn check(&mut self, precondition: &Precondition) -> Result<Result<(), CommitError>, redb::Error> {
        let Precondition { table, key, expected } = precondition;
        let rows = self.tables.rows(Name::Rows(*table))?;
        let found = match rows.get(key.as_slice())? {
            None => None,
            Some(value) => match seal::revision(*table, key, value.value()) {
                Some(revision) => Some(revision),
                None => return Ok(Err(CommitError::Corrupt { table: *table, key: key.clone() })),
            },
        };
        if expected.holds(found) {
            return Ok(Ok(()));
        }
        Ok(Err(CommitError::Conflict { table: *table, key: key.clone(), expected: *expected, found }))
    }

    fn write(&mut self, write: &Write) -> Result<(), redb::Error> {
        let revision = self.head.revision;
        let rows = self.tables.rows(Name::Rows(write.table))?;
        match &write.value {
            Some(value) => {
                seal::seal_into(&mut self.sealed, write.table, &write.key, revision, value);
                rows.insert(write.key.as_slice(), self.sealed.as_slice())?;
            }
            None => {
                rows.remove(write.key.as_slice())?;
            }
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<(), redb::Error> {
        if entry.log == Log::Reports {
            failpoint::at("store.report.append");
        }
        self.is_news = true;
        let bound = self.options.bound(entry.log);
        let revision = self.head.revision;
        let extent = self.head.extent_mut(entry.log);
        extent.append(entry.value.len(), bound);
        let (sequence, segment) = (extent.sequence.to_be_bytes(), extent.newest);
        seal::seal_into(&mut self.sealed, entry.log.table(), &sequence, revision, &entry.value);
        let rows = self.tables.rows(Name::Segment(entry.log, segment))?;
        rows.insert(sequence.as_slice(), self.sealed.as_slice())?;
        while let Some(oldest) = self.head.extent_mut(entry.log).retire(bound) {
            self.tables.drop(Name::Segment(entry.log, oldest))?;
        }
        Ok(())
    }
}
