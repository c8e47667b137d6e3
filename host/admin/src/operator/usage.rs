//! What was used: what the store has, and what the meter has not brought there yet.

mod asked;
mod line;

use patchbay_meter::UsageRow;
use patchbay_store::{Key, KeyRange, Record, StoreExt, Stored};
use patchbay_types::Timestamp;

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Totals, UsageLine, UsageQuery};
use crate::record::{DayRecord, TotalRecord, UsageRecord, since};
use crate::retention::Retention;
use asked::Asked;
use line::{Lines, Used};

/// Rows that are read at a time.
const PAGE: usize = 5_000;

impl Operator {
    /// Usage of a time, summed up by what was asked for and in that order: time, pool, provider, model, agent.
    /// Providers and keys that were removed since are in it.
    ///
    /// # Errors
    /// A question that is wrong, more lines than an answer may have, or a store that cannot be read.
    pub async fn usage(&self, query: &UsageQuery) -> Result<Vec<UsageLine>, OperatorError> {
        let desk = self.desk();
        let asked = Asked::of(query, desk.now())?;
        Ok(desk.look(&asked).await?.into_answer())
    }

    /// What makes days of old hours: a task to run beside the host.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let desk = self.desk();
        Retention::new(desk.parts.store.clone(), desk.parts.clock.clone(), desk.moving.clone())
    }

    /// The sums since the start, and of all times.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn totals(&self) -> Result<(Totals, Totals), OperatorError> {
        let parts = &self.desk().parts;
        let since_start = parts.meter.totals().into_iter().map(|(_, row)| row);
        let still = parts.meter.still().await;
        let pending = still.pending();
        let stored: Option<Stored<TotalRecord>> = parts.store.read(&TotalRecord::default().key()).await?;
        let stored = stored.map(|stored| stored.record.row);
        Ok((sum(since_start), sum(stored.into_iter().chain(pending.into_iter().map(|(_, row)| row)))))
    }
}

impl Desk {
    async fn look(&self, asked: &Asked) -> Result<Lines, OperatorError> {
        let mut lines = Lines::default();
        // Held to the end: a row that a flush moved meanwhile would count twice, or not at all.
        let still = self.parts.meter.still().await;
        for (key, row) in still.pending() {
            lines.count(asked, Used::from(UsageRecord { key, row }))?;
        }
        let _unmoved = self.moving.read().await;
        self.read::<UsageRecord>(asked, asked.from.hour(), &mut lines).await?;
        self.read::<DayRecord>(asked, asked.from.day(), &mut lines).await?;
        Ok(lines)
    }

    /// The rows of a table from the hour or the day on that the time begins in.
    async fn read<R: Record + Into<Used> + Send>(
        &self,
        asked: &Asked,
        from: Timestamp,
        lines: &mut Lines,
    ) -> Result<(), OperatorError> {
        let mut range: KeyRange = since(from);
        loop {
            let page: Vec<Stored<R>> = self.parts.store.list(range.clone(), PAGE).await?;
            let last: Option<Key> = page.last().filter(|_| page.len() == PAGE).map(|row| row.record.key());
            let mut is_over = false;
            for used in page.into_iter().map(|row| row.record.into()) {
                is_over = used.start() >= asked.to;
                lines.count(asked, used)?;
            }
            match last {
                Some(last) if !is_over => range = range.after(&last),
                _ => return Ok(()),
            }
        }
    }
}

fn sum(rows: impl Iterator<Item = UsageRow>) -> Totals {
    let mut sum = UsageRow::default();
    rows.for_each(|row| sum.merge(&row));
    Totals {
        requests: sum.requests,
        errors: sum.errors,
        prompt_tokens: sum.prompt,
        completion_tokens: sum.completion,
        cached_tokens: sum.cached,
        cache_write_tokens: sum.cache_write,
        reasoning_tokens: sum.reasoning,
        total_tokens: sum.total,
        cost_nano_usd: sum.cost,
    }
}
