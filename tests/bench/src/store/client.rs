//! Clients in a closed loop: each commits a batch, waits until it is durable, and commits the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use patchbay_store::{RedbStore, Store};
use tokio::task::JoinSet;

use super::record::Shape;
use super::thread;

/// As many, each with batches of this shape.
pub(super) struct Clients {
    pub(super) shape: Shape,
    pub(super) count: usize,
    pub(super) duration: Duration,
}

/// What they reached.
pub(super) struct Batches {
    pub(super) a_second: f64,
    /// Microseconds of processor time of the store's writer for each.
    pub(super) writer_micros: f64,
}

impl Clients {
    /// Loads the store, and gives it back.
    pub(super) async fn load(&self, store: RedbStore) -> anyhow::Result<(RedbStore, Batches)> {
        let store = Arc::new(store);
        let next = Arc::new(AtomicU64::new(0));
        let (begun, busy) = (Instant::now(), thread::writer_time());
        let until = begun + self.duration;
        let mut clients = JoinSet::new();
        for _ in 0..self.count {
            clients.spawn(client(store.clone(), self.shape, next.clone(), until));
        }
        let mut batches = 0;
        while let Some(client) = clients.join_next().await {
            batches += client??;
        }
        let (took, busy) = (begun.elapsed(), thread::writer_time().saturating_sub(busy));
        let batches = f64::from(batches);
        let rates = Batches {
            a_second: batches / took.as_secs_f64(),
            writer_micros: busy.as_secs_f64() * 1e6 / batches.max(1.0),
        };
        let store = Arc::into_inner(store).ok_or_else(|| anyhow::anyhow!("a client is still there"))?;
        Ok((store, rates))
    }
}

async fn client(
    store: Arc<RedbStore>,
    shape: Shape,
    next: Arc<AtomicU64>,
    until: Instant,
) -> anyhow::Result<u32> {
    let mut batches = 0;
    while Instant::now() < until {
        store.commit(shape.batch(next.fetch_add(1, Ordering::Relaxed))?).await?;
        batches += 1;
    }
    Ok(batches)
}
