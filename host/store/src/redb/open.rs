//! From a path to a database that is ours, and what can be wrong with the file on the way.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{BackendError, Database, DatabaseError, StorageBackend, StorageError};

use super::group::Group;
use super::head::{FORMAT, FORMAT_KEY, Head, META};
use super::journal::{Journal, Place};
use super::snapshot::Snapshot;
use super::{RedbOptions, recover};
use crate::ReadError;

/// Of redb's own magic number, at the beginning of its files.
const MAGIC_BYTES: usize = 9;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "{} is in use by another process: stop the other Patchbay, or give this one a data folder of its own",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "{} is not a store of Patchbay's ({cause}): move it away, or name another file",
        path.display()
    )]
    NotAStore { path: PathBuf, cause: String },
    #[error("{} is damaged: {cause}; keep a copy of it, then restore it from a backup", path.display())]
    Corrupt { path: PathBuf, cause: String },
    #[error(
        "{} was not closed, and its journal {} is not there: put the journal back beside it; to go on without the last changes, which it held, make an empty file of that name",
        path.display(),
        journal.display()
    )]
    NoJournal { path: PathBuf, journal: PathBuf },
    #[error(
        "{} was not closed, and what its journal {} holds cannot be told: {cause}; put both back as they were together, or, to go on without the last changes, put an empty file in the journal's place",
        path.display(),
        journal.display()
    )]
    Journal { path: PathBuf, journal: PathBuf, cause: String },
    #[error(
        "{} may not be read and written: make it and its folder the property of the user that runs Patchbay",
        path.display()
    )]
    Permission { path: PathBuf },
    #[error(
        "{} has format {found}, this program knows formats up to {known}: use the version of Patchbay that wrote it, or newer",
        path.display()
    )]
    Newer { path: PathBuf, found: u8, known: u8 },
    #[error("{} cannot be opened: {source}; check that its folder exists and that the disk is sound", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// The file, made if it was not there, with its name durable in its folder.
pub(super) fn file(path: &Path) -> Result<File, OpenError> {
    let failed = |source| from_io(path, source);
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    sync_folder(path).map_err(failed)?;
    Ok(file)
}

pub(super) fn backend(path: &Path, file: File) -> Result<FileBackend, OpenError> {
    FileBackend::new(file).map_err(|error| from_redb(path, error))
}

/// A database of ours, its head and its journal, if it is to have one; what is empty becomes ours.
pub(super) fn database(
    path: &Path,
    backend: impl StorageBackend,
    journal: Option<Place>,
    options: &RedbOptions,
) -> Result<(Database, Head, Option<Journal>), OpenError> {
    let open = || {
        discard_unfinished(&backend).map_err(|error| from_redb(path, error))?;
        let database = redb::Builder::new()
            .set_cache_size(options.cache_bytes)
            .set_check_integrity_on_open(options.verify_at_open)
            .create_with_backend(backend)
            .map_err(|error| from_redb(path, error))?;
        let head = adopt(path, &database, options)?;
        let (head, journal) = match journal {
            Some(place) => recover::recover(path, &database, head, place, options)?,
            None if head.journal.is_some() => return Err(corrupt(path, "its journal is not there")),
            None => (head, None),
        };
        Ok((database, head, journal))
    };
    // redb trusts what it reads of a file that was closed cleanly, and panics where that is damaged.
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| Err(corrupt(path, "redb panicked on it")))
}

/// Empties a file whose making was cut short: redb writes its magic number last, and then refuses what lacks it. Nothing
/// was ever acknowledged from such a file. The lock keeps this from a file that another process is making just now.
fn discard_unfinished(backend: &impl StorageBackend) -> Result<(), DatabaseError> {
    let whole = (Bound::Unbounded, Bound::Unbounded);
    let locked = match backend.try_lock_range(whole.0, whole.1) {
        Ok(true) => true,
        Ok(false) => return Err(DatabaseError::DatabaseAlreadyOpen),
        Err(BackendError::Unsupported) => false,
        Err(error) => return Err(error.into()),
    };
    let length = backend.len()?;
    let mut magic = vec![0; usize::try_from(length).map_or(MAGIC_BYTES, |length| length.min(MAGIC_BYTES))];
    backend.read(0, &mut magic)?;
    if !magic.is_empty() && magic.iter().all(|byte| *byte == 0) {
        backend.set_len(0)?;
    }
    if locked {
        backend.unlock_range(whole.0, whole.1)?;
    }
    Ok(())
}

fn adopt(path: &Path, database: &Database, options: &RedbOptions) -> Result<Head, OpenError> {
    let damaged = |error: ReadError| corrupt(path, error);
    let snapshot = Snapshot::take(database, META).map_err(damaged)?;
    match snapshot.meta(FORMAT_KEY).map_err(damaged)?.map(|row| row.value).as_deref() {
        Some(&[found]) if found > FORMAT => {
            Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT })
        }
        Some(&[_]) => snapshot.head().map_err(damaged),
        None if snapshot.is_blank().map_err(damaged)? => {
            found(database, options).map_err(|error| from_write(path, error))
        }
        _ => Err(OpenError::NotAStore {
            path: path.to_owned(),
            cause: "another program's redb file".to_owned(),
        }),
    }
}

/// Writes what makes a file ours.
fn found(database: &Database, options: &RedbOptions) -> Result<Head, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let mut group = Group::new(&transaction, Head::default(), options);
    group.format()?;
    let head = group.finish(None)?;
    transaction.commit()?;
    Ok(head)
}

/// A file that was made, but whose name is lost with the power, is lost with all that was acknowledged.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

fn from_redb(path: &Path, error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            OpenError::InUse { path: path.to_owned() }
        }
        DatabaseError::UpgradeRequired(_) => {
            OpenError::NotAStore { path: path.to_owned(), cause: error.to_string() }
        }
        DatabaseError::Storage(StorageError::Io(source)) => from_io(path, source),
        error => corrupt(path, error),
    }
}

/// Of a transaction that an opening needs.
pub(super) fn from_write(path: &Path, error: redb::Error) -> OpenError {
    match error {
        redb::Error::Io(source) => from_io(path, source),
        error => corrupt(path, error),
    }
}

pub(super) fn from_io(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied => OpenError::Permission { path },
        io::ErrorKind::InvalidData => OpenError::NotAStore { path, cause: source.to_string() },
        _ => OpenError::Io { path, source },
    }
}

pub(super) fn corrupt(path: &Path, cause: impl ToString) -> OpenError {
    OpenError::Corrupt { path: path.to_owned(), cause: cause.to_string() }
}
