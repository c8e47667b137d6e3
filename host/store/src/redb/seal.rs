//! Rows with a checksum over all that makes them this row, so that a flipped bit is found and not returned.
//! Layout: CRC-32, revision, value; numbers big-endian.

use crate::{Revision, Row};

#[cfg(test)]
fn seal(table: &str, key: &[u8], revision: Revision, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    seal_into(&mut bytes, table, key, revision, value);
    bytes
}

/// The same in memory that is there already, over what is in it.
pub(super) fn seal_into(bytes: &mut Vec<u8>, table: &str, key: &[u8], revision: Revision, value: &[u8]) {
    bytes.clear();
    bytes.reserve(12 + value.len());
    bytes.extend(checksum(table, key, revision.0.to_be_bytes(), value));
    bytes.extend(revision.0.to_be_bytes());
    bytes.extend(value);
}

/// `None` if the checksum does not fit.
pub(super) fn unseal(table: &str, key: &[u8], bytes: &[u8]) -> Option<Row> {
    let (revision, value) = parts(table, key, bytes)?;
    Some(Row { revision, value: value.to_vec() })
}

/// Of a row, its revision alone; `None` if the checksum does not fit.
pub(super) fn revision(table: &str, key: &[u8], bytes: &[u8]) -> Option<Revision> {
    parts(table, key, bytes).map(|(revision, _)| revision)
}

fn parts<'a>(table: &str, key: &[u8], bytes: &'a [u8]) -> Option<(Revision, &'a [u8])> {
    let (found, bytes) = bytes.split_first_chunk()?;
    let (revision, value) = bytes.split_first_chunk()?;
    let expected = checksum(table, key, *revision, value);
    (*found == expected).then(|| (Revision(u64::from_be_bytes(*revision)), value))
}

/// In few pieces, since each costs as much as many bytes.
fn checksum(table: &str, key: &[u8], revision: [u8; 8], value: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    // With its length, so that no part can pass a byte on to the next.
    let of = |part: &[u8]| (part.len() as u64).to_be_bytes();
    let parts = [&of(table.as_bytes()), table.as_bytes(), &of(key), key, &revision];
    let mut together = [0; 128];
    match joined(&parts, &mut together) {
        Some(joined) => hasher.update(joined),
        None => parts.iter().for_each(|part| hasher.update(part)),
    }
    hasher.update(value);
    hasher.finalize().to_be_bytes()
}

/// The parts one after the other, if there is room for them.
fn joined<'a>(parts: &[&[u8]], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut length = 0;
    for part in parts {
        room.get_mut(length..length + part.len())?.copy_from_slice(part);
        length += part.len();
    }
    room.get(..length)
}

#[cfg(test)]
mod tests;
