//! A store that counts what it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use patchbay_store::{
    Batch, BoxFuture, CommitError, KeyRange, Keyed, Log, ReadError, Revision, Row, Span, Store, Table,
};

pub(super) struct Counted {
    store: Arc<dyn Store>,
    rows: Mutex<HashMap<&'static str, usize>>,
    commits: AtomicUsize,
    /// Rows that were written or deleted, and their bytes.
    written: Mutex<BTreeMap<&'static str, (usize, usize)>>,
}

impl Counted {
    pub(super) fn over(store: Arc<dyn Store>) -> Self {
        Self { store, rows: Mutex::default(), commits: AtomicUsize::new(0), written: Mutex::default() }
    }

    /// Rows of this table that were asked for by key, or found in a range.
    pub(super) fn read(&self, table: &str) -> usize {
        self.rows.lock().unwrap().get(table).copied().unwrap_or_default()
    }

    /// Those that were refused among them.
    pub(super) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// What was written since this was asked last: rows and bytes, by table.
    pub(super) fn written(&self) -> BTreeMap<&'static str, (usize, usize)> {
        std::mem::take(&mut *self.written.lock().unwrap())
    }

    fn count(&self, table: Table, rows: usize) {
        *self.rows.lock().unwrap().entry(table.0).or_default() += rows;
    }
}

impl Store for Counted {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        for write in batch.writes() {
            let mut written = self.written.lock().unwrap();
            let (rows, bytes) = written.entry(write.table.0).or_default();
            *rows += 1;
            *bytes += write.value.as_ref().map_or(0, Vec::len);
        }
        self.store.commit(batch)
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>> {
        self.count(table, 1);
        self.store.get(table, key)
    }

    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>> {
        self.count(table, keys.len());
        self.store.get_many(table, keys)
    }

    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>> {
        Box::pin(async move {
            let rows = self.store.range(table, range, limit).await?;
            self.count(table, rows.len());
            Ok(rows)
        })
    }

    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>> {
        self.store.log(log, span, limit)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>> {
        self.store.waiting()
    }

    fn watch(&self) -> tokio::sync::watch::Receiver<Revision> {
        self.store.watch()
    }
}
