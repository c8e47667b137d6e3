//! From a path to what lies there, without ever leaving the granted folder: the kernel resolves the path below it, and
//! refuses what leads out. It must not know what is done there.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use patchbay_types::{FilesGrant, stable_hash};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2};
use rustix::io::Errno;

use super::{FILE_BYTES_MAX, PluginError, error, shown, too_large};

/// Of a path.
const PATH_BYTES_MAX: usize = 4096;
/// The kernel asks for another try if something is renamed while it looks.
const TRIES: usize = 5;

/// A path below a granted folder.
pub(super) struct Place {
    root: OwnedFd,
    /// From the root on; `.` for the root itself.
    rest: PathBuf,
    /// For messages.
    pub(super) shown: String,
}

/// Where a file is to be put.
pub(super) struct Target {
    pub(super) folder: OwnedFd,
    pub(super) name: std::ffi::OsString,
    pub(super) shown: String,
    /// Which folder that is, by whatever path.
    identity: (u64, u64),
}

impl Place {
    /// # Errors
    /// `invalid`, `refused`, or `not-found` if the granted folder itself is not there.
    pub(super) fn find(grants: &[FilesGrant], path: &str, write: bool) -> Result<Self, PluginError> {
        let parts = parts(path)?;
        let shown = shown(path);
        let whole = |grant: &&FilesGrant| Path::new(&grant.root).is_absolute();
        let may = grants.iter().filter(whole).filter(|grant| grant.write || !write);
        let below = may.filter_map(|grant| Some((grant, parts.strip_prefix(&grant.root).ok()?)));
        let Some((grant, rest)) = below.max_by_key(|(grant, _)| Path::new(&grant.root).components().count())
        else {
            let how = if write { "may be written" } else { "may be read" };
            return Err(error("refused", format!("{shown:?} lies in no granted folder that {how}")));
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, grant.root.as_str(), flags, Mode::empty());
        let root = root.map_err(|cause| failed(cause, &grant.root))?;
        let rest = if rest.as_os_str().is_empty() { Path::new(".") } else { rest };
        Ok(Self { root, rest: rest.to_owned(), shown })
    }

    /// The whole regular file that is there.
    pub(super) fn read(&self) -> Result<Vec<u8>, PluginError> {
        let file = open_below(&self.root, &self.rest, OFlags::PATH);
        read(&file.map_err(|cause| failed(cause, &self.shown))?, &self.shown)
    }

    pub(super) fn folder(&self) -> Result<OwnedFd, PluginError> {
        open_below(&self.root, &self.rest, OFlags::RDONLY | OFlags::DIRECTORY)
            .map_err(|cause| failed(cause, &self.shown))
    }

    /// The folder that the path's last part is to lie in, and that part.
    pub(super) fn target(&self) -> Result<Target, PluginError> {
        let name = self.rest.file_name().ok_or_else(|| irregular(&self.shown))?;
        let parent = self.rest.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder =
            open_below(&self.root, parent.unwrap_or(Path::new(".")), OFlags::RDONLY | OFlags::DIRECTORY);
        let folder = folder.map_err(|cause| failed(cause, &self.shown))?;
        let stat = fstat(&folder).map_err(|cause| failed(cause, &self.shown))?;
        let identity = (stat.st_dev, stat.st_ino);
        Ok(Target { folder, name: name.to_owned(), shown: self.shown.clone(), identity })
    }
}

impl Target {
    /// Which of so many lanes is this file's: the same by whatever path it is reached.
    pub(super) fn lane(&self, lanes: usize) -> usize {
        let identity = format!("{:?} {}", self.identity, self.name.to_string_lossy());
        usize::try_from(stable_hash(&identity) % lanes.max(1) as u64).unwrap_or_default()
    }

    /// What lies there now, and how it is kept; none if nothing does.
    pub(super) fn current(&self) -> Result<Option<(Vec<u8>, Stat)>, PluginError> {
        let wrong = |cause| failed(cause, &self.shown);
        let found = openat(
            &self.folder,
            self.name.as_os_str(),
            OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        );
        match found {
            Ok(file) => Ok(Some((read(&file, &self.shown)?, fstat(&file).map_err(wrong)?))),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(wrong(cause)),
        }
    }
}

/// Absolute, and said without detours: what `..` means depends on links.
fn parts(path: &str) -> Result<PathBuf, PluginError> {
    let wrong = || {
        let message = format!("{:?} is no path: expected an absolute one without `..`", shown(path));
        error("invalid", message)
    };
    let whole = Path::new(path);
    let plain = whole.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    match whole.is_absolute() && plain && path.len() <= PATH_BYTES_MAX && !path.contains('\0') {
        true => Ok(whole.components().collect()),
        false => Err(wrong()),
    }
}

fn open_below(root: &OwnedFd, rest: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let open = || openat2(root, rest, flags | OFlags::CLOEXEC, Mode::empty(), within);
    for _ in 1..TRIES {
        match open() {
            Err(Errno::AGAIN) => {}
            opened => return opened,
        }
    }
    open()
}

/// Of what was found, not of what lies under its name by now. Nothing but a regular file is opened: to open a device or
/// a pipe may already do something.
fn read(found: &OwnedFd, shown: &str) -> Result<Vec<u8>, PluginError> {
    let wrong = |cause| failed(cause, shown);
    let stat = fstat(found).map_err(wrong)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(irregular(shown));
    }
    let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
    if size > FILE_BYTES_MAX {
        return Err(too_large(shown));
    }
    let itself = format!("/proc/self/fd/{}", found.as_raw_fd());
    let file =
        openat(CWD, OsStr::new(&itself), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(wrong)?;
    let mut bytes = Vec::with_capacity(size);
    let read = File::from(file).take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|cause| error("failed", format!("{shown:?}: {cause}")))?;
    if bytes.len() > FILE_BYTES_MAX { Err(too_large(shown)) } else { Ok(bytes) }
}

fn irregular(shown: &str) -> PluginError {
    error(
        "invalid",
        format!("{shown:?} is no regular file: folders, links, pipes and devices are not read or replaced"),
    )
}

pub(super) fn failed(cause: Errno, shown: &str) -> PluginError {
    match cause {
        Errno::NOENT | Errno::NOTDIR => error("not-found", format!("{shown:?} is not there")),
        Errno::XDEV | Errno::LOOP => {
            error("refused", format!("{shown:?} leads out of the granted folder, or in a circle"))
        }
        Errno::ACCESS | Errno::PERM => {
            error("refused", format!("{shown:?} is closed to the host itself: {cause}"))
        }
        cause => error("failed", format!("{shown:?}: {cause}")),
    }
}
