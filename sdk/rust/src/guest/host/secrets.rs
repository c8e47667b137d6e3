//! `secrets`.

use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::secrets as contract;

pub(crate) fn exists(name: &str) -> Result<bool, PluginError> {
    Ok(contract::exists(name)?)
}
