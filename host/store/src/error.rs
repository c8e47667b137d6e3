//! What can go wrong with a batch and with a read. What can go wrong with a file is the backend's own.

use std::time::Duration;

use patchbay_types::{Blame, Fault, Retry};

use crate::{Expected, Revision, Table};

/// A disk that is full stays so for at least as long, most likely.
const FULL_FOR: Duration = Duration::from_secs(10);

/// Why a batch was not committed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommitError {
    #[error(
        "{table}: row {} was expected to have {expected}, found {}: somebody else wrote it first; read it again and decide anew",
        key.escape_ascii(),
        found.map_or("no row".to_owned(), |found| format!("revision {found}"))
    )]
    Conflict { table: Table, key: Vec<u8>, expected: Expected, found: Option<Revision> },
    #[error("{what} has {found} bytes, at most {max} are kept: keep less in it, or split it over several")]
    TooLarge { what: &'static str, found: usize, max: usize },
    #[error(
        "{table}: row {}, which the batch depends on, is damaged: its checksum does not fit; restore the store from a backup",
        key.escape_ascii()
    )]
    Corrupt { table: Table, key: Vec<u8> },
    #[error(
        "the disk is full: nothing of the batch was written; free some room on the store's disk, batches are then taken again by themselves"
    )]
    Full,
    /// Whether the batches that were on their way when the store stopped are written is not known until it is opened
    /// again; those that came later are not.
    #[error("the store has stopped: {cause}; nothing more is written until the host is started again")]
    Stopped { cause: String },
}

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(
        "{table}: row {} is damaged: its checksum does not fit; restore the store from a backup",
        key.escape_ascii()
    )]
    Corrupt { table: Table, key: Vec<u8> },
    #[error(
        "{table}: row {} has version {}, this program reads version {expected}: use the version of Patchbay that wrote it, or newer",
        key.escape_ascii(),
        found.map_or("none".to_owned(), |found| found.to_string())
    )]
    Version { table: Table, key: Vec<u8>, expected: u8, found: Option<u8> },
    #[error("{table}: row {} is not the JSON that was expected: {source}", key.escape_ascii())]
    Decode { table: Table, key: Vec<u8>, source: serde_json::Error },
    #[error("{table}: {found} rows were asked for at once, at most {max} are read: ask for them in parts")]
    TooMany { table: Table, found: usize, max: usize },
    #[error("{table} cannot be read: {cause}; check the disk, then start the host again")]
    Failed { table: Table, cause: String },
}

/// Why a record could not be put into a batch.
#[derive(Debug, thiserror::Error)]
#[error("{table}: the record cannot be written as JSON: {source}")]
pub struct EncodeError {
    pub table: Table,
    pub source: serde_json::Error,
}

impl CommitError {
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            // The same batch would be refused again: a new one has to be made from what is there now.
            CommitError::Conflict { .. } | CommitError::TooLarge { .. } => {
                Fault::new(Blame::Client, Retry::Never)
            }
            CommitError::Full => Fault::new(Blame::Host, Retry::After(FULL_FOR)),
            CommitError::Corrupt { .. } | CommitError::Stopped { .. } => {
                Fault::new(Blame::Host, Retry::Never)
            }
        }
    }
}

impl ReadError {
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::new(Blame::Host, Retry::Never)
    }
}
