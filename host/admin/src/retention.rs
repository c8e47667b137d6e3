//! What becomes of counted usage when it is old: hours become days, and what keys spent is forgotten when no budget
//! asks for it any more. It must not know what is counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{Batch, CommitError, Key, Record, Store, StoreExt, Stored};
use patchbay_types::{Clock, Timestamp};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use crate::record::{DayRecord, SpentRecord, UsageRecord};
use crate::sum::{AddError, Sum, TRIES, add_up};

/// Days, UTC, whose hours are kept apart: those that are over, and the one that runs.
const HOURS_KEPT: Duration = days(90);
/// Longer than any month, which is the longest that a budget is for.
const SPENT_KEPT: Duration = days(62);
/// Rows of one batch. The longest names make one of 4 KB, and each may go and come in one batch.
const BATCH_ROWS: usize = 500;
/// How often is looked for what has become old.
const ROUND: Duration = Duration::from_secs(3600);

/// Held by who moves usage from one table to another for as long as a commit takes, and by readers of both tables: none
/// of them sees a token twice, or not at all.
pub(crate) type Moving = Arc<RwLock<()>>;

/// Makes room: [`run`](Self::run) it beside the host. Made by [`crate::Operator::retention`].
pub struct Retention {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    moving: Moving,
}

impl Retention {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, moving: Moving) -> Self {
        Self { store, clock, moving }
    }

    /// At once and then every hour, until `stop`. What fails is logged, and tried again an hour later.
    ///
    /// # Cancel safety
    /// Each batch is written whole or not at all; what is left is done by the next run.
    pub async fn run(self, stop: CancellationToken) {
        let mut round = tokio::time::interval(ROUND);
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let rounds = async {
            loop {
                round.tick().await;
                self.tidy().await;
            }
        };
        stop.run_until_cancelled(rounds).await;
    }

    pub(crate) async fn tidy(&self) {
        let now = self.clock.wall();
        match self.roll_up(day_before(now, HOURS_KEPT)).await {
            Ok(0) => {}
            Ok(hours) => tracing::info!(hours, "rows of usage by the hour became rows by the day"),
            Err(error) => tracing::error!(%error, "old usage stays by the hour; tried again in an hour"),
        }
        if let Err(error) = self.forget_spent(day_before(now, SPENT_KEPT)).await {
            tracing::error!(%error, "what keys spent long ago was not removed; tried again in an hour");
        }
    }

    /// Adds the rows of all hours before a day to those of their days, and removes them. Returns how many.
    async fn roll_up(&self, before: Timestamp) -> Result<usize, AddError> {
        let (mut moved, mut tries) = (0, 0);
        loop {
            let hours: Vec<Stored<UsageRecord>> = self.store.list(Key::new().prefix(), BATCH_ROWS).await?;
            let hours: Vec<_> = hours.into_iter().filter(|row| row.record.key.hour < before).collect();
            if hours.is_empty() {
                return Ok(moved);
            }
            match self.move_to_days(&hours).await {
                Ok(()) => (moved, tries) = (moved + hours.len(), 0),
                Err(AddError::Commit(CommitError::Conflict { .. })) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn move_to_days(&self, hours: &[Stored<UsageRecord>]) -> Result<(), AddError> {
        let gone = hours.iter().fold(Batch::new(), |batch, row| {
            let key = row.record.key();
            batch.require_revision::<UsageRecord>(&key, row.revision).delete::<UsageRecord>(&key)
        });
        let batch = add_up(&*self.store, gone, &by_day(hours)).await?;
        let _alone = self.moving.write().await;
        self.store.commit(batch).await?;
        Ok(())
    }

    async fn forget_spent(&self, before: Timestamp) -> Result<(), AddError> {
        loop {
            let rows: Vec<Stored<SpentRecord>> = self.store.list(Key::new().prefix(), BATCH_ROWS).await?;
            let old: Vec<_> = rows.iter().filter(|row| row.record.spent.day < before).collect();
            if old.is_empty() {
                return Ok(());
            }
            let batch =
                old.iter().fold(Batch::new(), |batch, row| batch.delete::<SpentRecord>(&row.record.key()));
            self.store.commit(batch).await?;
        }
    }
}

/// Each day's row once.
fn by_day(hours: &[Stored<UsageRecord>]) -> Vec<DayRecord> {
    let mut days: BTreeMap<Key, DayRecord> = BTreeMap::new();
    for row in hours {
        let more = DayRecord::from(row.record.clone());
        days.entry(more.key()).and_modify(|day| day.merge(&more)).or_insert(more);
    }
    days.into_values().collect()
}

/// The start of the day so long before the one that runs.
fn day_before(now: Timestamp, kept: Duration) -> Timestamp {
    Timestamp(u64::try_from(now.day().since(Timestamp(0)).saturating_sub(kept).as_millis()).unwrap_or(0))
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

#[cfg(test)]
mod tests;
