//! A slot as it is shown to people and programs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use patchbay_store::ReadError;
use patchbay_types::{Digest, GenerationId, SlotName, Timestamp};
use serde::Serialize;

use crate::generation::{Generation, Tally};
use crate::record::{GenerationRecord, Origin, State};
use crate::slot::{Inner, RoutingSlot};

#[derive(Clone, Debug, Serialize)]
pub struct SlotView {
    pub slot: SlotName,
    /// None: the native policy decides.
    pub active: Option<GenerationId>,
    /// The newest first.
    pub generations: Vec<GenerationView>,
}

/// One generation. The counters are those of this process.
#[derive(Clone, Debug, Serialize)]
pub struct GenerationView {
    pub id: GenerationId,
    pub number: u64,
    pub digest: Digest,
    pub name: String,
    pub version: String,
    pub contract: String,
    pub state: State,
    pub origin: Origin,
    pub reason: Option<String>,
    pub created: Timestamp,
    pub in_flight: u32,
    pub calls: u64,
    pub refused: u64,
    pub traps: u64,
    pub timeouts: u64,
    pub invalid: u64,
    /// Microseconds of a call; none before the first.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
}

impl RoutingSlot {
    /// The slot with its newest `limit` generations.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn show(&self, limit: usize) -> Result<SlotView, ReadError> {
        let history = self.inner.history().await?;
        Ok(SlotView {
            slot: self.inner.options.name.clone(),
            active: self.active(),
            generations: history.iter().take(limit).map(|record| self.inner.view(record)).collect(),
        })
    }

    /// Which generation is in charge; none is the native policy.
    #[must_use]
    pub fn active(&self) -> Option<GenerationId> {
        self.inner.active.load().as_ref().map(|generation| generation.record.id())
    }

    /// The generations that live in this process, for metrics: no store is asked.
    #[must_use]
    pub fn live(&self) -> Vec<GenerationView> {
        // Let go of before the views are made, because each looks in there again.
        let recent: Vec<Arc<Generation>> =
            self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let all = recent.into_iter().chain(self.inner.active.load_full());
        all.map(|generation| self.inner.view(&generation.record)).collect()
    }
}

impl Inner {
    pub(crate) fn view(&self, record: &GenerationRecord) -> GenerationView {
        let active = self.active.load_full().filter(|generation| generation.record.number == record.number);
        let is_active = active.is_some();
        let live = active.or_else(|| self.find_recent(record.number));
        let in_flight = live.as_ref().map_or(0, |generation| generation.in_flight.load(Ordering::Relaxed));
        let state = match record.state {
            State::Quarantined => State::Quarantined,
            _ if is_active => State::Active,
            _ if in_flight > 0 => State::Draining,
            _ => State::Retired,
        };
        let mut view = GenerationView::still(record, state, in_flight);
        if let Some(generation) = live {
            view.count(&generation.tally);
        }
        view
    }

    fn find_recent(&self, number: u64) -> Option<Arc<Generation>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|generation| generation.record.number == number).cloned()
    }
}

impl GenerationView {
    fn still(record: &GenerationRecord, state: State, in_flight: u32) -> Self {
        Self {
            id: record.id(),
            number: record.number,
            digest: record.digest,
            name: record.name.clone(),
            version: record.version.clone(),
            contract: record.contract.clone(),
            state,
            origin: record.origin,
            reason: record.reason.clone(),
            created: record.created,
            in_flight,
            calls: 0,
            refused: 0,
            traps: 0,
            timeouts: 0,
            invalid: 0,
            p50_us: None,
            p99_us: None,
        }
    }

    fn count(&mut self, tally: &Tally) {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        self.calls = tally.calls.load(Ordering::Relaxed);
        self.refused = tally.refused.load(Ordering::Relaxed);
        self.traps = tally.traps.load(Ordering::Relaxed);
        self.timeouts = tally.timeouts.load(Ordering::Relaxed);
        self.invalid = tally.invalid.load(Ordering::Relaxed);
        self.p50_us = tally.latency.quantile(0.5).map(micros);
        self.p99_us = tally.latency.quantile(0.99).map(micros);
    }
}
