//! Files below the folders that were granted, as texts.

use patchbay_sdk::{PluginError, files};
use serde_json::{Value, json};

use super::text;
use crate::desk::Desk;

/// `read(path)`: `{ text, version }`.
pub(super) fn read(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    let file = files::read(text(arguments, 0, "the path")?)?;
    Ok(json!({ "text": file.text()?, "version": file.version }))
}

/// `write(path, text, version)`: the new version; without a version only if it is not there yet.
pub(super) fn write(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    let (path, contents) = (text(arguments, 0, "the path")?, text(arguments, 1, "the contents")?);
    let version = match arguments.get(2) {
        None | Some(Value::Null) => None,
        Some(_) => Some(text(arguments, 2, "the version")?),
    };
    files::replace(path, contents, version).map(Value::from)
}

/// `entries(folder)`: a list of `{ name, kind, size }`.
pub(super) fn entries(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    Ok(serde_json::to_value(files::entries(text(arguments, 0, "the folder")?)?)?)
}
