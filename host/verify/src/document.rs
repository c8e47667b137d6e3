//! A JSON file as a value, of bounded size in memory too. It must not know what is looked for in it.

use std::io::Read;

use serde_json::Value;

use crate::place::{Found, Place};
use crate::verdict::Finding;

/// Of the file.
const BYTES_MAX: u64 = 16 << 20;
/// Values in it. A value of three bytes may take 160 in memory, so bytes alone are no bound.
const VALUES_MAX: usize = 1_000_000;

/// The value, or why there is none.
pub(crate) fn read(found: &Found, place: &Place) -> Result<Value, Finding> {
    let shown = &place.shown;
    if !found.is_regular {
        return Err(Finding::failed(format!("{shown:?} is no regular file, expected a JSON file")));
    }
    let bytes = bytes(found, place)?;
    let values = values(&bytes);
    if values > VALUES_MAX {
        let text = format!("{shown:?} holds {values} JSON values, expected at most {VALUES_MAX}");
        return Err(Finding::failed(text));
    }
    serde_json::from_slice(&bytes)
        .map_err(|wrong| Finding::failed(format!("{shown:?} holds no JSON, expected some: {wrong}")))
}

fn bytes(found: &Found, place: &Place) -> Result<Vec<u8>, Finding> {
    let shown = &place.shown;
    let large = |size: u64| {
        Finding::failed(format!("{shown:?} has {size} bytes or more, expected at most {BYTES_MAX} of JSON"))
    };
    if found.bytes > BYTES_MAX {
        return Err(large(found.bytes));
    }
    let mut bytes = Vec::new();
    let read = found.open().and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|cause| Finding::not_run(format!("{shown:?} cannot be read: {cause}")))?;
    if bytes.len() as u64 > BYTES_MAX { Err(large(BYTES_MAX)) } else { Ok(bytes) }
}

/// No fewer than there are: each begins the text, or follows a bracket, a comma or a colon outside of strings.
fn values(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' | b',' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}
