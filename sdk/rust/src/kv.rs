//! A small store of the plugin's own in its slot: what it must remember over calls, swaps and restarts.
//!
//! Grant: `kv = { max_bytes = 65536 }`. A key has at most 256 bytes, a value 64 KiB.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{PluginError, host};

/// Keys asked for at once.
const PAGE: u32 = 1_000;
/// Keys that [`keys`] gives at most.
const KEYS_MAX: usize = 100_000;

/// The value, none if there is no such key.
///
/// # Errors
/// `refused` if it was not granted.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, PluginError> {
    host::kv::get(key)
}

/// The value as text.
///
/// # Errors
/// As [`get`], and `bad-text` if it is no UTF-8.
pub fn get_text(key: &str) -> Result<Option<String>, PluginError> {
    Ok(get(key)?.map(String::from_utf8).transpose()?)
}

/// The value, read from its JSON.
///
/// # Errors
/// As [`get`], and `bad-json` if it does not fit `T`.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, PluginError> {
    Ok(get(key)?.map(|value| serde_json::from_slice(&value)).transpose()?)
}

/// Keeps a value; durable when it returns.
///
/// # Errors
/// `quota` if all keys and values together would pass the grant; `refused` if there is none.
pub fn set(key: &str, value: impl AsRef<[u8]>) -> Result<(), PluginError> {
    host::kv::set(key, value.as_ref())
}

/// Keeps a value as JSON.
///
/// # Errors
/// As [`set`].
pub fn set_json<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<(), PluginError> {
    set(key, serde_json::to_vec(value)?)
}

/// Forgets a key, and says whether it was there.
///
/// # Errors
/// `refused` if it was not granted.
pub fn delete(key: &str) -> Result<bool, PluginError> {
    host::kv::delete(key)
}

/// All keys with that prefix, in order; at most 100,000.
///
/// # Errors
/// As [`keys_after`].
pub fn keys(prefix: &str) -> Result<Vec<String>, PluginError> {
    let mut all: Vec<String> = Vec::new();
    while all.len() < KEYS_MAX {
        let page = keys_after(prefix, all.last().map(String::as_str), PAGE)?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(all)
}

/// Keys with that prefix, in order, that come after `after`; at most `count`, and at most 1,000.
///
/// # Errors
/// `refused` if it was not granted.
pub fn keys_after(prefix: &str, after: Option<&str>, count: u32) -> Result<Vec<String>, PluginError> {
    host::kv::keys(prefix, after, count)
}
