//! The trait, and the words in it. It must not show which database is behind it.

use std::fmt;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{Batch, CommitError, KeyRange, Log, ReadError, Span};

/// Bytes of a key, at most.
pub const KEY_BYTES_MAX: usize = 1024;
/// Bytes of a row's value or of a log entry, at most.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;
/// Keys of one `get_many`, at most.
pub const KEYS_MAX: usize = 1024;
/// Bytes of all keys, values and log entries of one batch, at most.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keys and their rows, in the order of the keys.
pub type Keyed = Vec<(Vec<u8>, Row)>;

/// A table's name. Tables come into being at their first write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Table(pub &'static str);

/// The number of a commit. It grows by one for each batch that was committed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// A row as it lies in its table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The commit that last wrote it.
    pub revision: Revision,
    pub value: Vec<u8>,
}

/// Durable tables with one unit of change: a batch of writes under preconditions.
///
/// Reads see one moment: what every commit up to some revision left, and nothing of a later one.
/// A read that begins after a commit was answered sees that commit.
pub trait Store: Send + Sync + 'static {
    /// Writes the whole batch or nothing of it. When it answers, what it answers is durable.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if a precondition does not hold, [`CommitError::Full`] if the disk is full and the batch
    /// not essential; then nothing was written.
    ///
    /// # Cancel safety
    /// The batch is queued as soon as there is room, at the first poll or a later one. Once queued, it is committed
    /// even if the future is dropped; before, nothing is written. It is never written in part.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>>;

    /// The row under a key, or `None` if there is none.
    fn get<'a>(&'a self, table: Table, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Row>, ReadError>>;

    /// The rows under these keys, in the order of the keys, all of one moment. A key may stand there twice.
    ///
    /// # Errors
    /// [`ReadError::TooMany`] for more than [`KEYS_MAX`] keys; any other error of a row is the answer for all.
    fn get_many<'a>(
        &'a self,
        table: Table,
        keys: &'a [Vec<u8>],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, ReadError>>;

    /// The first `limit` rows of a range, in its order. A table never written is empty.
    fn range<'a>(
        &'a self,
        table: Table,
        range: KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Keyed, ReadError>>;

    /// At most `limit` entries of a log with their sequence numbers, newest last. Numbers start at 1 and have no gaps
    /// where they are written; what was rotated away is missing at the front.
    fn log(&self, log: Log, span: Span, limit: usize) -> BoxFuture<'_, Result<Vec<(u64, Row)>, ReadError>>;

    /// How many reports wait in the outbox.
    fn waiting(&self) -> BoxFuture<'_, Result<u64, ReadError>>;

    /// The latest committed revision. It is a hint to read again: several commits may show as one change.
    fn watch(&self) -> watch::Receiver<Revision>;
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
