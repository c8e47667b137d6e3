//! JSON that the contract carries as text, and that an author works with as a value.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;

pub(crate) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).map_err(D::Error::custom)
}

/// Inline, as is whoever calls it: so the parser is compiled in the plugin's crate alone. It is most of a small component.
#[inline]
pub(crate) fn read(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text)
}
