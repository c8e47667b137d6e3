//! What is in charge after a start: what was in charge before, or the last that still loads, or nobody. The host
//! starts in any case.

use std::sync::Arc;

use patchbay_types::SlotKind;

use crate::activate::{Cause, Content, last_good};
use crate::error::{LoadError, OpenError};
use crate::record::{GenerationRecord, Origin, SlotRecord, TrialRecord};
use crate::slot::{Default, Inner};
use crate::trial::Trial;

impl Inner {
    /// Brings the slot back to what the store says of it. A fresh slot gets its bundled component, if it has one. A
    /// component that does not load any more is quarantined and the one before it is tried; when none loads, the slot
    /// is empty. A trial goes on, its counts at zero.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub(crate) async fn boot(&self) -> Result<(), OpenError> {
        let mut slot = self.turn.lock().await;
        self.fill(&mut slot).await.map(drop)
    }

    /// [`boot`](Self::boot) in its turn. A slot that waits to be asked for stays as it is when nothing of it loads, and
    /// this says why: it can be tried again.
    pub(crate) async fn fill(&self, slot: &mut SlotRecord) -> Result<Option<LoadError>, OpenError> {
        let history = self.history().await?;
        let trial = slot.trial.clone();
        let active = history.iter().find(|record| Some(record.number) == slot.active);
        let outcome = match (active, self.default()) {
            (None, Some(default)) if slot.next == 1 => self.bundled(slot, default).await,
            (None, _) => Ok(()),
            (Some(record), _) => self.resume(slot, record).await,
        };
        if let Err(error) = outcome {
            tracing::error!(slot = %slot.slot, %error, "what was in charge does not load");
            let why = error.to_string();
            match self.fall_back(slot, &history, &why).await {
                Ok(true) => {}
                _ if self.asleep.load().is_some() => return Ok(Some(error)),
                Ok(false) => self.stay_empty(slot, &why).await,
                Err(error) => tracing::error!(slot = %slot.slot, %error, "the slot stays empty"),
            }
        }
        if let Some(trial) = trial
            && slot.trial.as_ref() == Some(&trial)
        {
            self.resume_trial(slot, &history, &trial).await;
        }
        Ok(None)
    }

    /// The same generation as before the stop, unless its configuration, a secret of it, or the bundled component that
    /// it is, changed.
    async fn resume(&self, slot: &mut SlotRecord, record: &GenerationRecord) -> Result<(), LoadError> {
        let default = self.default();
        if let Some(default) = default
            && record.origin == Origin::Bundled
            && record.digest != default.own.digest()
        {
            return self.bundled(slot, default).await;
        }
        // What the host itself has put in charge gets what the host's configuration says now; of what an operator has
        // loaded that says nothing, but for the routing policy, whichever it is.
        let is_hosts = matches!(record.origin, Origin::Bundled | Origin::Config);
        let given = default.filter(|default| is_hosts && record.digest == default.own.digest());
        let set = default.filter(|default| given.is_some() || default.slot.kind() == SlotKind::Routing);
        let set = set.and_then(|default| default.config.clone());
        let wanted = GenerationRecord {
            config: set.unwrap_or_else(|| record.config.clone()),
            granted: given.map_or_else(|| record.granted.clone(), |default| default.granted.clone()),
            ..record.clone()
        };
        let ready = self.ready_again(&wanted).await?;
        let is_same = wanted.config == record.config && wanted.granted == record.granted;
        if is_same && ready.content.secrets == record.secrets {
            self.install(Some(Arc::new(self.generation(record.clone(), ready))));
            return Ok(());
        }
        let reason = Some(format!("{} with its configuration and secrets as they are now", record.id()));
        let cause = Cause { actor: "host", origin: Origin::Config, reason, quarantine: None };
        self.put_in_charge(slot, ready, cause).await.map(drop)
    }

    /// The same component once more, because a secret that it may use is another.
    pub(crate) async fn renew_for(&self, secret: &str) -> Result<(), LoadError> {
        let mut slot = self.turn.lock().await;
        let Some(active) = self.in_charge() else { return Ok(()) };
        let record = &active.record;
        if !record.grants.secrets.iter().flatten().any(|name| name == secret) {
            return Ok(());
        }
        let ready = self.ready_again(record).await?;
        if ready.content.secrets == record.secrets {
            return Ok(());
        }
        let reason = Some(format!("{} with the secret {secret} as it is now", record.id()));
        let cause = Cause { actor: "host", origin: Origin::Config, reason, quarantine: None };
        self.put_in_charge(&mut slot, ready, cause).await.map(drop)
    }

    async fn resume_trial(&self, slot: &mut SlotRecord, history: &[GenerationRecord], trial: &TrialRecord) {
        let Some(record) = history.iter().find(|record| record.number == trial.number) else { return };
        match self.ready_again(record).await {
            Ok(ready) => {
                let candidate = Arc::new(self.generation(record.clone(), ready));
                let trial = Trial::new(candidate, trial.mode, self.clock.wall());
                self.trial.store(Some(Arc::new(trial)));
            }
            Err(error) => {
                let why = error.to_string();
                tracing::error!(generation = %record.id(), why, "the candidate does not load");
                if let Err(error) = self.end_trial(slot, Some(&why), "host").await {
                    tracing::error!(slot = %slot.slot, %error, "the trial could not be ended");
                }
            }
        }
    }

    async fn bundled(&self, slot: &mut SlotRecord, default: &Default) -> Result<(), LoadError> {
        let content = Content::bundled(default);
        let ready = self.ready(default.own.component(), content).await?;
        let cause = Cause { actor: "host", origin: Origin::Bundled, reason: None, quarantine: None };
        self.put_in_charge(slot, ready, cause).await.map(drop)
    }

    /// Whether one before it is in charge now.
    async fn fall_back(
        &self,
        slot: &mut SlotRecord,
        history: &[GenerationRecord],
        why: &str,
    ) -> Result<bool, LoadError> {
        let mut before = slot.active;
        while let Some(good) = last_good(history, before) {
            before = Some(good.number);
            let Ok(ready) = self.ready_again(good).await else { continue };
            let reason = Some(format!("back to {} at start: {why}", good.id()));
            let quarantine = Some(why.to_owned());
            let cause = Cause { actor: "host", origin: Origin::Rollback, reason, quarantine };
            return self.put_in_charge(slot, ready, cause).await.map(|_| true);
        }
        Ok(false)
    }

    async fn stay_empty(&self, slot: &mut SlotRecord, why: &str) {
        if let Err(error) = self.leave_empty(slot, why).await {
            tracing::error!(slot = %slot.slot, %error, "the slot stays empty");
        }
    }
}
