//! The three logs that any batch may append to.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ReadError, Row, Table, record};

/// Rows are JSON after this byte.
const VERSION: u8 = 1;

/// Which log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Log {
    /// The outbox: an entry stays until it was delivered, however many there are.
    Reports,
    /// Rotated: the oldest go when the log is full.
    Events,
    /// Rotated: the oldest go when the log is full.
    Audit,
}

/// Which part of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// From the oldest whose sequence number is greater than this.
    After(u64),
    /// The newest.
    Last,
}

impl Log {
    pub const ALL: [Log; 3] = [Log::Reports, Log::Events, Log::Audit];

    /// The name that errors and files know it by.
    #[must_use]
    pub const fn table(self) -> Table {
        match self {
            Log::Reports => Table("reports"),
            Log::Events => Table("events"),
            Log::Audit => Table("audit"),
        }
    }
}

pub(crate) fn encode<T: Serialize>(entry: &T) -> Vec<u8> {
    record::encode(VERSION, entry)
        .expect("reports, events and audits are texts and numbers: JSON holds them all")
}

pub(crate) fn decode<T: DeserializeOwned>(
    log: Log,
    (sequence, row): (u64, Row),
) -> Result<(u64, T), ReadError> {
    let entry = record::decode(log.table(), &sequence.to_be_bytes(), VERSION, &row.value)?;
    Ok((sequence, entry))
}
