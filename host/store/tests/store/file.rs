//! Opening: what a file can be other than a store.

use std::fs;
use std::io;

use patchbay_store::{Key, OpenError, RedbOptions, RedbStore, Store, StoreExt};
use redb::{ReadableDatabase, StorageBackend};

use super::{Folder, Note, note, put};

fn open(folder: &Folder) -> Result<RedbStore, OpenError> {
    RedbStore::open(&folder.file(), RedbOptions::default())
}

/// The error, after its text was found to name the file and something to do.
fn refused(folder: &Folder) -> OpenError {
    let error = open(folder).err().expect("the file is no store of ours");
    let text = error.to_string();
    assert!(text.contains(&folder.file().display().to_string()), "{text:?} does not name the file");
    error
}

#[tokio::test]
async fn a_file_in_use_is_refused_and_left_alone() {
    let folder = Folder::new();
    let store = open(&folder).expect("a new file opens");
    let Err(error) = open(&folder) else { panic!("two have the file") };
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    store.commit(put(&note("a", 1, ""))).await.expect("the first goes on");
    store.close().await.expect("a sound store closes");
    let store = open(&folder).expect("the file is free again");
    assert!(store.read::<Note>(&Key::new().text("a").number(1)).await.expect("readable").is_some());
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = Folder::new();
    for bytes in [b"short".to_vec(), b"a text that is no database ".repeat(1000)] {
        fs::write(folder.file(), &bytes).expect("the folder can be written");
        let error = refused(&folder);
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
        assert_eq!(fs::read(folder.file()).expect("it is there"), bytes);
        assert!(!folder.file().with_extension("redb.ballast").exists(), "a ballast was put beside it");
    }
}

#[test]
fn a_redb_file_of_somebody_else_is_refused() {
    let folder = Folder::new();
    let database = redb::Database::create(folder.file()).expect("redb makes a file");
    let transaction = database.begin_write().expect("redb writes");
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("theirs")).expect("redb makes a table");
    transaction.commit().expect("redb commits");
    drop(database);
    let error = refused(&folder);
    assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
}

#[test]
fn a_file_whose_making_was_cut_short_is_made_anew() {
    for length in [1, 8, 100_000] {
        let folder = Folder::new();
        fs::write(folder.file(), vec![0; length]).expect("the folder can be written");
        open(&folder).expect("nothing was ever acknowledged from it");
    }
}

#[tokio::test]
async fn a_file_of_a_newer_format_is_refused() {
    let folder = Folder::new();
    open(&folder).expect("a new file opens").close().await.expect("a sound store closes");
    set_format(&folder, 3);
    let error = refused(&folder);
    assert!(matches!(error, OpenError::Newer { found: 3, known: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_file_from_before_there_was_a_journal_is_taken_as_it_is() {
    let folder = Folder::new();
    let store = RedbStore::with_backend(backend(&folder), RedbOptions::default()).expect("a new file opens");
    store.commit(put(&note("a", 1, "old"))).await.expect("the disk is sound");
    store.close().await.expect("a sound store closes");
    set_format(&folder, 1);
    let store = open(&folder).expect("an older file opens");
    assert_eq!(store.list::<Note>(Key::new().prefix(), 9).await.expect("readable").len(), 1);
    assert!(folder.journal().exists(), "no journal was made beside it");
    assert_eq!(format(&folder, store).await, sealed_format(1), "it was only read");
    let store = open(&folder).expect("an older file opens");
    store.commit(put(&note("a", 2, "new"))).await.expect("there is room");
    assert_eq!(format(&folder, store).await, sealed_format(2), "older programs would take it for theirs");
}

/// The row `format` of a store that is closed for it.
async fn format(folder: &Folder, store: RedbStore) -> Vec<u8> {
    store.close().await.expect("a sound store closes");
    let rows = redb::TableDefinition::<&[u8], &[u8]>::new("meta");
    let database = redb::Database::open(folder.file()).expect("it is a redb file");
    let meta = database.begin_read().expect("redb reads").open_table(rows).expect("it is there");
    meta.get(b"format".as_slice()).expect("redb reads").expect("it is there").value().to_vec()
}

fn backend(folder: &Folder) -> redb::backends::FileBackend {
    let file = fs::File::options().read(true).write(true).create(true).truncate(false).open(folder.file());
    redb::backends::FileBackend::new(file.expect("the folder can be written")).expect("nobody has it open")
}

fn set_format(folder: &Folder, format: u8) {
    let rows = redb::TableDefinition::<&[u8], &[u8]>::new("meta");
    let database = redb::Database::create(folder.file()).expect("it is a redb file");
    let transaction = database.begin_write().expect("redb writes");
    let row = sealed_format(format);
    let mut meta = transaction.open_table(rows).expect("it is there");
    meta.insert(b"format".as_slice(), &*row).expect("redb writes");
    drop(meta);
    transaction.commit().expect("redb commits");
}

/// The row `format` of a file of this format, as it must look for every version: this is frozen.
fn sealed_format(format: u8) -> Vec<u8> {
    let mut summed = Vec::new();
    for part in [b"meta".as_slice(), b"format"] {
        summed.extend((part.len() as u64).to_be_bytes());
        summed.extend(part);
    }
    let row = [[0; 8].as_slice(), &[format]].concat();
    summed.extend(&row);
    [crc32fast::hash(&summed).to_be_bytes().as_slice(), &row].concat()
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = Folder::new();
    let path = folder.file().join("store.redb");
    let Err(error) = RedbStore::open(&path, RedbOptions::default()) else {
        panic!("there is no such folder")
    };
    assert!(
        matches!(error, OpenError::Io { .. }) && error.to_string().contains("store.redb/store.redb"),
        "{error}"
    );
}

/// The tests may run as root, whom no file refuses.
#[derive(Debug)]
struct Forbidden;

impl StorageBackend for Forbidden {
    fn len(&self) -> io::Result<u64> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn read(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn a_file_without_permission_is_refused_as_such() {
    let Err(error) = RedbStore::with_backend(Forbidden, RedbOptions::default()) else {
        panic!("it was opened")
    };
    assert!(matches!(error, OpenError::Permission { .. }), "{error}");
}
