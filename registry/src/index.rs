//! `index.json`: which names and versions the components beside it are, who signed them, and where they came from. It
//! is written whole or not at all, by one writer at a time. It must not know what a component is, or judge one.
//!
//! Calls block on the disk: an async caller moves them off its threads.

pub(crate) mod disk;
mod entry;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use patchbay_types::Digest;
use serde::{Deserialize, Serialize};

use crate::{PluginName, Version};

pub use entry::{Listed, Provenance, Source};

const FILE: &str = "index.json";
const BYTES_MAX: u64 = 16 << 20;
const NAMES_MAX: usize = 10_000;
/// Of one name.
const VERSIONS_MAX: usize = 1_000;
/// Of one version.
const SIGNATURES_MAX: usize = crate::SIGNATURES_MAX;

/// The file, in the folder of the components.
#[derive(Clone, Debug)]
pub struct Index {
    folder: PathBuf,
}

/// What the file says: name, version, entry.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    names: BTreeMap<PluginName, BTreeMap<Version, Listed>>,
}

/// Why the index cannot be used. The components beside it are as they were.
#[derive(thiserror::Error, Debug)]
pub enum IndexError {
    #[error("cannot read the index {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the index {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error("the index {path} is damaged: {message}; restore it, or move it away and load the plugins again")]
    Damaged { path: PathBuf, message: String },
    #[error("another process is writing the index {path}: try again")]
    Busy { path: PathBuf },
    #[error("the index has {count} {what}, expected at most {max}: remove some first")]
    Full { what: &'static str, count: usize, max: usize },
}

impl Index {
    /// The index in `folder`, which exists. Nothing is read yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// All of it; empty if there is none yet.
    ///
    /// # Errors
    /// It cannot be read, or is not what was written.
    pub fn read(&self) -> Result<Catalogue, IndexError> {
        let path = self.path();
        let text = match disk::read(&path, BYTES_MAX) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(Catalogue::default()),
            Err(source) => return Err(IndexError::Read { path, source }),
        };
        let damaged = |message: String| IndexError::Damaged { path: path.clone(), message };
        let catalogue: Catalogue =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        catalogue.check().map_err(|error| damaged(error.to_string()))?;
        Ok(catalogue)
    }

    /// Changes it, alone: when this returns, the change outlasts a power cut.
    ///
    /// # Errors
    /// Nothing was changed; [`IndexError::Busy`] if another process is at it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Catalogue) -> T) -> Result<T, IndexError> {
        let path = self.path();
        let failed = |source: io::Error| IndexError::Write { path: path.clone(), source };
        let turn = disk::turn(&path).map_err(failed)?;
        let _turn = turn.ok_or_else(|| IndexError::Busy { path: path.clone() })?;
        let mut catalogue = self.read()?;
        let answer = change(&mut catalogue);
        catalogue.check()?;
        let text = serde_json::to_vec_pretty(&catalogue).map_err(|error| failed(error.into()))?;
        if text.len() as u64 > BYTES_MAX {
            let max = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
            return Err(IndexError::Full { what: "bytes", count: text.len(), max });
        }
        disk::write(&self.folder, &path, &text).map_err(failed)?;
        Ok(answer)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

impl Catalogue {
    /// Lists a component. The same bytes again keep the signatures that are known, and gain the new ones; other bytes
    /// under the same name and version take its place.
    pub fn list(&mut self, name: PluginName, version: Version, mut entry: Listed) {
        let versions = self.names.entry(name).or_default();
        if let Some(before) = versions.get(&version).filter(|before| before.digest == entry.digest) {
            let new = std::mem::take(&mut entry.signatures);
            entry.signatures = before.signatures.clone();
            let unknown: Vec<String> =
                new.into_iter().filter(|text| !entry.signatures.contains(text)).collect();
            entry.signatures.extend(unknown);
        }
        versions.insert(version, entry);
    }

    #[must_use]
    pub fn get(&self, name: &PluginName, version: &Version) -> Option<&Listed> {
        self.names.get(name)?.get(version)
    }

    /// Every version of a plugin, the oldest first.
    pub fn versions(&self, name: &PluginName) -> impl DoubleEndedIterator<Item = (&Version, &Listed)> {
        self.names.get(name).into_iter().flatten()
    }

    /// Everything, by name and version.
    pub fn iter(&self) -> impl Iterator<Item = (&PluginName, &Version, &Listed)> {
        self.names
            .iter()
            .flat_map(|(name, versions)| versions.iter().map(move |(version, entry)| (name, version, entry)))
    }

    /// The signatures of a component, under whatever name it is listed.
    pub fn signatures(&self, digest: &Digest) -> impl Iterator<Item = &str> {
        let entries = self.iter().filter(move |(_, _, entry)| entry.digest == *digest);
        entries.flat_map(|(_, _, entry)| entry.signatures.iter().map(String::as_str))
    }

    /// Forgets a version; what it was, if it was there.
    pub fn remove(&mut self, name: &PluginName, version: &Version) -> Option<Listed> {
        let versions = self.names.get_mut(name)?;
        let removed = versions.remove(version);
        if versions.is_empty() {
            self.names.remove(name);
        }
        removed
    }

    fn check(&self) -> Result<(), IndexError> {
        let full = |what: &'static str, count: usize, max: usize| match count <= max {
            true => Ok(()),
            false => Err(IndexError::Full { what, count, max }),
        };
        full("names", self.names.len(), NAMES_MAX)?;
        for versions in self.names.values() {
            full("versions of one plugin", versions.len(), VERSIONS_MAX)?;
        }
        for (_, _, entry) in self.iter() {
            full("signatures of one component", entry.signatures.len(), SIGNATURES_MAX)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
