//! Reads at one moment. Every row that leaves here had its checksum verified.

use std::ops::Bound;

use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
};

use super::head::{HEAD_KEY, Head, META, segment_name};
use super::{definition, seal, table_name};
use crate::{KeyRange, Keyed, Log, ReadError, Row, Span, Table};

type Rows = ReadOnlyTable<&'static [u8], &'static [u8]>;

pub(super) struct Snapshot {
    transaction: ReadTransaction,
    /// What the caller asked for: every error names it.
    table: Table,
}

impl Snapshot {
    pub(super) fn take(database: &Database, table: Table) -> Result<Self, ReadError> {
        let transaction =
            database.begin_read().map_err(|error| ReadError::Failed { table, cause: error.to_string() })?;
        Ok(Self { transaction, table })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Row>, ReadError> {
        let Some(rows) = self.open(&table_name(self.table.0))? else { return Ok(None) };
        self.find(&rows, key)
    }

    pub(super) fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Row>>, ReadError> {
        let Some(rows) = self.open(&table_name(self.table.0))? else { return Ok(vec![None; keys.len()]) };
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.find(&rows, key)?);
        }
        Ok(found)
    }

    pub(super) fn range(&self, range: &KeyRange, limit: usize) -> Result<Keyed, ReadError> {
        // redb takes no range that ends before it starts.
        if range.end() <= range.start() {
            return Ok(Vec::new());
        }
        let Some(rows) = self.open(&table_name(self.table.0))? else { return Ok(Vec::new()) };
        let rows = rows.range(range.start()..range.end()).map_err(|error| self.failed(error))?;
        if range.is_backwards() {
            return rows.rev().take(limit).map(|row| self.row(row)).collect();
        }
        rows.take(limit).map(|row| self.row(row)).collect()
    }

    pub(super) fn log(&self, log: Log, span: Span, limit: usize) -> Result<Vec<(u64, Row)>, ReadError> {
        let extent = self.head()?.extent(log);
        let segments = extent.oldest..=extent.newest;
        let mut entries = Vec::new();
        match span {
            Span::After(sequence) => {
                for segment in segments {
                    let Some(rows) = self.segment(log, segment)? else { continue };
                    let rows = rows
                        .range::<&[u8]>(later_than(&sequence.to_be_bytes()))
                        .map_err(|error| self.failed(error))?;
                    self.collect(rows, limit, &mut entries)?;
                }
            }
            Span::Last => {
                for segment in segments.rev() {
                    let Some(rows) = self.segment(log, segment)? else { continue };
                    let rows = rows.iter().map_err(|error| self.failed(error))?;
                    self.collect(rows.rev(), limit, &mut entries)?;
                }
                entries.reverse();
            }
        }
        Ok(entries)
    }

    pub(super) fn count(&self, log: Log) -> Result<u64, ReadError> {
        let extent = self.head()?.extent(log);
        let mut count = 0;
        for segment in extent.oldest..=extent.newest {
            if let Some(rows) = self.segment(log, segment)? {
                count += rows.len().map_err(|error| self.failed(error))?;
            }
        }
        Ok(count)
    }

    /// A row of what the file knows of itself.
    pub(super) fn meta(&self, key: &[u8]) -> Result<Option<Row>, ReadError> {
        let Some(rows) = self.open(META.0)? else { return Ok(None) };
        let value = rows.get(key).map_err(|error| self.failed(error))?;
        value.map(|value| unseal(META, key, value.value())).transpose()
    }

    pub(super) fn head(&self) -> Result<Head, ReadError> {
        let damaged = || ReadError::Corrupt { table: META, key: HEAD_KEY.to_vec() };
        let row = self.meta(HEAD_KEY)?.ok_or_else(damaged)?;
        Head::read(&row.value).ok_or_else(damaged)
    }

    /// Whether nothing was ever written.
    pub(super) fn is_blank(&self) -> Result<bool, ReadError> {
        let mut tables = self.transaction.list_tables().map_err(|error| self.failed(error))?;
        Ok(tables.next().is_none())
    }

    fn find(&self, rows: &Rows, key: &[u8]) -> Result<Option<Row>, ReadError> {
        let value = rows.get(key).map_err(|error| self.failed(error))?;
        value.map(|value| unseal(self.table, key, value.value())).transpose()
    }

    fn segment(&self, log: Log, segment: u64) -> Result<Option<Rows>, ReadError> {
        self.open(&segment_name(log, segment))
    }

    fn open(&self, name: &str) -> Result<Option<Rows>, ReadError> {
        match self.transaction.open_table(definition(name)) {
            Ok(rows) => Ok(Some(rows)),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Fills up to `limit` entries.
    fn collect<'a>(
        &self,
        rows: impl Iterator<Item = Found<'a>>,
        limit: usize,
        entries: &mut Vec<(u64, Row)>,
    ) -> Result<(), ReadError> {
        for row in rows.take(limit - entries.len()) {
            let (key, row) = self.row(row)?;
            let sequence =
                key.as_slice().try_into().map_err(|_| ReadError::Corrupt { table: self.table, key })?;
            entries.push((u64::from_be_bytes(sequence), row));
        }
        Ok(())
    }

    fn row(&self, found: Found<'_>) -> Result<(Vec<u8>, Row), ReadError> {
        let (key, value) = found.map_err(|error| self.failed(error))?;
        let row = unseal(self.table, key.value(), value.value())?;
        Ok((key.value().to_vec(), row))
    }

    fn failed(&self, error: impl std::fmt::Display) -> ReadError {
        ReadError::Failed { table: self.table, cause: error.to_string() }
    }
}

type Guard<'a> = redb::AccessGuard<'a, &'static [u8]>;
type Found<'a> = Result<(Guard<'a>, Guard<'a>), redb::StorageError>;

fn later_than(key: &[u8]) -> (Bound<&[u8]>, Bound<&[u8]>) {
    (Bound::Excluded(key), Bound::Unbounded)
}

fn unseal(table: Table, key: &[u8], bytes: &[u8]) -> Result<Row, ReadError> {
    seal::unseal(table.0, key, bytes).ok_or_else(|| ReadError::Corrupt { table, key: key.to_vec() })
}
