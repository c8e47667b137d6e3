//! Changing what is in charge: load, rollback. Each is one transaction, then one pointer.

use std::sync::Arc;

use patchbay_runtime::routing::RoutingPolicy;
use patchbay_store::{Batch, StoreExt, Stored};
use patchbay_types::{Audit, Digest, Event, Report, Severity};

use crate::error::{LoadError, RollbackError};
use crate::generation::Generation;
use crate::prepare::{Checked, check};
use crate::record::{GenerationRecord, Origin, SlotRecord, State};
use crate::slot::{HISTORY_MAX, Inner, RoutingSlot};
use crate::view::GenerationView;

/// Why a change is made, for the logs.
pub(crate) struct Cause<'a> {
    /// `cli`, `host`.
    pub(crate) actor: &'a str,
    pub(crate) origin: Origin,
    pub(crate) reason: Option<String>,
    /// The one that is in charge is bad: why it is taken out.
    pub(crate) quarantine: Option<String>,
}

/// What is to be put in charge.
pub(crate) struct Ready {
    pub(crate) checked: Checked,
    pub(crate) config: String,
    pub(crate) policy: RoutingPolicy,
}

impl RoutingSlot {
    /// Loads a component and puts it in charge as a new generation. Once this returns, every new request is decided by
    /// it, and after a restart it is there again.
    ///
    /// # Errors
    /// See [`LoadError`]; the generation in charge then stays.
    ///
    /// # Cancel safety
    /// Dropped before the store has the change, nothing has happened; dropped after, the change is made at the next start.
    pub async fn load(&self, component: Vec<u8>, actor: &str) -> Result<GenerationView, LoadError> {
        let inner = &self.inner;
        let ready = inner.ready(component, inner.options.config.clone()).await?;
        let mut slot = inner.turn.lock().await;
        let cause = Cause { actor, origin: Origin::Load, reason: None, quarantine: None };
        inner.put_in_charge(&mut slot, ready, cause).await.map(|generation| inner.view(&generation.record))
    }

    /// Goes back to the last generation before the active one that is sound and has other content.
    ///
    /// # Errors
    /// See [`RollbackError`]; the generation in charge then stays.
    pub async fn rollback(&self, actor: &str) -> Result<GenerationView, RollbackError> {
        let inner = &self.inner;
        let mut slot = inner.turn.lock().await;
        let history = inner.history().await?;
        let to = last_good(&history, slot.active)
            .ok_or_else(|| RollbackError::NothingEarlier(slot.slot.clone()))?;
        let failed = |source| RollbackError::Load { to: to.id(), source };
        let ready = inner.ready_again(to).await.map_err(failed)?;
        let reason = Some(format!("back to {}", to.id()));
        let cause = Cause { actor, origin: Origin::Rollback, reason, quarantine: None };
        let generation = inner.put_in_charge(&mut slot, ready, cause).await.map_err(failed)?;
        Ok(inner.view(&generation.record))
    }
}

impl Inner {
    /// The pipeline, and the component in the component store.
    pub(crate) async fn ready(&self, component: Vec<u8>, config: String) -> Result<Ready, LoadError> {
        let (scan, components) = (self.options.scan, self.options.components.clone());
        let kept = tokio::task::spawn_blocking(move || {
            let checked = check(&component, scan)?;
            Ok::<_, LoadError>((checked, component, components))
        });
        let (checked, component, components) = kept.await.map_err(|_| LoadError::ShuttingDown)??;
        let policy = checked.start(&self.options.runtime, &component, &config, self.options.limits).await?;
        let put = tokio::task::spawn_blocking(move || components.put(&component));
        put.await.map_err(|_| LoadError::ShuttingDown)??;
        Ok(Ready { checked, config, policy })
    }

