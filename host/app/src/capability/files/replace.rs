//! Putting a file in place whole: written beside it, synced, and moved over it. A crash leaves the old one or the new
//! one, and at worst a stray file beside it. It must not know which folders were granted.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fchmod, fsync, openat, renameat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use super::place::{Target, failed};
use super::{PluginError, error, version_of};

/// Of a new file, before the host's own mask.
const MODE: u32 = 0o666;
/// What is kept of an old file's mode.
const MODE_KEPT: u32 = 0o777;

/// Replaces what has this version; none puts it there if nothing is. Whoever calls this is the only one who does for
/// this file; another program may still come between the last look and the move.
pub(super) fn replace(target: &Target, contents: &[u8], version: Option<&str>) -> Result<(), PluginError> {
    let mode = unchanged(target, version)?;
    let beside = Beside::write(target, contents, mode)?;
    // Writing takes a while.
    unchanged(target, version)?;
    beside.put(version.is_none())
}

/// The mode of what has the version that was expected; none if nothing was.
fn unchanged(target: &Target, version: Option<&str>) -> Result<Option<u32>, PluginError> {
    let current = target.current()?;
    match (&current, version) {
        (None, None) => Ok(None),
        (Some((bytes, stat)), Some(version)) if version_of(bytes) == version => {
            Ok(Some(stat.st_mode & MODE_KEPT))
        }
        (None, Some(_)) => Err(conflict(target, "is not there any more")),
        (Some(_), None) => Err(conflict(target, "is there already")),
        (Some(_), Some(_)) => Err(conflict(target, "was changed since")),
    }
}

/// The new file, under a name of its own; removed if it does not get its place.
struct Beside<'a> {
    target: &'a Target,
    name: String,
    placed: bool,
}

impl<'a> Beside<'a> {
    fn write(target: &'a Target, contents: &[u8], mode: Option<u32>) -> Result<Self, PluginError> {
        let tag: String = (0..16).map(|_| fastrand::alphanumeric()).collect();
        let name = format!(".patchbay-{tag}.new");
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let wrong = |cause| failed(cause, &target.shown);
        let file = openat(&target.folder, name.as_str(), flags, Mode::from_raw_mode(MODE)).map_err(wrong)?;
        let beside = Self { target, name, placed: false };
        if let Some(mode) = mode {
            fchmod(&file, Mode::from_raw_mode(mode)).map_err(wrong)?;
        }
        filled(file, contents).map_err(|cause| error("failed", format!("{:?}: {cause}", target.shown)))?;
        Ok(beside)
    }

    fn put(mut self, new: bool) -> Result<(), PluginError> {
        let Target { folder, name, shown, .. } = self.target;
        let moved = match new {
            true => {
                renameat_with(folder, self.name.as_str(), folder, name.as_os_str(), RenameFlags::NOREPLACE)
            }
            false => renameat(folder, self.name.as_str(), folder, name.as_os_str()),
        };
        match moved {
            Ok(()) => self.placed = true,
            Err(Errno::EXIST) => return Err(conflict(self.target, "is there already")),
            Err(cause) => return Err(failed(cause, shown)),
        }
        fsync(folder).map_err(|cause| failed(cause, shown))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed is a stray file, and named so that one sees whose.
            let _ = unlinkat(&self.target.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}

fn filled(file: OwnedFd, contents: &[u8]) -> std::io::Result<()> {
    let mut file = File::from(file);
    file.write_all(contents)?;
    file.sync_all()
}

fn conflict(target: &Target, how: &str) -> PluginError {
    error("conflict", format!("{:?} {how}: read it again and decide anew", target.shown))
}
