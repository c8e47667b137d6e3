//! The task that writes the book. A change is durable one commit after it came; what could not be written, or found no
//! room, is made up for from the pool, which knows every cooldown that stands.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use patchbay_pool::{Change, EndpointStatus, Pool};
use patchbay_store::{Batch, Key, Record, Store, StoreExt, Stored};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::history::{History, Whose};
use super::told::told;
use super::{ROWS_MAX, Told};
use crate::record::{BucketRecord, CooldownRecord};
use crate::sum::AddError as WriteError;

/// Changes in one batch.
const TOGETHER: usize = 256;
/// Rows in one batch, when the book is made anew.
const BATCH_ROWS: usize = 1_000;
/// How often fills are written, and what is missing is made up for.
const ROUND: Duration = Duration::from_secs(3);

/// Writes what [`super::CooldownBook`] hands on.
pub struct Bookkeeper {
    store: Arc<dyn Store>,
    changes: mpsc::Receiver<Told>,
    /// Changes that found no room; the book's other end counts.
    missed: Arc<AtomicU64>,
    /// So many of them are made up for.
    made_up: u64,
    /// Changes were taken and could not be written.
    is_behind: bool,
    /// None until it was read, and after a write that failed.
    history: Option<History>,
}

impl Bookkeeper {
    pub(super) fn new(store: Arc<dyn Store>, changes: mpsc::Receiver<Told>, missed: Arc<AtomicU64>) -> Self {
        Self { store, changes, missed, made_up: 0, is_behind: false, history: None }
    }

    /// Writes until `stop`, then what is left, and the fills. A store that fails is logged once; what was not written
    /// is written from the pool when the store is there again.
    ///
    /// # Cancel safety
    /// None: after `stop`, await it to its end.
    pub async fn run(mut self, pool: Pool, stop: CancellationToken) {
        let mut round = tokio::time::interval(ROUND);
        round.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changes = Vec::with_capacity(TOGETHER);
        self.review(&pool).await;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                received = self.changes.recv_many(&mut changes, TOGETHER) => match received {
                    0 => break,
                    _ => self.write(&mut changes).await,
                },
                _ = round.tick() => {
                    self.fill(&pool).await;
                    self.review(&pool).await;
                }
            }
            self.make_up(&pool).await;
        }
        self.changes.close();
        while self.changes.recv_many(&mut changes, TOGETHER).await > 0 {
            self.write(&mut changes).await;
        }
        self.make_up(&pool).await;
        self.fill(&pool).await;
        self.review(&pool).await;
    }

    /// A row of each cooldown as the last change left it, an event of each change, and what it makes of the history.
    async fn write(&mut self, changes: &mut Vec<Told>) {
        let written = self.try_write(changes).await;
        changes.clear();
        self.note(written);
    }

    async fn try_write(&mut self, changes: &[Told]) -> Result<(), WriteError> {
        let (mut batch, mut history) = (Batch::new(), self.history.take());
        for told_of in changes {
            let record = CooldownRecord { cooldown: told_of.change.cooldown.clone() };
            batch = match told_of.change.change {
                Change::Started | Change::Prolonged => batch.put(&record)?,
                Change::Cleared => batch.delete::<CooldownRecord>(&record.key()),
            };
            batch = batch.event(told(&told_of.change));
            if let Some(history) = &mut history {
                batch = history.tell(batch, told_of)?;
            }
        }
        self.commit(batch, history).await
    }

    /// Keeps the history only if it is what the store has.
    async fn commit(&mut self, mut batch: Batch, mut history: Option<History>) -> Result<(), WriteError> {
        if let Some(history) = &mut history {
            batch = history.trim(batch, &*self.store).await?;
        }
        self.store.commit(batch).await?;
        self.history = history;
        Ok(())
    }

    /// Brings the history and the pool together: nobody is told of cooldowns that go with their provider or model, and
    /// some stand from an earlier process.
    async fn review(&mut self, pool: &Pool) {
        if let Err(error) = self.try_review(pool).await {
            tracing::debug!(%error, "the history of cooldowns was not brought up to date");
        }
    }

    async fn try_review(&mut self, pool: &Pool) -> Result<(), WriteError> {
        let mut history = match self.history.take() {
            Some(history) => history,
            None => History::read(&*self.store).await?,
        };
        let (standing, running) = (standing(pool), pool.cooldowns());
        let mut batch = Batch::new();
        // What waits is told of in its turn.
        if self.changes.is_empty() {
            batch = history.end_all_but(batch, &standing)?;
            batch = history.begin_all(batch, &running)?;
        }
        match batch.writes().is_empty() {
            true => self.history = Some(history),
            false => self.commit(batch, Some(history)).await?,
        }
        Ok(())
    }

    /// After changes were lost: the rows are made what the pool says. Changes that still wait come after those that
    /// were lost, and are written over this.
    async fn make_up(&mut self, pool: &Pool) {
        let missed = self.missed.load(Ordering::Relaxed);
        if missed == self.made_up && !self.is_behind || !self.changes.is_empty() {
            return;
        }
        match self.rewrite(pool).await {
            Ok(()) => {
                tracing::info!(missed = missed - self.made_up, "cooldowns written anew from the pool");
                (self.made_up, self.is_behind) = (missed, false);
            }
            failed => self.note(failed),
        }
    }

    async fn rewrite(&self, pool: &Pool) -> Result<(), WriteError> {
        let stored: Vec<Stored<CooldownRecord>> = self.store.list(Key::new().prefix(), ROWS_MAX).await?;
        let standing = standing(pool);
        let ended = |row: &&Stored<CooldownRecord>| {
            let cooldown = &row.record.cooldown;
            !standing.contains(&(cooldown.provider.clone(), cooldown.model.clone()))
        };
        let ended: Vec<Key> = stored.iter().filter(ended).map(|row| row.record.key()).collect();
        let records: Vec<_> =
            pool.cooldowns().into_iter().map(|cooldown| CooldownRecord { cooldown }).collect();
        for keys in ended.chunks(BATCH_ROWS) {
            self.store
                .commit(keys.iter().fold(Batch::new(), |batch, key| batch.delete::<CooldownRecord>(key)))
                .await?;
        }
        for records in records.chunks(BATCH_ROWS) {
            self.put_all(records).await?;
        }
        Ok(())
    }

    /// A minute that is empty needs no row: what an old one says is over.
    async fn fill(&mut self, pool: &Pool) {
        let fills = pool.buckets().into_iter().filter(|fill| fill.used > 0);
        let fills: Vec<_> = fills.map(|fill| BucketRecord { fill }).collect();
        for records in fills.chunks(BATCH_ROWS) {
            if let Err(error) = self.put_all(records).await {
                tracing::debug!(%error, "how much of each minute is used was not written");
                return;
            }
        }
    }

    async fn put_all<R: Record + Sync>(&self, records: &[R]) -> Result<(), WriteError> {
        let batch = records.iter().try_fold(Batch::new(), Batch::put)?;
        self.store.commit(batch).await?;
        Ok(())
    }

    fn note(&mut self, written: Result<(), WriteError>) {
        match written {
            Err(error) if !self.is_behind => {
                tracing::error!(%error, "a cooldown was not written: after a restart it may be unknown");
                self.is_behind = true;
            }
            _ => {}
        }
    }
}

/// Cooldowns that run, and those whose probe was not answered well yet.
fn standing(pool: &Pool) -> HashSet<Whose> {
    let models = |status: EndpointStatus| {
        status.cooling.into_iter().map(move |cooling| (status.id.clone(), cooling.model))
    };
    pool.status().into_iter().flat_map(models).collect()
}
