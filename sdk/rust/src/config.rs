//! The operator's configuration of the slot that the plugin fills.

use serde::de::DeserializeOwned;

use crate::PluginError;

/// The operator's configuration, read into your own type. Nothing set reads as `{}`, so
/// `#[derive(Default)]` with `#[serde(default)]` makes every key optional, and `#[serde(deny_unknown_fields)]`
/// tells the operator about a misspelt one.
///
/// # Errors
/// `bad-config`, with the place, if the JSON does not fit `T`.
pub fn config<T: DeserializeOwned>() -> Result<T, PluginError> {
    let text = source();
    serde_json::from_str(&text)
        .map_err(|error| PluginError::new("bad-config", format!("the configuration: {error}")))
}

#[cfg(target_arch = "wasm32")]
fn source() -> String {
    crate::guest::bindings::patchbay::plugin::config::get()
}

#[cfg(not(target_arch = "wasm32"))]
fn source() -> String {
    crate::testing::mock::config()
}
