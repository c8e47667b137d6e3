//! A slot as it is shown to people and programs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use patchbay_store::ReadError;
use patchbay_types::{Digest, GenerationId, SlotName, Timestamp};
use serde::Serialize;

use crate::generation::Generation;
use crate::late::Expected;
use crate::record::{GenerationRecord, Origin, State, TrialMode};
use crate::recorded::Recorded;
use crate::slot::{Inner, Slot};
use crate::tally::Tally;
use crate::trial::{Difference, Trial};

#[derive(Clone, Debug, Serialize)]
pub struct SlotView {
    pub slot: SlotName,
    /// None: the native policy decides, or the slot is not loaded yet.
    pub active: Option<GenerationId>,
    /// Whether who is in charge is in memory, if anybody is.
    pub loaded: bool,
    /// Who will be in charge once it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Why it could not be loaded when somebody last asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_loaded_because: Option<String>,
    pub trial: Option<TrialView>,
    /// The newest first.
    pub generations: Vec<GenerationView>,
}

/// A trial that runs.
#[derive(Clone, Debug, Serialize)]
pub struct TrialView {
    pub candidate: GenerationId,
    pub mode: TrialMode,
    pub since: Timestamp,
    /// Calls that the shadow was put, and how it answered them.
    pub calls: u64,
    pub agree: u64,
    pub differ: u64,
    pub diverged: u64,
    pub failed: u64,
    /// Calls that it was not put, because too many waited.
    pub missed: u64,
}

/// A trial with the calls that were answered otherwise, and both generations side by side.
#[derive(Clone, Debug, Serialize)]
pub struct TrialReport {
    pub trial: TrialView,
    pub active: Option<GenerationView>,
    pub candidate: GenerationView,
    /// The newest first.
    pub differences: Vec<Difference>,
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
    /// Runs that ended at a limit of their instance: time, memory, stack.
    pub limits: u64,
    pub invalid: u64,
    pub busy: u64,
    /// Microseconds of a call; none before the first.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    /// What it may, a line each.
    pub grants: Vec<String>,
    /// The key of `trust.toml` that signed it.
    pub signed_by: Option<String>,
    /// What came of what it decided: requests that ended, how many failed, their time and cost.
    pub effects: EffectsView,
}

/// Requests that a generation decided for.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct EffectsView {
    pub ended: u64,
    pub failed: u64,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub cost_nano_usd: u64,
}

impl Slot {
    /// The slot with its newest `limit` generations.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn show(&self, limit: usize) -> Result<SlotView, ReadError> {
        let history = self.inner.history().await?;
        Ok(SlotView {
            slot: self.inner.name.clone(),
            active: self.active(),
            loaded: self.is_loaded(),
            expected: self.expected().filter(|_| !self.is_loaded()),
            not_loaded_because: self.not_loaded_because(),
            trial: self.inner.trial.load().as_ref().map(|trial| TrialView::of(trial)),
            generations: history.iter().take(limit).map(|record| self.inner.view(record)).collect(),
        })
    }

    /// Which generation is in charge; none is the native policy, or a slot that is not loaded yet.
    #[must_use]
    pub fn active(&self) -> Option<GenerationId> {
        self.inner.in_charge().map(|generation| generation.record.id())
    }

    /// How the trial goes, with at most `limit` of the calls that were answered otherwise; none if there is no trial.
    #[must_use]
    pub fn trial_report(&self, limit: usize) -> Option<TrialReport> {
        let trial = self.inner.trial.load_full()?;
        Some(TrialReport {
            trial: TrialView::of(&trial),
            active: self.inner.in_charge().map(|active| self.inner.view(&active.record)),
            candidate: self.inner.view(&trial.candidate.record),
            differences: trial.differences(limit),
        })
    }

    /// The newest recorded calls.
    #[must_use]
    pub fn calls(&self, limit: usize) -> Vec<Arc<Recorded>> {
        self.inner.recorder.newest(limit)
    }

    #[must_use]
    pub fn call(&self, id: &str) -> Option<Arc<Recorded>> {
        self.inner.recorder.find(id)
    }

    /// The generations that live in this process, for metrics: no store is asked.
    #[must_use]
    pub fn live(&self) -> Vec<GenerationView> {
        // Let go of before the views are made, because each looks in there again.
        let recent: Vec<Arc<Generation>> =
            self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let trial = self.inner.trial.load_full().map(|trial| trial.candidate.clone());
        let all = recent.into_iter().chain(self.inner.in_charge()).chain(trial);
        all.map(|generation| self.inner.view(&generation.record)).collect()
    }
}

impl Inner {
    pub(crate) fn view(&self, record: &GenerationRecord) -> GenerationView {
        let active = self.in_charge().filter(|generation| generation.record.number == record.number);
        let is_active = active.is_some();
        let trial = self.trial.load_full().filter(|trial| trial.candidate.record.number == record.number);
        let mode = trial.as_ref().map(|trial| trial.mode);
        let candidate = trial.map(|trial| trial.candidate.clone());
        let live = active.or(candidate).or_else(|| self.find_recent(record.number));
        let in_flight = live.as_ref().map_or(0, |generation| generation.tally.held());
        let state = match record.state {
            State::Quarantined | State::Discarded => record.state,
            _ if is_active => State::Active,
            State::Active | State::Shadow | State::Canary if self.asleep.load().is_some() => State::NotLoaded,
            _ if mode.is_some() => mode.map_or(record.state, TrialMode::state),
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
            limits: 0,
            invalid: 0,
            busy: 0,
            p50_us: None,
            p99_us: None,
            grants: record.grants.lines(),
            signed_by: record.signed_by.clone(),
            effects: EffectsView::default(),
        }
    }

    fn count(&mut self, tally: &Tally) {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
        let read = tally.read();
        self.calls = read.calls;
        self.refused = read.refused;
        self.traps = read.traps;
        self.timeouts = read.timeouts;
        self.limits = read.limits;
        self.invalid = read.invalid;
        self.busy = read.busy;
        self.p50_us = tally.latency(0.5).map(micros);
        self.p99_us = tally.latency(0.99).map(micros);
        self.effects = EffectsView {
            ended: read.ended,
            failed: read.failed,
            p50_ms: tally.effects(0.5).map(millis),
            p99_ms: tally.effects(0.99).map(millis),
            cost_nano_usd: read.cost_nano_usd,
        };
    }
}

impl TrialView {
    fn of(trial: &Trial) -> Self {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &trial.counts;
        let (agree, differ) = (count(&counts.agree), count(&counts.differ));
        let (diverged, failed) = (count(&counts.diverged), count(&counts.failed));
        Self {
            candidate: trial.candidate.record.id(),
            mode: trial.mode,
            since: trial.since,
            calls: agree + differ + diverged + failed,
            agree,
            differ,
            diverged,
            failed,
            missed: count(&counts.missed),
        }
    }
}
