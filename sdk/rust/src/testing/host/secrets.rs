//! `secrets`.

use serde_json::json;

use super::ask;
use crate::PluginError;

pub(crate) fn exists(name: &str) -> Result<bool, PluginError> {
    ask(json!({ "call": "secrets.exists", "name": name }), "flag")
}
