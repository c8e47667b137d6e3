//! The crate of a plugin, as its author has it on disk.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::Manifest;

use crate::cli::{Failure, Status};

/// A folder with a `Cargo.toml` and a `plugin.toml` that is right.
#[derive(Clone, Debug)]
pub struct Project {
    /// Absolute, without links.
    pub folder: PathBuf,
    pub manifest: Manifest,
}

impl Project {
    /// # Errors
    /// One of the two files is missing, or `plugin.toml` is wrong.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let missing = |what: &Path| {
            Failure::new(format!("{} does not exist", what.display()))
                .status(Status::NotFound)
                .hint("give the folder of a plugin's crate, or make one with `patchbay plugin new`")
        };
        let folder = path.canonicalize().map_err(|_| missing(path))?;
        if !folder.join("Cargo.toml").is_file() {
            return Err(missing(&folder.join("Cargo.toml")));
        }
        let file = folder.join("plugin.toml");
        let text = fs::read_to_string(&file).map_err(|_| missing(&file))?;
        let manifest = Manifest::parse(&text, &file.display().to_string()).map_err(Failure::new)?;
        Ok(Self { folder, manifest })
    }

    /// Where the built plugin goes.
    pub fn component(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.manifest.plugin.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let check = |expect: &str| {
            let failure = Project::open(folder.path()).unwrap_err().to_string();
            assert!(failure.contains(expect), "{failure}");
        };
        check("Cargo.toml does not exist");
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        check("plugin.toml does not exist");
        fs::write(folder.path().join("plugin.toml"), "[plugin]\nname = 1\n").unwrap();
        check("plugin.toml:2:8");
    }
}
