//! Changing what is in charge: load, rollback. Each is one transaction, then one pointer.

use std::sync::Arc;

use patchbay_registry::{Candidate, Listed, PluginName, Provenance, Signature, Source, Trusted, Version};
use patchbay_runtime::Plugin;
use patchbay_store::{Batch, StoreExt, Stored};
use patchbay_types::Grants;

use crate::error::{LoadError, RollbackError};
use crate::generation::{Generation, Making};
use crate::permit::{not_older, not_wider, of_its_kind};
use crate::prepare::Checked;
use crate::record::{GenerationRecord, Origin, SlotRecord, State, TrialMode, TrialRecord};
use crate::slot::{Default, HISTORY_MAX, Inner, Slot};
use crate::trial::Trial;
use crate::view::GenerationView;

/// What an operator wants loaded, and how.
#[derive(Clone, Debug, std::default::Default)]
pub struct Load {
    pub component: Vec<u8>,
    pub signatures: Vec<Signature>,
    /// The plugin's configuration as JSON; none is what the slot has.
    pub config: Option<String>,
    /// What the operator gives beyond what the manifest asks for.
    pub granted: Grants,
    /// That it may get more than what is in charge has.
    pub accept_grants: bool,
    /// That it may be older than what is in charge.
    pub allow_downgrade: bool,
    /// None puts it in charge at once.
    pub trial: Option<TrialMode>,
    /// Who wants it: `cli`.
    pub actor: String,
}

/// Why a change is made, for the logs.
pub(crate) struct Cause<'a> {
    /// `cli`, `host`.
    pub(crate) actor: &'a str,
    pub(crate) origin: Origin,
    pub(crate) reason: Option<String>,
    /// The one that is in charge is bad: why it is taken out.
    pub(crate) quarantine: Option<String>,
}

/// What is to be put in charge, or on trial.
pub(crate) struct Ready {
    pub(crate) checked: Checked,
    pub(crate) content: Content,
    pub(crate) plugin: Plugin,
}

/// What a generation is made of besides its component.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) config: String,
    pub(crate) granted: Grants,
    pub(crate) secrets: String,
    pub(crate) signed_by: Option<String>,
}

impl Slot {
    /// Loads a component and puts it in charge as a new generation, or on trial beside the one in charge. Once this
    /// returns it is stored: after a restart it is there again.
    ///
    /// # Errors
    /// See [`LoadError`]; the generation in charge, and a trial, then stay.
    ///
    /// # Cancel safety
    /// Dropped before the store has the change, nothing has happened; dropped after, the change is made at the next start.
    pub async fn load(&self, load: Load) -> Result<GenerationView, LoadError> {
        let inner = &self.inner;
        let (trial, actor) = (load.trial, load.actor.clone());
        inner.wake_to_change().await;
        let ready = inner.ready_to_load(load).await?;
        let mut slot = inner.turn.lock().await;
        let cause = Cause { actor: &actor, origin: Origin::Load, reason: None, quarantine: None };
        let generation = match trial {
            None => inner.put_in_charge(&mut slot, ready, cause).await?,
            Some(mode) => inner.put_on_trial(&mut slot, ready, mode, cause).await?,
        };
        Ok(inner.view(&generation.record))
    }

