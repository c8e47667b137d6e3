//! Cooldowns: shown, those that were too, and ended by hand.

use std::time::Duration;

use patchbay_pool::Cooldown;
use patchbay_store::{Batch, Key, StoreExt, Stored};
use patchbay_types::Timestamp;

use super::provider::subject;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{CooldownCleared, CooldownView, PastCooldown, PastQuery};
use crate::book::PAST_MAX;
use crate::record::{CooldownRecord, PastRecord};

/// Rows of one provider: as many as it has models, and one.
const ROWS_MAX: usize = 10_001;

impl Operator {
    /// Those that run, by provider.
    #[must_use]
    pub fn cooldowns(&self) -> Vec<CooldownView> {
        let (desk, now) = (self.desk(), self.desk().now());
        desk.parts.pool.cooldowns().into_iter().map(|cooldown| view(cooldown, now)).collect()
    }

    /// Those that were and those that stand, the newest last.
    ///
    /// # Errors
    /// A question that is wrong, or a store that cannot be read.
    pub async fn past_cooldowns(&self, query: &PastQuery) -> Result<Vec<PastCooldown>, OperatorError> {
        let from = match query.hours {
            Some(0) => return Err(OperatorError::field("hours", "0 is out of range: expected 1 or more")),
            hours => hours.map_or(Timestamp(0), |hours| ago(self.desk().now(), hours)),
        };
        let rows: Vec<Stored<PastRecord>> =
            self.desk().parts.store.list(Key::new().prefix(), 2 * PAST_MAX).await?;
        let of = |past: &PastRecord| {
            query.provider.as_deref().is_none_or(|name| name == past.cooldown.name.as_str())
        };
        let rows = rows.into_iter().map(|row| row.record).filter(|past| of(past) && past.last() >= from);
        Ok(rows.map(past_view).collect())
    }

    /// Ends all cooldowns of a provider, its models' too.
    ///
    /// # Errors
    /// An unknown provider, or a store that does not write.
    pub async fn clear_cooldown(
        &self,
        provider: &str,
        actor: &str,
    ) -> Result<CooldownCleared, OperatorError> {
        let (provider, actor) = (provider.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.clear_cooldown(&provider, &actor).await }).await
    }
}

impl Desk {
    async fn clear_cooldown(&self, provider: &str, actor: &str) -> Result<CooldownCleared, OperatorError> {
        let _turn = self.turn.lock().await;
        let defined = self.definitions.load().find(provider)?.clone();
        let (name, id) = (&defined.provider().name, &defined.provider().id);
        let rows: Vec<Stored<CooldownRecord>> =
            self.parts.store.list(CooldownRecord::of_provider(id), ROWS_MAX).await?;
        let batch = Batch::new().audit(self.audit(actor, "cooldown.clear", &subject(name), String::new()));
        let batch = rows.iter().fold(batch, |batch, row| {
            batch.delete::<CooldownRecord>(&CooldownRecord::key_of(&row.record.cooldown))
        });
        self.parts.store.commit(batch).await?;
        // The bookkeeper hears of it from the pool, and tells it.
        let cleared = self.parts.by_hand.clear(id, || self.parts.pool.clear_cooldown(name));
        Ok(CooldownCleared { provider: name.clone(), cleared })
    }
}

fn view(cooldown: Cooldown, now: Timestamp) -> CooldownView {
    let left_ms = u64::try_from(cooldown.until.since(now).as_millis()).unwrap_or(u64::MAX);
    let Cooldown { name, model, count, started, until, reason, .. } = cooldown;
    CooldownView { provider: name, model, count, started, until, left_ms, reason }
}

fn past_view(PastRecord { cooldown, end, ended }: PastRecord) -> PastCooldown {
    let Cooldown { name, model, count, started, until, reason, .. } = cooldown;
    let how = ended.map(|ended| ended.as_str().to_owned());
    let seconds = until.since(started).as_secs_f64();
    PastCooldown { provider: name, model, count, seconds, reason, started, until, ended: end, how }
}

fn ago(now: Timestamp, hours: u64) -> Timestamp {
    let span = Duration::from_secs(hours.saturating_mul(3600));
    Timestamp(now.0.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
}
