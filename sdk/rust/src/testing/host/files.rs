//! `files`.

use serde::Deserialize;
use serde_json::json;

use super::ask;
use crate::PluginError;
use crate::files::{Entry, File};
use crate::testing::payload::Payload;

#[derive(Deserialize)]
struct Answer {
    contents: Payload,
    version: String,
}

pub(crate) fn read(path: &str) -> Result<File, PluginError> {
    let Answer { contents, version } = ask(json!({ "call": "files.read", "path": path }), "file")?;
    Ok(File { contents: contents.0, version })
}

pub(crate) fn entries(path: &str) -> Result<Vec<Entry>, PluginError> {
    ask(json!({ "call": "files.entries", "path": path }), "entries")
}

pub(crate) fn replace(path: &str, contents: &[u8], version: Option<&str>) -> Result<String, PluginError> {
    let contents = Payload::of(contents);
    ask(json!({ "call": "files.replace", "path": path, "contents": contents, "version": version }), "version")
}
