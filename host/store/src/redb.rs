//! The store in one file, by redb, with a journal beside it: a writer that commits what is queued in groups, and readers on
//! snapshots.
//! Nothing of redb passes out of here but the seam for tests.

mod group;
mod head;
mod journal;
mod open;
mod recover;
mod room;
mod seal;
mod snapshot;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use patchbay_failpoint as failpoint;
use redb::{Database, StorageBackend};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::{
    Batch, BoxFuture, CommitError, KEYS_MAX, KeyRange, Keyed, Log, ReadError, Revision, Row, Span, Store,
    Table,
};

use journal::Place;
pub use open::OpenError;
pub use room::Room;
use room::{FileRoom, Reserve, Roomy};
use snapshot::Snapshot;
use writer::{Job, Writer};

/// Batches that wait for the writer, at most.
const QUEUE_BATCHES: usize = 1024;
/// Bytes of batches that wait for the writer, at most; never less than one batch may have.
const QUEUE_BYTES: usize = 4 * crate::BATCH_BYTES_MAX;
/// Reads at one time, at most. Each has a thread of the runtime's blocking pool.
const READERS: u32 = 64;

/// What the store may take of memory, disk and time, beside its rows.
#[derive(Clone, Debug)]
pub struct RedbOptions {
    /// Memory for pages of the file, in bytes.
    pub cache_bytes: usize,
    /// Whether opening reads the whole file and refuses it if a page is damaged. Without it, a row that is read is
    /// still right or an error, but damage to a key, or to the pages that lead to it, can make its row seem absent.
    pub verify_at_open: bool,
    /// Put aside on the store's disk, in bytes, to be given up when it is full.
    pub ballast_bytes: u64,
    /// Put aside for the journal beside the store, in bytes: what a start after a crash may have to do again. With 0 there is
    /// none, and each commit takes the tables to the disk.
    pub journal_bytes: u64,
    pub events: LogOptions,
    pub audit: LogOptions,
}

/// How long a log is kept: as many segments as this, of which the oldest is dropped whole.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// A segment that has this many bytes is full.
    pub segment_bytes: u64,
    /// Segments kept, the one being written among them; at least one is.
    pub segments: u64,
}

/// A [`Store`] in one file. While it is open, and after a crash, a journal beside the file belongs to it.
/// [`close`](Self::close) it to know that the writer has ended; if it is dropped, the writer commits what is queued and
/// ends by itself.
pub struct RedbStore {
    /// For readers; the writer holds the other end.
    database: Arc<Database>,
    writer: Arc<Mutex<Writer>>,
    /// To the writer's thread, which ends when this is gone.
    queue: mpsc::Sender<Job>,
    /// Bytes that may still be queued. A job holds its part until it is answered.
    room: Arc<Semaphore>,
    /// A read holds one, so that `close` can wait for reads whose callers went away.
    readers: Arc<Semaphore>,
    /// Set by the writer before it answers.
    latest: watch::Receiver<Revision>,
    thread: JoinHandle<Result<(), CommitError>>,
}

impl RedbStore {
    /// Opens the file, or makes it. Blocks on the disk.
    ///
    /// # Errors
    /// [`OpenError`] says which file, what is wrong with it and what to do.
    pub fn open(path: &Path, options: RedbOptions) -> Result<Self, OpenError> {
        let file = open::file(path)?;
        let room = file.try_clone().map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        let room = FileRoom::new(room, path);
        Self::start_in(path, open::backend(path, file)?, Box::new(room), Some(Place::beside(path)), options)
    }

