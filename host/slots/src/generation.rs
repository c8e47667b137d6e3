//! A generation that lives in this process, and the pin by which a request holds on to it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use patchbay_runtime::routing::{Candidate, Decision, RequestFacts, RoutingPolicy};
use patchbay_runtime::{CallFailure, FailureClass};
use patchbay_types::{Clock, GenerationId, Monotonic};
use tokio::sync::Notify;

use crate::budget::{Budget, BudgetLimits, Record, share};
use crate::histogram::Histogram;
use crate::record::GenerationRecord;

pub(crate) struct Generation {
    pub(crate) record: GenerationRecord,
    pub(crate) policy: RoutingPolicy,
    pub(crate) tally: Tally,
    pub(crate) in_flight: AtomicU32,
    budget: Budget,
    predecessor_refused: f64,
    /// Why it has to go. From then on it is not asked; the slot's watch takes it out.
    condemned: OnceLock<String>,
    /// Rung when it is condemned; the slot's watch holds the other end.
    bell: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

/// What a generation has done in this process.
pub(crate) struct Tally {
    pub(crate) calls: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) traps: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    pub(crate) invalid: AtomicU64,
    pub(crate) latency: Histogram,
}

/// Holds a generation for one request: all its attempts are decided by the same one, whatever is loaded meanwhile.
pub struct Pinned {
    generation: Arc<Generation>,
}

/// Why a pinned generation gave no decision; the caller's native policy answers.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Failed(#[from] CallFailure),
    #[error("the generation is being taken out: {0}")]
    Condemned(String),
}

impl Generation {
    pub(crate) fn new(
        record: GenerationRecord,
        policy: RoutingPolicy,
        limits: BudgetLimits,
        predecessor: Option<&Generation>,
        bell: Arc<Notify>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            record,
            policy,
            tally: Tally::new(),
            in_flight: AtomicU32::new(0),
            budget: Budget::new(limits),
            predecessor_refused: predecessor.map_or(0.0, |generation| generation.tally.refused_share()),
            condemned: OnceLock::new(),
            bell,
            clock,
        }
    }

    pub(crate) fn condemned(&self) -> Option<&str> {
        self.condemned.get().map(String::as_str)
    }

    fn note(&self, outcome: Result<(), FailureClass>, took: Duration) {
        self.tally.add(outcome, took);
        let Err(class) = outcome else { return };
        if let Some(why) = self.budget.spend(class, self.clock.monotonic(), self.record_so_far())
            && self.condemned.set(why).is_ok()
        {
            self.bell.notify_one();
        }
    }

    fn record_so_far(&self) -> Record {
        Record {
            calls: self.tally.calls.load(Ordering::Relaxed),
            timeouts: self.tally.timeouts.load(Ordering::Relaxed),
            refusals: self.tally.refused.load(Ordering::Relaxed),
            predecessor_refused: self.predecessor_refused,
        }
    }
}

impl Tally {
    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            calls: zero(),
            refused: zero(),
            traps: zero(),
            timeouts: zero(),
            invalid: zero(),
            latency: Histogram::new(),
        }
    }

    fn add(&self, outcome: Result<(), FailureClass>, took: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.latency.add(took);
        let failures = match outcome {
            Ok(()) => return,
            Err(FailureClass::Refused) => &self.refused,
            Err(FailureClass::Trap) => &self.traps,
            Err(FailureClass::Timeout) => &self.timeouts,
            Err(FailureClass::Invalid) => &self.invalid,
        };
        failures.fetch_add(1, Ordering::Relaxed);
    }

    fn refused_share(&self) -> f64 {
        share(self.refused.load(Ordering::Relaxed), self.calls.load(Ordering::Relaxed))
    }
}

impl Pinned {
    pub(crate) fn new(generation: Arc<Generation>) -> Self {
        generation.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { generation }
    }

    #[must_use]
    pub fn id(&self) -> GenerationId {
        self.generation.record.id()
    }

    /// Asks the generation for a decision. `seed` is what the plugin's random numbers follow from.
    ///
    /// # Errors
    /// See [`Unanswered`]. Every failure is counted against the generation's budget.
    pub async fn rank(
        &self,
        seed: u64,
        request: &RequestFacts,
        candidates: &[Candidate],
    ) -> Result<Decision, Unanswered> {
        let generation = &self.generation;
        if let Some(why) = generation.condemned() {
            return Err(Unanswered::Condemned(why.to_owned()));
        }
        let start: Monotonic = generation.clock.monotonic();
        let answer = generation.policy.rank(seed, request, candidates).await;
        let took = generation.clock.monotonic().since(start);
        generation.note(answer.as_ref().map(|_| ()).map_err(CallFailure::class), took);
        if let Err(failure) = &answer {
            tracing::warn!(generation = %self.id(), request = request.id, %failure, "the native policy decides");
        }
        Ok(answer?)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        self.generation.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Unanswered {
    /// One word, for headers and counters.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.class().as_str(),
            Self::Condemned(_) => "quarantined",
        }
    }
}
