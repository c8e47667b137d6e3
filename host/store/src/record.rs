//! What a row means to whoever keeps it: JSON with a version byte in front.

use std::cell::RefCell;

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

/// What a thread keeps of the memory in which it encodes, in bytes.
const KEPT_BYTES: usize = 64 << 10;

thread_local! {
    /// Rows are encoded here, and then copied into as much memory as they need.
    static ENCODING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn encode<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, serde_json::Error> {
    // A value that encodes another one meanwhile finds it in use no more.
    let mut bytes = ENCODING.take();
    bytes.clear();
    bytes.push(version);
    let encoded = serde_json::to_writer(&mut bytes, value).map(|()| bytes.as_slice().to_vec());
    if bytes.capacity() <= KEPT_BYTES {
        ENCODING.set(bytes);
    }
    encoded
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
