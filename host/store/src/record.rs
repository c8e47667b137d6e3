//! What a row means to whoever keeps it: JSON with a version byte in front.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Key, ReadError, Revision, Table};

/// Something kept in a table, as JSON with a version byte in front.
pub trait Record: Serialize + DeserializeOwned {
    const TABLE: Table;
    /// Grows when older code could not read what this code writes.
    const VERSION: u8;

    fn key(&self) -> Key;
}

/// A record and the commit that last wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored<R> {
    pub revision: Revision,
    pub record: R,
}

/// Memory that a row is given at first: most need no more.
const ROW_BYTES: usize = 1024;

pub(crate) fn encode<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(ROW_BYTES);
    bytes.push(version);
    serde_json::to_writer(&mut bytes, value)?;
    Ok(bytes)
}

pub(crate) fn decode<T: DeserializeOwned>(
    table: Table,
    key: &[u8],
    expected: u8,
    value: &[u8],
) -> Result<T, ReadError> {
    let (found, json) = match value.split_first() {
        Some((version, json)) => (Some(*version), json),
        None => (None, value),
    };
    if found != Some(expected) {
        return Err(ReadError::Version { table, key: key.to_vec(), expected, found });
    }
    serde_json::from_slice(json).map_err(|source| ReadError::Decode { table, key: key.to_vec(), source })
}
