//! The tables that one transaction has open. Each is opened once, and its text made once; after that a table is found
//! by comparing a few short names, of which a transaction has about ten.

use redb::WriteTransaction;

use super::super::head::{META, segment_name};
use super::super::{definition, table_name};
use crate::Log;

pub(super) type Rows<'txn> = redb::Table<'txn, &'static [u8], &'static [u8]>;

/// Which table of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name<'txn> {
    Meta,
    /// By the name of one of the host's own.
    Rows(&'txn str),
    Segment(Log, u64),
}

pub(super) struct Tables<'txn> {
    transaction: &'txn WriteTransaction,
    /// redb opens a table once at a time.
    open: Vec<(Name<'txn>, Rows<'txn>)>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn new(transaction: &'txn WriteTransaction) -> Self {
        Self { transaction, open: Vec::new() }
    }

    pub(super) fn rows(&mut self, name: Name<'txn>) -> Result<&mut Rows<'txn>, redb::Error> {
        let place = match self.open.iter().position(|(open, _)| *open == name) {
            Some(place) => place,
            None => {
                let rows = self.transaction.open_table(definition(&name.text()))?;
                self.open.push((name, rows));
                self.open.len() - 1
            }
        };
        let (_, rows) = self.open.get_mut(place).expect("it was found there, or put there just now");
        Ok(rows)
    }

    /// Drops the table with all that is in it.
    pub(super) fn drop(&mut self, name: Name<'txn>) -> Result<(), redb::Error> {
        self.open.retain(|(open, _)| *open != name);
        self.transaction.delete_table(definition(&name.text()))?;
        Ok(())
    }
}

impl Name<'_> {
    fn text(self) -> String {
        match self {
            Self::Meta => META.0.to_owned(),
            Self::Rows(table) => table_name(table),
            Self::Segment(log, segment) => segment_name(log, segment),
        }
    }
}
