//! Holding on to what the host gives: below the SDK, which would let go.

use patchbay_sdk::PluginError;
use serde_json::Value;

#[cfg(target_arch = "wasm32")]
pub(crate) fn hoard(path: &str, count: usize) -> Result<Value, PluginError> {
    use patchbay_sdk::guest::bindings::patchbay::plugin::files;
    let mut held = Vec::new();
    for _ in 0..count {
        held.push(files::read(path)?.0);
    }
    Ok(held.len().into())
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn hoard(_: &str, _: usize) -> Result<Value, PluginError> {
    Err(PluginError::new("native", "only the sandbox has handles"))
}
