//! `files`.

use super::blob;
use crate::PluginError;
use crate::files::{Entry, File};
use crate::guest::bindings::patchbay::plugin::files as contract;

pub(crate) fn read(path: &str) -> Result<File, PluginError> {
    let (contents, version) = contract::read(path)?;
    Ok(File { contents: blob::bytes(&contents), version })
}

pub(crate) fn entries(path: &str) -> Result<Vec<Entry>, PluginError> {
    let entries = contract::entries(path)?;
    Ok(entries
        .into_iter()
        .map(|entry| Entry { name: entry.name, kind: entry.kind, size: entry.size })
        .collect())
}

pub(crate) fn replace(path: &str, contents: &[u8], version: Option<&str>) -> Result<String, PluginError> {
    Ok(contract::replace(path, &blob::of(contents)?, version)?)
}