    /// A store that is gone when it is dropped: for tests.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn in_memory(options: RedbOptions) -> Result<Self, OpenError> {
        Self::with_backend(redb::backends::InMemoryBackend::new(), options)
    }

    /// Opens what the backend holds, without a journal.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_backend(backend: impl StorageBackend, options: RedbOptions) -> Result<Self, OpenError> {
        Self::with_parts(backend, None, None, options)
    }

    /// Opens what the backend holds: the seam where tests break the disk. With a journal of its own, if it is to have one,
    /// and with a disk that can be full, if it is to be one.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_parts(
        backend: impl StorageBackend,
        journal: Option<Box<dyn StorageBackend>>,
        room: Option<Box<dyn Room>>,
        options: RedbOptions,
    ) -> Result<Self, OpenError> {
        let (path, journal) = (Path::new("(backend)"), journal.map(Place::Backend));
        match room {
            Some(room) => Self::start_in(path, backend, room, journal, options),
            None => Self::start(path, backend, None, journal, options),
        }
    }

    /// Commits what is queued, waits for the writer and for reads on their way, and closes the file. After that the file
    /// needs no journal.
    ///
    /// # Errors
    /// [`CommitError::Stopped`] if the store had stopped, or if the file does not close.
    pub async fn close(self) -> Result<(), CommitError> {
        let Self { database, queue, readers, writer, thread, .. } = self;
        failpoint::at("store.close.begin");
        drop(queue);
        drop(writer);
        let idle = readers.acquire_many_owned(READERS).await;
        let closed = tokio::task::spawn_blocking(move || {
            // A store that has stopped is not closed any more.
            thread.join().map_err(|_| writer_is_gone())??;
            drop(idle);
            let database = Arc::into_inner(database).expect("the writer and all readers have ended");
            database.close().map_err(|cause| CommitError::Stopped { cause: cause.to_string() })
        });
        closed.await.map_err(|_| writer_is_gone())?
    }

    fn start_in(
        path: &Path,
        backend: impl StorageBackend,
        room: Box<dyn Room>,
        journal: Option<Place>,
        options: RedbOptions,
    ) -> Result<Self, OpenError> {
        let reserve = Arc::new(Reserve::new(room, options.ballast_bytes));
        Self::start(path, Roomy::new(backend, reserve.clone()), Some(reserve), journal, options)
    }

    fn start(
        path: &Path,
        backend: impl StorageBackend,
        reserve: Option<Arc<Reserve>>,
        journal: Option<Place>,
        options: RedbOptions,
    ) -> Result<Self, OpenError> {
        failpoint::at("store.open.before");
        let (database, head, journal) = open::database(path, backend, journal, &options)?;
        failpoint::at("store.open.after");
        if let Some(reserve) = &reserve {
            reserve.begin().map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        }
        let database = Arc::new(database);
        let (queue, jobs) = mpsc::channel(QUEUE_BATCHES);
        let (publish, latest) = watch::channel(head.revision);
        let writer = Writer::new(database.clone(), (head, journal), options, reserve, publish);
        let writer = Arc::new(Mutex::new(writer));
        let thread = writer::spawn(writer.clone(), jobs)
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        let room = Arc::new(Semaphore::new(QUEUE_BYTES));
        let readers = Arc::new(Semaphore::new(READERS as usize));
        Ok(Self { database, writer, queue, room, readers, latest, thread })
    }

    /// Commits on the caller's thread if nobody else writes or waits: two changes of threads less. None: somebody does, or
    /// was in the last group and will be back, or the thread is the only one of its runtime, which the disk must not hold up.
    fn commit_here(&self, batch: &Batch) -> Option<Result<Revision, CommitError>> {
        let may_block =
            Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        if !may_block || self.room.available_permits() < QUEUE_BYTES {
            return None;
        }
        let mut writer = self.writer.try_lock().ok()?;
        writer.was_alone().then(|| tokio::task::block_in_place(|| writer.commit_alone(batch)))
    }

    /// Reads on a thread that may block: a page may have to come from the disk, redb syncs under the lock that a new
    /// snapshot needs when the file grows, and a damaged page can make redb panic, which ends the read and nothing else.
    fn read<T: Send + 'static>(
        &self,
        table: Table,
        query: impl FnOnce(&Snapshot) -> Result<T, ReadError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, ReadError>> {
        Box::pin(async move {
            let failed = |cause: String| ReadError::Failed { table, cause };
            let permit =
                self.readers.clone().acquire_owned().await.map_err(|closed| failed(closed.to_string()))?;
            let database = self.database.clone();
            let read = tokio::task::spawn_blocking(move || {
                let found = Snapshot::take(&database, table).and_then(|snapshot| query(&snapshot));
                // The database is let go before the permit: `close` counts on it. The permit comes back with what was
                // found, so that the thread is all but free again when the next read looks for one.
                drop(database);
                (found, permit)
            });
            let (found, _permit) = read
                .await
                .map_err(|ended| failed(format!("the read broke off, as on a damaged file: {ended}")))?;
            found
        })
    }
}

impl Store for RedbStore {
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            let bytes = u32::try_from(batch.measure()?).expect("a measured batch is far below 4 GiB");
            if let Some(answer) = self.commit_here(&batch) {
                return answer;
            }
            let room = self.room.clone().acquire_many_owned(bytes).await.map_err(|_| writer_is_gone())?;
            let (reply, answer) = oneshot::channel();
            self.queue.send(Job { batch, reply, room }).await.map_err(|_| writer_is_gone())?;
            let (answer, _batch) = answer.await.map_err(|_| writer_is_gone())?;
            answer
        })
    }

    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>> {
        let key = key.to_vec();
        self.read(table, move |snapshot| snapshot.get(&key))
    }

    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>> {
        if keys.len() > KEYS_MAX {
            let too_many = ReadError::TooMany { table, found: keys.len(), max: KEYS_MAX };
            return Box::pin(std::future::ready(Err(too_many)));
        }
        let keys = keys.to_vec();
        self.read(table, move |snapshot| snapshot.get_many(&keys))
    }

    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>> {
        self.read(table, move |snapshot| snapshot.range(&range, limit))
    }

    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>> {
        self.read(log.table(), move |snapshot| snapshot.log(log, span, limit))
    }

    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>> {
        self.read(Log::Reports.table(), |snapshot| snapshot.count(Log::Reports))
    }

    fn watch(&self) -> watch::Receiver<Revision> {
        self.latest.clone()
    }
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 32 << 20,
            verify_at_open: false,
            ballast_bytes: 64 << 20,
            journal_bytes: 16 << 20,
            events: LogOptions { segment_bytes: 4 << 20, segments: 8 },
            audit: LogOptions { segment_bytes: 4 << 20, segments: 32 },
        }
    }
}

impl RedbOptions {
    /// The outbox has no bound: a report is never lost.
    fn bound(&self, log: Log) -> Option<LogOptions> {
        match log {
            Log::Reports => None,
            Log::Events => Some(self.events),
            Log::Audit => Some(self.audit),
        }
    }
}

/// The name of a table in the file. Tables of the host's own cannot meet those that `head` names.
fn table_name(table: &str) -> String {
    format!("table.{table}")
}

fn definition(name: &str) -> redb::TableDefinition<'_, &'static [u8], &'static [u8]> {
    redb::TableDefinition::new(name)
}

fn writer_is_gone() -> CommitError {
    CommitError::Stopped { cause: "its writer has ended before its time, as on a damaged file".to_owned() }
}
