//! Saves in a project's folder, without what building leaves there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::cli::Failure;

/// A save is often several writes: it is over when nothing has come for this long.
const QUIET: Duration = Duration::from_millis(300);
/// Changes that wait; more are no news, because one is enough to build again.
const WAITING_MAX: usize = 16;
/// Folders and files that are made, not written.
const MADE: [&str; 9] = [
    "target",
    "build",
    "node_modules",
    "__pycache__",
    ".venv",
    ".git",
    "Cargo.lock",
    "package-lock.json",
    "dist",
];
const MADE_SUFFIXES: [&str; 4] = [".wasm", ".wasm.part", ".pyc", "~"];

/// A watch on a folder. Dropping it ends the watch.
pub struct Changes {
    folder: PathBuf,
    watcher: RecommendedWatcher,
    /// Folders that are watched already.
    watched: BTreeSet<PathBuf>,
    saves: mpsc::Receiver<PathBuf>,
}

impl Changes {
    /// # Errors
    /// The system cannot watch it.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let (sender, saves) = mpsc::channel(WAITING_MAX);
        let root = folder.to_owned();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let event = event.ok().filter(|event| !event.kind.is_access());
            let paths = event.into_iter().flat_map(|event| event.paths);
            paths.filter(|path| is_source(&root, path)).for_each(|path| drop(sender.try_send(path)));
        });
        let watcher = watcher.map_err(|error| unwatchable(folder, &error))?;
        let mut changes = Self { folder: folder.to_owned(), watcher, watched: BTreeSet::new(), saves };
        changes.watch_all()?;
        Ok(changes)
    }

    /// Waits for a save, and until it is over; says which file was first.
    ///
    /// # Errors
    /// A folder that is new cannot be watched.
    ///
    /// # Cancel safety
    /// What has come is forgotten.
    pub async fn next(&mut self) -> Result<String, Failure> {
        let gone = || Failure::new(format!("the watch on {} has ended", self.folder.display()));
        let first = self.saves.recv().await.ok_or_else(gone)?;
        while let Ok(Some(_)) = timeout(QUIET, self.saves.recv()).await {}
        self.watch_all()?;
        Ok(first.strip_prefix(&self.folder).unwrap_or(&first).display().to_string())
    }

    /// The folder itself, and each folder in it whole, but for those that are made.
    fn watch_all(&mut self) -> Result<(), Failure> {
        let folder = self.folder.clone();
        self.watch(&folder, RecursiveMode::NonRecursive)?;
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for below in entries.filter(|path| path.is_dir() && is_source(&folder, path)) {
            self.watch(&below, RecursiveMode::Recursive)?;
        }
        Ok(())
    }

    fn watch(&mut self, folder: &Path, mode: RecursiveMode) -> Result<(), Failure> {
        if self.watched.insert(folder.to_owned()) {
            self.watcher.watch(folder, mode).map_err(|error| unwatchable(folder, &error))?;
        }
        Ok(())
    }
}

fn unwatchable(folder: &Path, error: &notify::Error) -> Failure {
    Failure::new(format!("cannot watch {}: {error}", folder.display()))
}

/// Whether an author may have written it.
fn is_source(root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else { return false };
    let names = || below.iter().filter_map(|name| name.to_str());
    names().next().is_some()
        && !names()
            .any(|name| MADE.contains(&name) || MADE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_no_source() {
        let check = |path: &str, expect: bool| {
            assert_eq!(is_source(Path::new("/p"), Path::new(path)), expect, "{path}");
        };
        check("/p/src/lib.rs", true);
        check("/p/plugin.toml", true);
        check("/p/cases/first.json", true);
        check("/p", false);
        check("/p/target/release/x", false);
        check("/p/my-plugin.wasm", false);
        check("/p/my-plugin.wasm.part", false);
        check("/p/src/__pycache__/a.pyc", false);
        check("/p/Cargo.lock", false);
    }

    #[tokio::test]
    async fn a_save_is_seen_once_and_what_is_made_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("src")).unwrap();
        let mut changes = Changes::of(&root).unwrap();
        fs::write(root.join("made.wasm"), "").unwrap();
        for text in ["a", "b"] {
            fs::write(root.join("src/lib.rs"), text).unwrap();
        }
        assert_eq!(changes.next().await.unwrap(), "src/lib.rs");
        assert!(timeout(Duration::from_millis(500), changes.next()).await.is_err());
    }
}
