//! A slot that is filled when somebody first asks for it, and not at start: what it takes of memory and of the start is
//! taken only where it is needed. It must not know who asks, or what for.

use std::sync::Arc;
use std::time::Duration;

use patchbay_types::{Digest, GenerationId, Grants, Monotonic};
use serde::Serialize;

use crate::error::WakeError;
use crate::record::{GenerationRecord, Origin};
use crate::slot::{Default, Inner, Slot};

/// After a boot that failed, before whoever asks has it tried again.
const RETRY: Duration = Duration::from_secs(30);

/// What will be in charge, as far as that can be told without loading it: a generation whose configuration or secrets
/// changed while the host was down gets another number.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Expected {
    pub generation: GenerationId,
    pub digest: Digest,
    /// What it may.
    #[serde(skip)]
    pub grants: Grants,
}

/// A slot that is not filled yet: with what came with the host, nothing else waits.
#[derive(Debug)]
pub(crate) struct Asleep {
    /// Who was in charge before the start; none: the host is fresh.
    record: Option<GenerationRecord>,
    /// The number of the next generation.
    next: u64,
    failed: Option<Failed>,
}

/// The last boot that failed.
#[derive(Clone, Debug)]
struct Failed {
    why: String,
    at: Monotonic,
}

impl Slot {
    /// Fills the slot, if it is one that waits for that. Whoever asks meanwhile waits for the same boot.
    ///
    /// # Errors
    /// Why it cannot be loaded. The slot goes on to wait, and 30 s later the next who asks has it tried again.
    ///
    /// # Cancel safety
    /// Dropped before the end, the slot is as it was, and whoever asks next begins anew.
    pub async fn wake(&self) -> Result<(), WakeError> {
        self.inner.wake().await
    }

    /// Whether what is in charge, if anybody is, is in memory. Until somebody asks for it, a late slot's is not.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.inner.asleep.load().is_none()
    }

    /// Whether somebody is in charge, or will be once the slot is loaded.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        !self.is_loaded() || self.inner.in_charge().is_some()
    }

    /// Why it could not be loaded when somebody last asked for it; none if it is loaded, or nobody has asked.
    #[must_use]
    pub fn not_loaded_because(&self) -> Option<String> {
        let asleep = self.inner.asleep.load();
        asleep.as_ref().and_then(|asleep| asleep.failed.as_ref()).map(|failed| failed.why.clone())
    }

    /// Who is in charge, or will be once the slot is loaded. To say that of one that is not costs a hash over what it
    /// will have.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        if let Some(asleep) = &*self.inner.asleep.load() {
            return self.inner.default().map(|default| asleep.expected(default));
        }
        let active = self.inner.in_charge();
        let record = active.as_ref().map(|generation| &generation.record)?;
        Some(of(record))
    }
}

impl Inner {
    /// Lets it wait, instead of the boot at start, if it will have the component that fills it by itself. What an
    /// operator has put in its place offers nobody knows what, and is loaded as in any other slot.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn sleeps(&self) -> Result<bool, patchbay_store::ReadError> {
        let Some(default) = self.default().filter(|default| default.late) else { return Ok(false) };
        let slot = self.turn.lock().await;
        let record = match slot.active {
            Some(number) => self.record(number).await?,
            None => None,
        };
        let is_own = match &record {
            None => slot.next == 1,
            Some(record) => record.origin == Origin::Bundled || record.digest == default.own.digest(),
        };
        if is_own {
            self.asleep.store(Some(Arc::new(Asleep { record, next: slot.next, failed: None })));
        }
        Ok(is_own)
    }

    /// As [`Slot::wake`].
    pub(crate) async fn wake(&self) -> Result<(), WakeError> {
        if self.asleep.load().is_none() {
            return Ok(());
        }
        let mut slot = self.turn.lock().await;
        // Whoever had the turn before may have filled it.
        let Some(asleep) = self.asleep.load_full() else { return Ok(()) };
        let began = self.clock.monotonic();
        if let Some(failed) = asleep.failed.as_ref().filter(|failed| began.since(failed.at) < RETRY) {
            return Err(WakeError { slot: self.name.clone(), why: failed.why.clone() });
        }
        let why = match self.fill(&mut slot).await {
            Ok(None) => {
                self.asleep.store(None);
                let took_ms = self.clock.monotonic().since(began).as_millis();
                tracing::info!(slot = %self.name, took_ms, "loaded, for somebody asked for it");
                return Ok(());
            }
            Ok(Some(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        let failed = Some(Failed { why: why.clone(), at: self.clock.monotonic() });
        let (record, next) = (asleep.record.clone(), asleep.next);
        self.asleep.store(Some(Arc::new(Asleep { record, next, failed })));
        Err(WakeError { slot: self.name.clone(), why })
    }

    /// Before a change by an operator: it is made on what is in charge. One that does not load must not keep an operator
    /// from loading another.
    pub(crate) async fn wake_to_change(&self) {
        if let Err(error) = self.wake().await {
            tracing::warn!(%error, "it is changed all the same");
        }
    }
}

impl Asleep {
    /// When this binary brings another component than the binary before, that takes the other's place.
    fn expected(&self, default: &Default) -> Expected {
        let digest = default.own.digest();
        let record = self.record.as_ref().filter(|record| record.digest == digest);
        let next = || GenerationId { slot: default.slot.clone(), number: self.next };
        let generation = record.map_or_else(next, GenerationRecord::id);
        // What an operator gave it stays.
        let loaded = record.filter(|record| !matches!(record.origin, Origin::Bundled | Origin::Config));
        let own = || default.own.grants(&default.granted);
        Expected { generation, digest, grants: loaded.map_or_else(own, |record| record.grants.clone()) }
    }
}

fn of(record: &GenerationRecord) -> Expected {
    Expected { generation: record.id(), digest: record.digest, grants: record.grants.clone() }
}

#[cfg(test)]
mod tests;
