//! Files below the folders that were granted. Grant: `files = [{ root = "/srv/notes", write = true }]`.
//!
//! Paths are absolute; a link that leads out is refused.

use serde::{Deserialize, Serialize};

use crate::{PluginError, host};

/// A file as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// All of it.
    pub contents: Vec<u8>,
    /// What [`replace`] asks for.
    pub version: String,
}

impl File {
    /// The contents as text.
    ///
    /// # Errors
    /// `bad-text` if they are no UTF-8.
    pub fn text(&self) -> Result<&str, PluginError> {
        Ok(std::str::from_utf8(&self.contents)?)
    }
}

/// What is in a folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Without the folder's.
    pub name: String,
    /// `file`, `folder` or `other`.
    pub kind: String,
    /// In bytes.
    pub size: u64,
}

/// A file of at most 16 MiB, and the version that it has.
///
/// # Errors
/// `refused` if it was not granted; it is not there, or too large.
pub fn read(path: &str) -> Result<File, PluginError> {
    host::files::read(path)
}

/// What is in a folder, by name; at most 10,000.
///
/// # Errors
/// `refused` if it was not granted; it is not there.
pub fn entries(path: &str) -> Result<Vec<Entry>, PluginError> {
    host::files::entries(path)
}

/// Puts a file in place whole, if it still has `version`, and says the new one; none: if it is not there yet.
///
/// # Errors
/// `conflict` if somebody else has changed it; `refused` if it was not granted.
pub fn replace(path: &str, contents: impl AsRef<[u8]>, version: Option<&str>) -> Result<String, PluginError> {
    host::files::replace(path, contents.as_ref(), version)
}
