//! The store on redb: the conformance suite, and what only this backend has: a file, a writer thread, a disk that
//! loses power, lies or rots.

mod crash;
mod damage;
mod disk;
mod file;
mod full;
mod groups;
mod journal;
mod notes;
mod power;
mod rot;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use patchbay_store::conformance::{self, Home};
use patchbay_store::{BoxFuture, RedbOptions, RedbStore, Store};
use tempfile::TempDir;
use tokio::sync::Mutex;

use notes::{Note, event, note, put, report};

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

    fn journal(&self) -> PathBuf {
        self.folder.path().join("store.redb.journal")
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
