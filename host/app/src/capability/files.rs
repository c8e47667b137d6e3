//! `files`: below the folders that were granted, and nowhere else. Grant: `files = [{ root = "/srv/notes", write = true }]`.
//! Links are followed as long as they stay below the folder and are relative; regular files alone are opened.
//!
//! Disks are waited for on threads that may wait, a bounded number at once.

mod place;
mod replace;

use std::sync::{Arc, Mutex, PoisonError};

use patchbay_runtime::Scope;
use patchbay_runtime::ask::{Entry, HostReply, Payload};
use patchbay_types::{Digest, FilesGrant};
use rustix::fs::{AtFlags, Dir, FileType, statat};
use tokio::sync::Semaphore;

use super::{Answer, PluginError, error, shown};
use place::{Place, failed};

/// Of a file.
const FILE_BYTES_MAX: usize = 16 << 20;
/// Entries of a folder.
const ENTRIES_MAX: usize = 10_000;
/// Operations at once, of all plugins: times the largest file this is the memory they take.
const AT_ONCE: usize = 16;
/// Replacements at once: two of one file never are.
const LANES: usize = 64;

pub(super) struct Files {
    turns: Arc<Semaphore>,
    lanes: Arc<[Mutex<()>]>,
}

impl Files {
    pub(super) fn new() -> Self {
        let lanes = (0..LANES).map(|_| Mutex::new(())).collect();
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), lanes }
    }

    pub(super) async fn read(&self, scope: &Scope, path: &str) -> Answer {
        let grants = granted(scope);
        let path = path.to_owned();
        self.aside(move || {
            let bytes = Place::find(&grants, &path, false)?.read()?;
            let version = version_of(&bytes);
            Ok(HostReply::File { contents: bytes.into(), version })
        })
        .await
    }

    pub(super) async fn entries(&self, scope: &Scope, path: &str) -> Answer {
        let grants = granted(scope);
        let path = path.to_owned();
        self.aside(move || {
            let place = Place::find(&grants, &path, false)?;
            entries(&place).map(HostReply::Entries)
        })
        .await
    }

    pub(super) async fn replace(
        &self,
        scope: &Scope,
        path: &str,
        contents: &Payload,
        version: Option<&str>,
    ) -> Answer {
        if contents.0.len() > FILE_BYTES_MAX {
            return Err(too_large("the contents"));
        }
        let (grants, lanes) = (granted(scope), self.lanes.clone());
        let (path, contents, version) = (path.to_owned(), contents.0.clone(), version.map(str::to_owned));
        self.aside(move || {
            let target = Place::find(&grants, &path, true)?.target()?;
            let lane = lanes.get(target.lane(LANES));
            let _alone = lane.map(|lane| lane.lock().unwrap_or_else(PoisonError::into_inner));
            replace::replace(&target, &contents, version.as_deref())?;
            Ok(HostReply::Version(version_of(&contents)))
        })
        .await
    }

    /// On a thread that may wait. If the call ends before, what was begun is done to its end.
    async fn aside(&self, work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
        let ending = |_| error("failed", "the host is ending");
        let turn =
            self.turns.clone().acquire_owned().await.map_err(|_| error("failed", "the host is ending"))?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(ending)?
    }
}

fn granted(scope: &Scope) -> Vec<FilesGrant> {
    scope.grants.files.clone().unwrap_or_default()
}

/// By name. Names that are no UTF-8 cannot be said, and are left out.
fn entries(place: &Place) -> Result<Vec<Entry>, PluginError> {
    let folder = place.folder()?;
    let wrong = |cause| failed(cause, &place.shown);
    let mut entries = Vec::new();
    for found in Dir::read_from(&folder).map_err(wrong)? {
        let found = found.map_err(wrong)?;
        let Ok(name) = found.file_name().to_str() else { continue };
        if matches!(name, "." | "..") {
            continue;
        }
        // One that is gone by now is not there.
        let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        if entries.len() >= ENTRIES_MAX {
            let message = format!("{} holds more than {ENTRIES_MAX} entries", place.shown);
            return Err(error("too-large", message));
        }
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        entries.push(Entry { name: name.to_owned(), kind: kind(stat.st_mode).to_owned(), size });
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

fn kind(mode: u32) -> &'static str {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => "file",
        FileType::Directory => "folder",
        _ => "other",
    }
}

/// SHA-256 of what is in it.
fn version_of(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

fn too_large(what: &str) -> PluginError {
    error("too-large", format!("{what} of a file may have at most {} MiB", FILE_BYTES_MAX >> 20))
}

#[cfg(test)]
mod tests;
