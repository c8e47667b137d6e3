//! `kv`.

use serde_json::json;

use super::{ask, tell};
use crate::PluginError;
use crate::testing::payload::Payload;

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, PluginError> {
    let value: Option<Payload> = ask(json!({ "call": "kv.get", "key": key }), "value")?;
    Ok(value.map(|value| value.0))
}

pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), PluginError> {
    tell(json!({ "call": "kv.set", "key": key, "value": Payload::of(value) }))
}

pub(crate) fn delete(key: &str) -> Result<bool, PluginError> {
    ask(json!({ "call": "kv.delete", "key": key }), "flag")
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, count: u32) -> Result<Vec<String>, PluginError> {
    ask(json!({ "call": "kv.keys", "prefix": prefix, "after": after, "count": count }), "keys")
}
