//! Cooldowns: shown, and ended by hand.

use patchbay_pool::Cooldown;
use patchbay_store::{Batch, StoreExt, Stored};
use patchbay_types::Timestamp;

use super::provider::subject;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{CooldownCleared, CooldownView};
use crate::record::CooldownRecord;

/// Rows of one provider: as many as it has models, and one.
const ROWS_MAX: usize = 10_001;

impl Operator {
    /// Those that run, by provider.
    #[must_use]
    pub fn cooldowns(&self) -> Vec<CooldownView> {
        let (desk, now) = (self.desk(), self.desk().now());
        desk.parts.pool.cooldowns().into_iter().map(|cooldown| view(cooldown, now)).collect()
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
        let cleared = self.parts.pool.clear_cooldown(name);
        Ok(CooldownCleared { provider: name.clone(), cleared })
    }
}

fn view(cooldown: Cooldown, now: Timestamp) -> CooldownView {
    let left_ms = u64::try_from(cooldown.until.since(now).as_millis()).unwrap_or(u64::MAX);
    let Cooldown { name, model, count, started, until, reason, .. } = cooldown;
    CooldownView { provider: name, model, count, started, until, left_ms, reason }
}
