//! What is in charge after a start: what was in charge before, or the last that still loads, or nobody. The host
//! starts in any case.

use std::sync::Arc;

use patchbay_store::StoreExt;
use patchbay_types::Digest;

use crate::activate::{Cause, last_good};
use crate::error::{LoadError, OpenError};
use crate::record::{GenerationRecord, Origin, SlotRecord};
use crate::slot::{Inner, RoutingSlot, SlotOptions};

impl RoutingSlot {
    /// Brings the slot back to what the store says of it. A fresh slot gets the bundled component. A component that
    /// does not load any more is quarantined and the one before it is tried; when none loads, the native policy decides
    /// and [`crate::SlotView::active`] is none.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub async fn open(options: SlotOptions) -> Result<Self, OpenError> {
        let key = patchbay_store::Key::new().text(options.name.as_str());
        let stored = options.store.read::<SlotRecord>(&key).await?;
        let fresh = SlotRecord { slot: options.name.clone(), active: None, next: 1 };
        let record = stored.map_or(fresh, |row| row.record);
        let inner = Inner::new(options, record);
        inner.boot().await?;
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    async fn boot(&self) -> Result<(), OpenError> {
        let mut slot = self.turn.lock().await;
        let history = self.history().await?;
        let active = history.iter().find(|record| Some(record.number) == slot.active);
        let outcome = match active {
            None if slot.next == 1 => self.bundled(&mut slot, Origin::Bundled).await,
            None => Ok(()),
            Some(record) => self.resume(&mut slot, record).await,
        };
        let Err(error) = outcome else { return Ok(()) };
        tracing::error!(slot = %slot.slot, %error, "what was in charge does not load");
        let fallen = self.fall_back(&mut slot, &history, &error.to_string()).await;
        if let Err(error) = fallen {
            tracing::error!(slot = %slot.slot, %error, "the slot stays empty: the native policy decides");
        }
        Ok(())
    }

    /// The same generation as before the stop, unless its configuration, or the bundled component that it is, changed.
    async fn resume(&self, slot: &mut SlotRecord, record: &GenerationRecord) -> Result<(), LoadError> {
        if record.origin == Origin::Bundled && record.digest != Digest::of(&self.options.bundled) {
            return self.bundled(slot, Origin::Bundled).await;
        }
        if record.config != self.options.config {
            let reason = Some(format!("{} with the configuration as it is now", record.id()));
            let changed = GenerationRecord { config: self.options.config.clone(), ..record.clone() };
            let ready = self.ready_again(&changed).await?;
            let cause = Cause { actor: "host", origin: Origin::Config, reason, quarantine: None };
            return self.put_in_charge(slot, ready, cause).await.map(drop);
        }
        let ready = self.ready_again(record).await?;
        self.install(Some(Arc::new(self.generation(record.clone(), ready.policy))));
        Ok(())
    }

    async fn bundled(&self, slot: &mut SlotRecord, origin: Origin) -> Result<(), LoadError> {
        let ready = self.ready(self.options.bundled.clone(), self.options.config.clone()).await?;
        let cause = Cause { actor: "host", origin, reason: None, quarantine: None };
        self.put_in_charge(slot, ready, cause).await.map(drop)
    }

    async fn fall_back(
        &self,
        slot: &mut SlotRecord,
        history: &[GenerationRecord],
        why: &str,
    ) -> Result<(), LoadError> {
        let mut before = slot.active;
        while let Some(good) = last_good(history, before) {
            before = Some(good.number);
            let Ok(ready) = self.ready_again(good).await else { continue };
            let reason = Some(format!("back to {} at start: {why}", good.id()));
            let quarantine = Some(why.to_owned());
            let cause = Cause { actor: "host", origin: Origin::Rollback, reason, quarantine };
            return self.put_in_charge(slot, ready, cause).await.map(drop);
        }
        self.leave_empty(slot, why).await
    }
}
