//! Several batches in one transaction. A batch is checked before anything of it is written, so one that is refused
//! leaves nothing behind, and each sees what those before it wrote.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use redb::{ReadableTable, WriteTransaction};

use super::head::{HEAD_KEY, Head, META, segment_name};
use super::{RedbOptions, definition, seal, table_name};
use crate::{Batch, CommitError, Entry, Precondition, Revision, Write};

type Rows<'txn> = redb::Table<'txn, &'static [u8], &'static [u8]>;

pub(super) struct Group<'txn> {
    transaction: &'txn WriteTransaction,
    /// By name: redb opens a table once at a time.
    open: HashMap<String, Rows<'txn>>,
    head: Head,
    options: &'txn RedbOptions,
}

impl<'txn> Group<'txn> {
    pub(super) fn new(transaction: &'txn WriteTransaction, head: Head, options: &'txn RedbOptions) -> Self {
        Self { transaction, open: HashMap::new(), head, options }
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

    /// Writes the head, and gives it back: after this the transaction may be committed.
    pub(super) fn finish(mut self) -> Result<Head, redb::Error> {
        let json = serde_json::to_vec(&self.head).expect("the head is made of numbers");
        let sealed = seal::seal(META, HEAD_KEY, self.head.revision, &json);
        self.rows(META.0)?.insert(HEAD_KEY, sealed.as_slice())?;
        Ok(self.head)
    }

    fn check(&mut self, precondition: &Precondition) -> Result<Result<(), CommitError>, redb::Error> {
        let Precondition { table, key, expected } = precondition;
        let rows = self.rows(&table_name(*table))?;
        let found = match rows.get(key.as_slice())? {
            None => None,
            Some(value) => match seal::unseal(*table, key, value.value()) {
                Some(row) => Some(row.revision),
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
        let rows = self.rows(&table_name(write.table))?;
        match &write.value {
            Some(value) => {
                let sealed = seal::seal(write.table, &write.key, revision, value);
                rows.insert(write.key.as_slice(), sealed.as_slice())?;
            }
            None => {
                rows.remove(write.key.as_slice())?;
            }
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<(), redb::Error> {
        let bound = self.options.bound(entry.log);
        let revision = self.head.revision;
        let extent = self.head.extent_mut(entry.log);
        extent.append(entry.value.len(), bound);
        let (sequence, segment) = (extent.sequence.to_be_bytes(), extent.newest);
        let sealed = seal::seal(entry.log.table(), &sequence, revision, &entry.value);
        self.rows(&segment_name(entry.log, segment))?.insert(sequence.as_slice(), sealed.as_slice())?;
        while let Some(oldest) = self.head.extent_mut(entry.log).retire(bound) {
            self.drop_table(&segment_name(entry.log, oldest))?;
        }
        Ok(())
    }

    fn drop_table(&mut self, name: &str) -> Result<(), redb::Error> {
        self.open.remove(name);
        self.transaction.delete_table(definition(name))?;
        Ok(())
    }

    fn rows(&mut self, name: &str) -> Result<&mut Rows<'txn>, redb::Error> {
        match self.open.entry(name.to_owned()) {
            Slot::Occupied(open) => Ok(open.into_mut()),
            Slot::Vacant(slot) => Ok(slot.insert(self.transaction.open_table(definition(name))?)),
        }
    }
}
