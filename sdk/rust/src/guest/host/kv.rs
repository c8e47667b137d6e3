//! `kv`.

use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::kv as contract;

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, PluginError> {
    Ok(contract::get(key)?)
}

pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), PluginError> {
    Ok(contract::set(key, value)?)
}

pub(crate) fn delete(key: &str) -> Result<bool, PluginError> {
    Ok(contract::delete(key)?)
}

pub(crate) fn keys(prefix: &str, after: Option<&str>, count: u32) -> Result<Vec<String>, PluginError> {
    Ok(contract::keys(prefix, after, count)?)
}
