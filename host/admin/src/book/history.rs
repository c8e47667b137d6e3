//! Cooldowns that were: each that begins becomes a row, which hears of its end. The oldest rows go. What is lost here
//! is lost for people only; routing never asks.

use std::collections::{HashMap, HashSet};

use patchbay_pool::{Change, Cooldown};
use patchbay_store::{Batch, EncodeError, Key, ReadError, Record, Store, StoreExt, Stored};
use patchbay_types::{ProviderId, Timestamp};

use super::Told;
use crate::record::{Ended, PastRecord};

/// Cooldowns that are kept.
pub(crate) const PAST_MAX: usize = 10_000;

/// Rows that are begun, and rows that are ended, when history and pool are brought together; the next round does more.
const AT_ONCE: usize = 1_000;

/// The provider, and the model if only that cools.
pub(super) type Whose = (ProviderId, Option<String>);

/// What is known of the rows in the store. After a commit that failed it is read anew.
#[derive(Default)]
pub(super) struct History {
    /// Rows without an end.
    open: HashMap<Whose, PastRecord>,
    rows: usize,
}

impl History {
    pub(super) async fn read(store: &dyn Store) -> Result<Self, ReadError> {
        // A few more than there should be, should the bound ever have been another.
        let rows: Vec<Stored<PastRecord>> = store.list(Key::new().prefix(), 2 * PAST_MAX).await?;
        let count = rows.len();
        let open = rows.into_iter().map(|row| row.record).filter(|past| past.ended.is_none());
        let open = open.map(|past| (whose(&past.cooldown), past)).collect();
        Ok(Self { open, rows: count })
    }

    /// Puts what this change makes of the rows.
    pub(super) fn tell(&mut self, batch: Batch, told: &Told) -> Result<Batch, EncodeError> {
        let (at, cooldown) = (told.change.at, &told.change.cooldown);
        match told.change.change {
            Change::Started | Change::Prolonged => self.stands(batch, cooldown),
            Change::Cleared if told.by_hand => self.ends(batch, cooldown, at, Ended::Cleared),
            Change::Cleared => self.ends(batch, cooldown, at, Ended::Probe),
        }
    }

    /// Ends the rows of cooldowns that do not stand any more, and of whose end nobody was told.
    pub(super) fn end_all_but(
        &mut self,
        batch: Batch,
        standing: &HashSet<Whose>,
    ) -> Result<Batch, EncodeError> {
        let gone = self.open.extract_if(|whose, _| !standing.contains(whose)).take(AT_ONCE);
        gone.map(|(_, past)| PastRecord { ended: Some(Ended::Unknown), ..past })
            .try_fold(batch, |batch, past| batch.put(&past))
    }

    /// A row for each of these that has none.
    pub(super) fn begin_all(&mut self, batch: Batch, cooldowns: &[Cooldown]) -> Result<Batch, EncodeError> {
        let unknown = cooldowns.iter().filter(|cooldown| !self.open.contains_key(&whose(cooldown)));
        let unknown: Vec<&Cooldown> = unknown.take(AT_ONCE).collect();
        unknown.into_iter().try_fold(batch, |batch, cooldown| self.stands(batch, cooldown))
    }

    /// Removes the oldest rows that are too many. Those that this batch puts are younger.
    pub(super) async fn trim(&mut self, mut batch: Batch, store: &dyn Store) -> Result<Batch, ReadError> {
        let too_many = self.rows.saturating_sub(PAST_MAX);
        if too_many == 0 {
            return Ok(batch);
        }
        let oldest: Vec<Stored<PastRecord>> = store.list(Key::new().prefix(), too_many).await?;
        for Stored { record, .. } in &oldest {
            batch = batch.delete::<PastRecord>(&record.key());
            self.open.retain(|_, past| past.key() != record.key());
        }
        self.rows -= oldest.len();
        Ok(batch)
    }

    fn stands(&mut self, batch: Batch, cooldown: &Cooldown) -> Result<Batch, EncodeError> {
        let past = PastRecord { cooldown: cooldown.clone(), end: None, ended: None };
        let batch = self.expire_before(batch, &past)?.put(&past)?;
        if self.open.insert(whose(cooldown), past).is_none() {
            self.rows += 1;
        }
        Ok(batch)
    }

    fn ends(
        &mut self,
        batch: Batch,
        cooldown: &Cooldown,
        at: Timestamp,
        ended: Ended,
    ) -> Result<Batch, EncodeError> {
        let past = PastRecord { cooldown: cooldown.clone(), end: Some(at), ended: Some(ended) };
        let batch = self.expire_before(batch, &past)?.put(&past)?;
        if self.open.remove(&whose(cooldown)).is_none() {
            self.rows += 1;
        }
        Ok(batch)
    }

    /// Ends the one before in a row, if this is not the same: its time was up, and its probe was refused.
    fn expire_before(&mut self, batch: Batch, past: &PastRecord) -> Result<Batch, EncodeError> {
        let whose = whose(&past.cooldown);
        let Some(before) = self.open.remove(&whose) else { return Ok(batch) };
        if before.key() == past.key() {
            self.open.insert(whose, before);
            return Ok(batch);
        }
        let end = Some(before.cooldown.until.min(past.cooldown.started));
        batch.put(&PastRecord { end, ended: Some(Ended::Expired), ..before })
    }
}

fn whose(cooldown: &Cooldown) -> Whose {
    (cooldown.provider.clone(), cooldown.model.clone())
}
