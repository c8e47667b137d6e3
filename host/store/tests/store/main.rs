//! The store on redb: the conformance suite, and what only this backend has: a file, a writer thread, a disk that
//! loses power, lies or rots.

mod crash;
mod damage;
mod disk;
mod file;
mod full;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use patchbay_store::conformance::{self, Home};
use patchbay_store::{Batch, BoxFuture, Key, Record, RedbOptions, RedbStore, Store, Table};
use patchbay_types::{Event, Report, Severity, Timestamp};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// A file in a folder of its own, and the store that was last opened on it.
struct Folder {
    folder: TempDir,
    open: Mutex<Option<Arc<RedbStore>>>,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made"), open: Mutex::new(None) }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("store.redb")
    }
}

impl Home for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async {
            let mut open = self.open.lock().await;
            if let Some(before) = open.take() {
                let before = Arc::into_inner(before).expect("the check has let go of the store");
                before.close().await.expect("a sound store closes");
            }
            let store = RedbStore::open(&self.file(), RedbOptions::default()).expect("the folder is sound");
            let store = Arc::new(store);
            *open = Some(store.clone());
            store as Arc<dyn Store>
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redb_conforms() {
    conformance::run(|| Box::new(Folder::new())).await;
}

/// A record for the tests beside this file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Note {
    shelf: String,
    number: u64,
    text: String,
}

impl Record for Note {
    const TABLE: Table = Table("notes");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(&self.shelf).number(self.number)
    }
}

fn note(shelf: &str, number: u64, text: &str) -> Note {
    Note { shelf: shelf.to_owned(), number, text: text.to_owned() }
}

fn put(note: &Note) -> Batch {
    Batch::new().put(note).expect("a note is JSON")
}

fn event(message: &str) -> Event {
    let message = message.to_owned();
    Event { at: Timestamp(1), kind: "note.kept".to_owned(), subject: "note/1".to_owned(), message }
}

fn report(title: &str) -> Report {
    let (subject, title) = ("note/1".to_owned(), title.to_owned());
    Report { at: Timestamp(1), severity: Severity::Info, subject, title, body: String::new() }
}