    /// The pipeline for a generation that was in charge before.
    pub(crate) async fn ready_again(&self, record: &GenerationRecord) -> Result<Ready, LoadError> {
        let (components, digest) = (self.options.components.clone(), record.digest);
        let read = tokio::task::spawn_blocking(move || components.get(&digest));
        let component = read.await.map_err(|_| LoadError::ShuttingDown)??;
        self.ready(component, record.config.clone()).await
    }

    /// Stores the change, then swaps the pointer. The caller holds the turn.
    pub(crate) async fn put_in_charge(
        &self,
        slot: &mut SlotRecord,
        ready: Ready,
        cause: Cause<'_>,
    ) -> Result<Arc<Generation>, LoadError> {
        let record = self.next_record(slot, &ready, &cause);
        let after = SlotRecord { active: Some(record.number), next: record.number + 1, ..slot.clone() };
        let batch = self.farewell(slot, &cause).await?.put(&record)?.put(&after)?;
        let batch = self.told(batch, &record, &cause);
        let (batch, unneeded) = self.without_oldest(batch, &record).await?;
        self.options.store.commit(batch).await?;
        *slot = after;
        self.remove(unneeded).await;
        let generation = Arc::new(self.generation(record, ready.policy));
        self.install(Some(generation.clone()));
        tracing::info!(generation = %generation.record.id(), plugin = %generation.record.name, "in charge");
        Ok(generation)
    }

    /// Takes out the one in charge with nothing to follow it.
    pub(crate) async fn leave_empty(&self, slot: &mut SlotRecord, why: &str) -> Result<(), LoadError> {
        let cause =
            Cause { actor: "host", origin: Origin::Rollback, reason: None, quarantine: Some(why.to_owned()) };
        let after = SlotRecord { active: None, ..slot.clone() };
        let batch = self.farewell(slot, &cause).await?.put(&after)?;
        self.options.store.commit(batch).await?;
        *slot = after;
        self.install(None);
        Ok(())
    }

    /// The newest first.
    pub(crate) async fn history(&self) -> Result<Vec<GenerationRecord>, patchbay_store::ReadError> {
        let range = GenerationRecord::range(&self.options.name);
        let limit = usize::try_from(2 * HISTORY_MAX).unwrap_or(usize::MAX);
        let rows: Vec<Stored<GenerationRecord>> = self.options.store.list(range, limit).await?;
        Ok(rows.into_iter().map(|row| row.record).rev().collect())
    }

    pub(crate) fn generation(&self, record: GenerationRecord, policy: RoutingPolicy) -> Generation {
        let predecessor = self.active.load();
        let (limits, clock) = (self.options.budget, self.options.clock.clone());
        Generation::new(record, policy, limits, predecessor.as_deref(), self.bell.clone(), clock)
    }

    fn next_record(&self, slot: &SlotRecord, ready: &Ready, cause: &Cause<'_>) -> GenerationRecord {
        GenerationRecord {
            slot: slot.slot.clone(),
            number: slot.next,
            digest: ready.checked.digest,
            name: ready.checked.manifest.plugin.name.to_string(),
            version: ready.checked.manifest.plugin.version.to_string(),
            contract: ready.checked.contract.to_string(),
            config: ready.config.clone(),
            origin: cause.origin,
            state: State::Active,
            reason: cause.reason.clone(),
            created: self.options.clock.wall(),
        }
    }

    /// What is written about the generation that goes: retired, or quarantined with an event and a report.
    async fn farewell(&self, slot: &SlotRecord, cause: &Cause<'_>) -> Result<Batch, LoadError> {
        let Some(number) = slot.active else { return Ok(Batch::new()) };
        let key = GenerationRecord::key_of(&slot.slot, number);
        let Some(Stored { record: mut old, .. }) = self.options.store.read::<GenerationRecord>(&key).await?
        else {
            return Ok(Batch::new());
        };
        let Some(why) = &cause.quarantine else {
            old.state = State::Retired;
            return Ok(Batch::new().put(&old)?);
        };
        old.state = State::Quarantined;
        old.reason = Some(why.clone());
        Ok(Batch::new().put(&old)?.event(self.quarantined(&old, why)).report(self.report(&old, why)))
    }

