//! From a path to what lies there, without ever leaving the folders that checks may read: the kernel resolves the path
//! below its folder, and refuses what leads out. It must not know what is looked for there.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

use crate::allow::{AllowError, listed};
use crate::refused::CheckRefused;
use crate::text::shown;

/// Of a path.
const PATH_BYTES_MAX: usize = 4096;
/// The kernel asks for another try if something is renamed while it looks.
const TRIES: usize = 5;

/// Folders that checks may read.
#[derive(Clone)]
pub(crate) struct Roots {
    folders: Vec<PathBuf>,
    /// What lies below the first is looked for below the second.
    instead: Option<(PathBuf, PathBuf)>,
}

/// A path below one of them.
#[derive(Clone)]
pub(crate) struct Place {
    root: PathBuf,
    /// From the root on; `.` for the root itself.
    rest: PathBuf,
    /// For messages.
    pub(crate) shown: String,
}

/// What lies at a place, not yet opened.
pub(crate) struct Found {
    file: OwnedFd,
    pub(crate) bytes: u64,
    pub(crate) is_regular: bool,
}

impl Roots {
    pub(crate) fn new(folders: &[PathBuf]) -> Result<Self, AllowError> {
        let wrong = folders.iter().find(|folder| !is_plain(folder) || folder.to_string_lossy().contains('*'));
        match wrong {
            Some(wrong) => Err(AllowError::Folder(shown(&wrong.to_string_lossy()))),
            None => Ok(Self {
                folders: folders.iter().map(|folder| folder.components().collect()).collect(),
                instead: None,
            }),
        }
    }

    /// The same folders, but what lies below `from` is looked for below `to`.
    pub(crate) fn instead(&self, (from, to): (&Path, &Path)) -> Self {
        let instead = Some((from.components().collect(), to.components().collect()));
        Self { folders: self.folders.clone(), instead }
    }

    /// The path below the closest of the folders.
    pub(crate) fn place(&self, kind: &'static str, path: &str) -> Result<Place, CheckRefused> {
        let whole = Path::new(path);
        if !is_plain(whole) || path.len() > PATH_BYTES_MAX || path.contains('\0') {
            return Err(CheckRefused::Path { kind, path: shown(path), max: PATH_BYTES_MAX });
        }
        let parts: PathBuf = whole.components().collect();
        let below = self.folders.iter().filter_map(|root| Some((root, parts.strip_prefix(root).ok()?)));
        let Some((root, rest)) = below.max_by_key(|(root, _)| root.components().count()) else {
            let names: Vec<String> =
                self.folders.iter().map(|root| root.to_string_lossy().into_owned()).collect();
            let listed = listed(names.iter().map(String::as_str));
            return Err(CheckRefused::Outside { kind, path: shown(path), listed });
        };
        let moved = self.instead.as_ref().and_then(|(from, to)| Some((to, parts.strip_prefix(from).ok()?)));
        let (root, rest) = moved.unwrap_or((root, rest));
        let rest = if rest.as_os_str().is_empty() { Path::new(".") } else { rest };
        Ok(Place { root: root.clone(), rest: rest.to_owned(), shown: shown(path) })
    }
}

/// Absolute, and said without detours: what `..` means depends on links.
fn is_plain(path: &Path) -> bool {
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    path.is_absolute() && plain
}

impl Place {
    /// None if nothing is there. May wait for a disk.
    pub(crate) fn find(&self) -> io::Result<Option<Found>> {
        match self.open() {
            Ok(file) => self.found(file).map(Some),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(cause) => Err(self.failed(cause)),
        }
    }

    fn open(&self) -> Result<OwnedFd, Errno> {
        let root =
            openat(CWD, &self.root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let open = || openat2(&root, &self.rest, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), within);
        for _ in 1..TRIES {
            match open() {
                Err(Errno::AGAIN) => {}
                opened => return opened,
            }
        }
        open()
    }

    fn found(&self, file: OwnedFd) -> io::Result<Found> {
        let stat = fstat(&file).map_err(|cause| self.failed(cause))?;
        let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        Ok(Found { file, bytes: u64::try_from(stat.st_size).unwrap_or(u64::MAX), is_regular })
    }

    fn failed(&self, cause: Errno) -> io::Error {
        let shown = &self.shown;
        io::Error::other(match cause {
            Errno::XDEV | Errno::LOOP => {
                format!(
                    "{shown:?} leads out of the folder that checks may read, or in a circle: expected a file in it, \
                     or a relative link that stays there"
                )
            }
            Errno::ACCESS | Errno::PERM => format!("{shown:?} is closed to the host itself: {cause}"),
            cause => format!("{shown:?} cannot be looked at: {cause}"),
        })
    }
}

impl Found {
    /// Opens what was found, not what lies under its name by now. Only for a regular file: to open a device or a pipe
    /// may already do something.
    pub(crate) fn open(&self) -> io::Result<File> {
        let itself = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let opened = openat(CWD, OsStr::new(&itself), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        opened.map(File::from).map_err(io::Error::from)
    }
}
