//! The plugin's small store in its slot. All scripts of a slot have it together.

use patchbay_sdk::{PluginError, kv};
use serde_json::Value;

use super::text;
use crate::desk::Desk;

/// `get(key)`: a text, null if it is not there.
pub(super) fn get(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    Ok(kv::get_text(text(arguments, 0, "the key")?)?.map_or(Value::Null, Value::from))
}

/// `set(key, text)`
pub(super) fn set(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    kv::set(text(arguments, 0, "the key")?, text(arguments, 1, "the value")?).map(|()| Value::Null)
}

/// `delete(key)`: whether it was there.
pub(super) fn delete(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    kv::delete(text(arguments, 0, "the key")?).map(Value::from)
}