    /// Goes back to the last generation before the active one that is sound and has other content. A trial ends.
    ///
    /// # Errors
    /// See [`RollbackError`]; the generation in charge then stays.
    pub async fn rollback(&self, actor: &str) -> Result<GenerationView, RollbackError> {
        let inner = &self.inner;
        inner.wake_to_change().await;
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
    /// Everything that is asked of a component before it starts, and then the start.
    async fn ready_to_load(&self, load: Load) -> Result<Ready, LoadError> {
        let active = self.in_charge();
        if load.trial.is_some() && active.is_none() {
            return Err(LoadError::NothingToCompare(self.name.clone()));
        }
        let (known, scan) = (self.known.clone(), self.options.scan);
        let checking = tokio::task::spawn_blocking(move || {
            let checked = known.check(&load.component, scan, &load.granted)?;
            Ok::<_, LoadError>((checked, load))
        });
        let (checked, load) = checking.await.map_err(|_| LoadError::ShuttingDown)??;
        let subject = Candidate::of(&load.component, &checked.manifest, &checked.grants);
        let trusted = self.options.trust.check(&subject, &load.signatures)?;
        let bundled = trusted == Trusted::Bundled;
        if let Some(active) = &active {
            not_older(&checked, &active.record, load.allow_downgrade)?;
        }
        let before = active.as_ref().map(|active| &active.record);
        not_wider(&checked, before, &load, bundled)?;
        let content = Content {
            config: load.config.unwrap_or_else(|| self.config()),
            granted: load.granted,
            secrets: String::new(),
            signed_by: trusted.key().map(str::to_owned),
        };
        let listed = Listed {
            digest: checked.digest,
            signatures: load.signatures.iter().map(|signature| signature.text().to_owned()).collect(),
            provenance: Provenance {
                source: if bundled { Source::Bundled } else { Source::File },
                at: self.clock.wall(),
            },
        };
        let plugin = (checked.manifest.plugin.name.clone(), checked.manifest.plugin.version.clone());
        let ready = self.start(checked, load.component, content).await?;
        self.list(plugin, listed).await?;
        Ok(ready)
    }

    /// Lists a component in the index, unless it is there already.
    async fn list(&self, (name, version): (PluginName, Version), entry: Listed) -> Result<(), LoadError> {
        let index = self.options.index.clone();
        let listing = tokio::task::spawn_blocking(move || {
            let known = index.read()?;
            let listed = known.get(&name, &version).is_some_and(|known| {
                known.digest == entry.digest
                    && entry.signatures.iter().all(|signature| known.signatures.contains(signature))
            });
            if listed { Ok(()) } else { index.change(|catalogue| catalogue.list(name, version, entry)) }
        });
        Ok(listing.await.map_err(|_| LoadError::ShuttingDown)??)
    }

    /// What the slot has as its plugin's configuration: from the host's own, or from the generation in charge.
    fn config(&self) -> String {
        let set = self.default().and_then(|default| default.config.clone());
        let active = || self.in_charge().map(|active| active.record.config.clone());
        set.or_else(active).unwrap_or_else(|| "{}".to_owned())
    }

    /// The rest of the pipeline for a checked component, and the component in the component store.
    async fn start(
        &self,
        checked: Checked,
        component: Vec<u8>,
        content: Content,
    ) -> Result<Ready, LoadError> {
        of_its_kind(&checked, &self.name)?;
        checked.check_config(&content.config)?;
        let names = checked.grants.secrets.clone().unwrap_or_default();
        let content = Content { secrets: (self.options.secrets)(&names), ..content };
        let plugin = checked.start(&self.runtime, &component, &content.config, &self.options.limits).await?;
        let components = self.options.components.clone();
        let put = tokio::task::spawn_blocking(move || components.put(&component));
        put.await.map_err(|_| LoadError::ShuttingDown)??;
        Ok(Ready { checked, content, plugin })
    }

    /// The pipeline for a component that needs no permission: a bundled one, or one that was in charge before.
    pub(crate) async fn ready(&self, component: Vec<u8>, content: Content) -> Result<Ready, LoadError> {
        let (known, scan, granted) = (self.known.clone(), self.options.scan, content.granted.clone());
        let checking = tokio::task::spawn_blocking(move || {
            known.check(&component, scan, &granted).map(|checked| (checked, component))
        });
        let (checked, component) = checking.await.map_err(|_| LoadError::ShuttingDown)??;
        self.start(checked, component, content).await
    }

    /// The pipeline for a generation that was there before.
    pub(crate) async fn ready_again(&self, record: &GenerationRecord) -> Result<Ready, LoadError> {
        let (components, digest) = (self.options.components.clone(), record.digest);
        let read = tokio::task::spawn_blocking(move || components.get(&digest));
        let component = read.await.map_err(|_| LoadError::ShuttingDown)??;
        self.ready(component, Content::of(record)).await
    }

    /// Stores the change, then swaps the pointer. The caller holds the turn. A trial ends: what it was compared with is
    /// gone.
    pub(crate) async fn put_in_charge(
        &self,
        slot: &mut SlotRecord,
        ready: Ready,
        cause: Cause<'_>,
    ) -> Result<Arc<Generation>, LoadError> {
        let record = self.next_record(slot, &ready, &cause, State::Active);
        let after =
            SlotRecord { active: Some(record.number), trial: None, next: record.number + 1, ..slot.clone() };
        let batch = self.farewell(slot, &cause).await?;
        let batch = self.trial_over(batch, slot, None).await?.put(&record)?.put(&after)?;
        let batch = self.told(batch, &record, &cause);
        let (batch, unneeded) = self.without_oldest(batch, &record).await?;
        self.options.store.commit(batch).await?;
        *slot = after;
        self.remove(unneeded).await;
        let generation = Arc::new(self.generation(record, ready));
        self.drop_trial();
        self.install(Some(generation.clone()));
        tracing::info!(generation = %generation.record.id(), plugin = %generation.record.name, "in charge");
        Ok(generation)
    }

    /// Stores a candidate and lets it hear, or decide for some. The caller holds the turn. Another trial ends.
    async fn put_on_trial(
        &self,
        slot: &mut SlotRecord,
        ready: Ready,
        mode: TrialMode,
        cause: Cause<'_>,
    ) -> Result<Arc<Generation>, LoadError> {
        let record = self.next_record(slot, &ready, &cause, mode.state());
        let trial = Some(TrialRecord { number: record.number, mode });
        let after = SlotRecord { trial, next: record.number + 1, ..slot.clone() };
        let batch = self.trial_over(Batch::new(), slot, None).await?.put(&record)?.put(&after)?;
        let batch = self.told(batch, &record, &cause);
        self.options.store.commit(batch).await?;
        *slot = after;
        self.drop_trial();
        let generation = Arc::new(self.generation(record, ready));
        self.trial.store(Some(Arc::new(Trial::new(generation.clone(), mode, self.clock.wall()))));
        tracing::info!(generation = %generation.record.id(), plugin = %generation.record.name, "on trial");
        Ok(generation)
    }

    /// Takes out the one in charge with nothing to follow it.
    pub(crate) async fn leave_empty(&self, slot: &mut SlotRecord, why: &str) -> Result<(), LoadError> {
        let cause =
            Cause { actor: "host", origin: Origin::Rollback, reason: None, quarantine: Some(why.to_owned()) };
        let after = SlotRecord { active: None, trial: None, ..slot.clone() };
        let batch = self.farewell(slot, &cause).await?;
        let batch = self.trial_over(batch, slot, None).await?.put(&after)?;
        self.options.store.commit(batch).await?;
        *slot = after;
        self.drop_trial();
        self.install(None);
        Ok(())
    }

    /// The newest first.
    pub(crate) async fn history(&self) -> Result<Vec<GenerationRecord>, patchbay_store::ReadError> {
        let range = GenerationRecord::range(&self.name);
        let limit = usize::try_from(2 * HISTORY_MAX).unwrap_or(usize::MAX);
        let rows: Vec<Stored<GenerationRecord>> = self.options.store.list(range, limit).await?;
        Ok(rows.into_iter().map(|row| row.record).rev().collect())
    }

    pub(crate) fn generation(&self, record: GenerationRecord, ready: Ready) -> Generation {
        let predecessor = self.in_charge();
        let making = Making {
            redact: ready.checked.manifest.recording.redact.clone(),
            provides: ready.checked.manifest.provides.clone(),
            limits: self.options.budget,
            predecessor: predecessor.as_deref(),
            bell: self.bell.clone(),
            clock: self.clock.clone(),
        };
        Generation::new(record, ready.plugin, making)
    }

    fn next_record(
        &self,
        slot: &SlotRecord,
        ready: &Ready,
        cause: &Cause<'_>,
        state: State,
    ) -> GenerationRecord {
        let Ready { checked, content, .. } = ready;
        GenerationRecord {
            slot: slot.slot.clone(),
            number: slot.next,
            digest: checked.digest,
            name: checked.manifest.plugin.name.to_string(),
            version: checked.manifest.plugin.version.to_string(),
            contract: checked.contract.to_string(),
            config: content.config.clone(),
            grants: checked.grants.clone(),
            granted: content.granted.clone(),
            secrets: content.secrets.clone(),
            signed_by: content.signed_by.clone(),
            origin: cause.origin,
            state,
            reason: cause.reason.clone(),
            created: self.clock.wall(),
        }
    }

    /// What is written about the generation that goes: retired, or quarantined with an event and a report.
    pub(crate) async fn farewell(&self, slot: &SlotRecord, cause: &Cause<'_>) -> Result<Batch, LoadError> {
        let Some(number) = slot.active else { return Ok(Batch::new()) };
        let Some(mut old) = self.record(number).await? else { return Ok(Batch::new()) };
        let Some(why) = &cause.quarantine else {
            old.state = State::Retired;
            return Ok(Batch::new().put(&old)?);
        };
        old.state = State::Quarantined;
        old.reason = Some(why.clone());
        Ok(Batch::new().put(&old)?.event(self.quarantined(&old, why)).report(self.report(&old, why)))
    }

    pub(crate) async fn record(
        &self,
        number: u64,
    ) -> Result<Option<GenerationRecord>, patchbay_store::ReadError> {
        let key = GenerationRecord::key_of(&self.name, number);
        let row = self.options.store.read::<GenerationRecord>(&key).await?;
        Ok(row.map(|row| row.record))
    }
}

impl Content {
    /// What a generation was made of.
    pub(crate) fn of(record: &GenerationRecord) -> Self {
        Self {
            config: record.config.clone(),
            granted: record.granted.clone(),
            secrets: record.secrets.clone(),
            signed_by: record.signed_by.clone(),
        }
    }

    /// What a bundled component is made of.
    pub(crate) fn bundled(default: &Default) -> Self {
        Self {
            config: default.config.clone().unwrap_or_else(|| "{}".to_owned()),
            granted: default.granted.clone(),
            secrets: String::new(),
            signed_by: None,
        }
    }
}

/// The newest record before the active one that is sound, was in charge, has other content than it, and is not known to
/// be bad.
pub(crate) fn last_good(history: &[GenerationRecord], active: Option<u64>) -> Option<&GenerationRecord> {
    let current = history.iter().find(|record| Some(record.number) == active);
    let bad = |record: &GenerationRecord| {
        history.iter().any(|other| other.state == State::Quarantined && other.same_content(record))
    };
    history
        .iter()
        .filter(|record| active.is_none_or(|number| record.number < number))
        .filter(|record| matches!(record.state, State::Active | State::Retired))
        .find(|record| !bad(record) && !current.is_some_and(|current| current.same_content(record)))
}
