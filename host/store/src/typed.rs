//! Reading records and log entries instead of bytes. It adds no power to [`Store`], only types.

use patchbay_types::{Audit, Event, Report};
use serde::de::DeserializeOwned;

use crate::{Key, KeyRange, Log, ReadError, Record, Row, Span, Store, Stored, log, record};

/// What every [`Store`] can do with types. Sequence numbers start at 1; lists of entries end with the newest.
pub trait StoreExt: Store {
    /// The record under a key.
    fn read<R: Record>(
        &self,
        key: &Key,
    ) -> impl Future<Output = Result<Option<Stored<R>>, ReadError>> + Send {
        async move {
            let row = self.get(R::TABLE, key.as_bytes()).await?;
            row.map(|row| stored(key.as_bytes(), &row)).transpose()
        }
    }

    /// The records under these keys, in the order of the keys, all of one moment; at most
    /// [`KEYS_MAX`](crate::KEYS_MAX).
    fn read_many<R: Record>(
        &self,
        keys: &[Key],
    ) -> impl Future<Output = Result<Vec<Option<Stored<R>>>, ReadError>> + Send {
        let keys: Vec<_> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        async move {
            let rows = self.get_many(R::TABLE, &keys).await?;
            let mut records = Vec::with_capacity(rows.len());
            for (key, row) in keys.iter().zip(rows) {
                records.push(row.map(|row| stored(key, &row)).transpose()?);
            }
            Ok(records)
        }
    }

    /// The first `limit` records of a range, in its order.
    fn list<R: Record>(
        &self,
        range: KeyRange,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Stored<R>>, ReadError>> + Send {
        async move {
            let rows = self.range(R::TABLE, range, limit).await?;
            let mut records = Vec::with_capacity(rows.len());
            for (key, row) in &rows {
                records.push(stored(key, row)?);
            }
            Ok(records)
        }
    }

    /// The oldest `limit` reports in the outbox with a sequence number greater than `after`.
    fn reports(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Report)>, ReadError>> + Send {
        entries(self, Log::Reports, Span::After(after), limit)
    }

    /// The oldest `limit` events with a sequence number greater than `after`.
    fn events(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Event)>, ReadError>> + Send {
        entries(self, Log::Events, Span::After(after), limit)
    }

    /// The oldest `limit` audits with a sequence number greater than `after`.
    fn audits(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Audit)>, ReadError>> + Send {
        entries(self, Log::Audit, Span::After(after), limit)
    }

    /// The newest `limit` reports in the outbox.
    fn last_reports(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Report)>, ReadError>> + Send {
        entries(self, Log::Reports, Span::Last, limit)
    }

    /// The newest `limit` events.
    fn last_events(&self, limit: usize) -> impl Future<Output = Result<Vec<(u64, Event)>, ReadError>> + Send {
        entries(self, Log::Events, Span::Last, limit)
    }

    /// The newest `limit` audits.
    fn last_audits(&self, limit: usize) -> impl Future<Output = Result<Vec<(u64, Audit)>, ReadError>> + Send {
        entries(self, Log::Audit, Span::Last, limit)
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

fn stored<R: Record>(key: &[u8], row: &Row) -> Result<Stored<R>, ReadError> {
    let record = record::decode(R::TABLE, key, R::VERSION, &row.value)?;
    Ok(Stored { revision: row.revision, record })
}

async fn entries<S: Store + ?Sized, T: DeserializeOwned>(
    store: &S,
    log: Log,
    span: Span,
    limit: usize,
) -> Result<Vec<(u64, T)>, ReadError> {
    let rows = store.log(log, span, limit).await?;
    rows.into_iter().map(|entry| log::decode(log, entry)).collect()
}
