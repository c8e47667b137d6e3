//! `patchbay.lock`: which component each tag stood for when it was pinned, so that everybody after gets the same bytes.
//! It must not know how a component is fetched.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use patchbay_types::Digest;
use serde::{Deserialize, Serialize};

use crate::index::disk;
use crate::{Place, PluginName, Version};

/// What the file is called, in the folder where it is used.
pub const LOCK_FILE: &str = "patchbay.lock";

const FORMAT: u32 = 1;
const BYTES_MAX: u64 = 1 << 20;
const PLUGINS_MAX: usize = 1_000;
const HEAD: &str = "# Written by `patchbay plugin pull --lock`. Keep it with your sources; do not edit it.\n";

/// The file, read: one version of each plugin.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lock {
    plugins: BTreeMap<PluginName, Pinned>,
}

/// One plugin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    pub name: PluginName,
    pub version: Version,
    /// Of the component; `source` ends with that of the artefact which holds it.
    pub digest: Digest,
    pub source: Place,
}

/// Why the lock file cannot be used.
#[derive(thiserror::Error, Debug)]
pub enum LockError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{path} is not a lock file of this version: {message}; pin the plugins again with `patchbay plugin pull --lock`"
    )]
    Text { path: PathBuf, message: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    format: u32,
    #[serde(default, rename = "plugin")]
    plugins: Vec<Pinned>,
}

impl Lock {
    /// Reads the file; empty if there is none.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub fn load(path: &Path) -> Result<Self, LockError> {
        let read = |source: io::Error| LockError::Read { path: path.to_owned(), source };
        let Some(bytes) = disk::read(path, BYTES_MAX).map_err(read)? else {
            return Ok(Self::default());
        };
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text).map_err(|message| LockError::Text { path: path.to_owned(), message })
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// [`LockError::Write`]; then it is as it was.
    pub fn save(&self, path: &Path) -> Result<(), LockError> {
        let write = |source: io::Error| LockError::Write { path: path.to_owned(), source };
        let raw = RawLock { format: FORMAT, plugins: self.plugins.values().cloned().collect() };
        let text = toml::to_string(&raw).map_err(|error| write(io::Error::other(error)))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        disk::write(folder, path, format!("{HEAD}{text}").as_bytes()).map_err(write)
    }

    /// Pins a plugin, in place of what its name was pinned to.
    pub fn pin(&mut self, pinned: Pinned) {
        self.plugins.insert(pinned.name.clone(), pinned);
    }

    /// Every plugin, by name.
    pub fn plugins(&self) -> impl Iterator<Item = &Pinned> {
        self.plugins.values()
    }

    /// What was pinned from `place`, by the tag that it names.
    #[must_use]
    pub fn of(&self, place: &Place) -> Option<&Pinned> {
        self.plugins().find(|pinned| pinned.source.unpinned() == place.unpinned())
    }

    fn parse(text: &str) -> Result<Self, String> {
        let raw: RawLock = toml::from_str(text).map_err(|error| error.message().replace('\n', ", "))?;
        if raw.format != FORMAT {
            return Err(format!("format {}, expected {FORMAT}", raw.format));
        }
        if raw.plugins.len() > PLUGINS_MAX {
            return Err(format!("{} plugins, expected at most {PLUGINS_MAX}", raw.plugins.len()));
        }
        let mut lock = Self::default();
        for pinned in raw.plugins {
            if pinned.source.digest().is_none() {
                return Err(format!("{} has a source without @sha256:…", pinned.name));
            }
            if lock.plugins.contains_key(&pinned.name) {
                return Err(format!("{} stands there twice", pinned.name));
            }
            lock.pin(pinned);
        }
        Ok(lock)
    }
}

#[cfg(test)]
mod tests;