    fn told(&self, batch: Batch, record: &GenerationRecord, cause: &Cause<'_>) -> Batch {
        let at = self.options.clock.wall();
        let subject = record.id().to_string();
        let what = format!("{}@{} ({})", record.name, record.version, record.digest);
        let message = match &cause.reason {
            Some(reason) => format!("{what} is in charge: {reason}"),
            None => format!("{what} is in charge"),
        };
        let action = match cause.origin {
            Origin::Rollback => "plugin.rollback",
            Origin::Bundled | Origin::Load | Origin::Config => "plugin.load",
        };
        batch
            .event(Event { at, kind: "generation.activated".into(), subject: subject.clone(), message })
            .audit(Audit { at, actor: cause.actor.into(), action: action.into(), subject, detail: what })
    }

    fn quarantined(&self, old: &GenerationRecord, why: &str) -> Event {
        Event {
            at: self.options.clock.wall(),
            kind: "generation.quarantined".into(),
            subject: old.id().to_string(),
            message: format!("{}@{} was taken out: {why}", old.name, old.version),
        }
    }

    fn report(&self, old: &GenerationRecord, why: &str) -> Report {
        Report {
            at: self.options.clock.wall(),
            severity: Severity::Warning,
            subject: old.id().to_string(),
            title: format!("{}@{} was rolled back from slot {}", old.name, old.version, old.slot),
            body: format!(
                "Generation {id} ({digest}) was quarantined: {why}. Its failed calls were answered by the native \
                 policy, so no request failed because of it. Look at the host's log for lines with {id}, mend the \
                 plugin, and load it again.",
                id = old.id(),
                digest = old.digest,
            ),
        }
    }

    /// Forgets records that have become too old. Also says which components no other record needs.
    async fn without_oldest(
        &self,
        mut batch: Batch,
        new: &GenerationRecord,
    ) -> Result<(Batch, Vec<Digest>), LoadError> {
        let Some(limit) = new.number.checked_sub(HISTORY_MAX) else { return Ok((batch, Vec::new())) };
        let history = self.history().await?;
        let (old, kept): (Vec<_>, Vec<_>) = history.into_iter().partition(|record| record.number <= limit);
        for record in &old {
            batch = batch.delete::<GenerationRecord>(&GenerationRecord::key_of(&record.slot, record.number));
        }
        let needed = |digest: &Digest| kept.iter().chain([new]).any(|record| record.digest == *digest);
        let unneeded = old.into_iter().map(|record| record.digest).filter(|digest| !needed(digest));
        Ok((batch, unneeded.collect()))
    }

    /// A component that cannot be removed takes room, nothing else.
    async fn remove(&self, digests: Vec<Digest>) {
        if digests.is_empty() {
            return;
        }
        let components = self.options.components.clone();
        let removing = tokio::task::spawn_blocking(move || {
            for digest in digests {
                if let Err(error) = components.remove(&digest) {
                    tracing::warn!(%digest, %error, "an old component could not be removed");
                }
            }
        });
        if let Err(error) = removing.await {
            tracing::warn!(%error, "old components could not be removed");
        }
    }
}

/// The newest record before the active one that is sound, has other content than it, and is not known to be bad.
pub(crate) fn last_good(history: &[GenerationRecord], active: Option<u64>) -> Option<&GenerationRecord> {
    let current = history.iter().find(|record| Some(record.number) == active);
    let bad = |record: &GenerationRecord| {
        history.iter().any(|other| other.state == State::Quarantined && other.same_content(record))
    };
    history
        .iter()
        .filter(|record| active.is_none_or(|number| record.number < number))
        .find(|record| !bad(record) && !current.is_some_and(|current| current.same_content(record)))
}
