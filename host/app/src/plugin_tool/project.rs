//! A plugin as its author has it on disk.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::Manifest;

use super::lang::Lang;
use crate::cli::{Failure, Status};

/// A folder with a project of some language, and a `plugin.toml` that is right.
#[derive(Clone, Debug)]
pub struct Project {
    /// Absolute, without links.
    pub folder: PathBuf,
    pub lang: Lang,
    pub manifest: Manifest,
}

impl Project {
    /// # Errors
    /// One of the two files is missing, or `plugin.toml` is wrong.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let missing = |what: &Path| {
            Failure::new(format!("{} does not exist", what.display()))
                .status(Status::NotFound)
                .hint("give the folder of a plugin, or make one with `patchbay plugin new`")
        };
        let folder = path.canonicalize().map_err(|_| missing(path))?;
        let lang = Lang::of(&folder).ok_or_else(|| missing(&folder.join(Lang::Rust.project_file())))?;
        let file = folder.join("plugin.toml");
        let text = fs::read_to_string(&file).map_err(|_| missing(&file))?;
        let manifest = Manifest::parse(&text, &file.display().to_string()).map_err(Failure::new)?;
        Ok(Self { folder, lang, manifest })
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

    #[test]
    fn a_projects_language_is_known_by_its_own_file() {
        for lang in Lang::ALL {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(lang.project_file()), "").unwrap();
            assert_eq!(Lang::of(folder.path()), Some(lang));
        }
    }
}
