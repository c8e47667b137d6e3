//! The files beside an identity: `identity.age.pending` while it is to be succeeded, `identity.age.old-1` and so on after
//! that. It must not know what is in them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::identity::folder_of;

const OLD: &str = ".old-";

pub(super) fn pending(identity: &Path) -> PathBuf {
    with(identity, ".pending")
}

/// The files of earlier identities, the oldest first.
pub(super) fn old(identity: &Path) -> io::Result<Vec<PathBuf>> {
    let mut numbers = numbers(identity)?;
    numbers.sort_unstable();
    Ok(numbers.into_iter().map(|number| with(identity, &format!("{OLD}{number}"))).collect())
}

/// Gives the identity in charge a second name among the old ones, unless it has one. Returns that name.
pub(super) fn keep(identity: &Path) -> io::Result<PathBuf> {
    keep_file(identity, identity)
}

/// Puts the pending identity in the place of the one in charge, which has to have another name by now.
pub(super) fn succeed(identity: &Path) -> io::Result<()> {
    fs::rename(pending(identity), identity)?;
    sync(identity)
}

/// Puts the pending identity among the old ones.
pub(super) fn set_aside(identity: &Path) -> io::Result<PathBuf> {
    let pending = pending(identity);
    let kept = keep_file(identity, &pending)?;
    remove(&pending)?;
    Ok(kept)
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync(path)
}

/// A step that a kill cut off after its work sees that it is done.
fn keep_file(identity: &Path, file: &Path) -> io::Result<PathBuf> {
    let own = fs::metadata(file)?;
    let is_same = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino()))
    };
    if let Some(kept) = old(identity)?.into_iter().find(is_same) {
        return Ok(kept);
    }
    let kept = next(identity)?;
    fs::hard_link(file, &kept)?;
    sync(identity)?;
    Ok(kept)
}

fn next(identity: &Path) -> io::Result<PathBuf> {
    let last = numbers(identity)?.into_iter().max().unwrap_or_default();
    Ok(with(identity, &format!("{OLD}{}", last.saturating_add(1))))
}

fn numbers(identity: &Path) -> io::Result<Vec<u32>> {
    let mut prefix = identity.file_name().unwrap_or_default().to_owned();
    prefix.push(OLD);
    let prefix = prefix.to_string_lossy().into_owned();
    let number = |entry: fs::DirEntry| {
        let name = entry.file_name();
        name.to_str()?.strip_prefix(&prefix)?.parse().ok()
    };
    let entries = fs::read_dir(folder_of(identity))?;
    Ok(entries.filter_map(|entry| number(entry.ok()?)).collect())
}

/// What happened to names in the folder is on the disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
