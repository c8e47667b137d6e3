//! What a generation has done in this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use patchbay_runtime::FailureClass;

use crate::budget::share;
use crate::histogram::Histogram;

pub(crate) struct Tally {
    pub(crate) calls: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) traps: AtomicU64,
    pub(crate) timeouts: AtomicU64,
    /// Runs that ended at a limit of their instance.
    pub(crate) limits: AtomicU64,
    pub(crate) invalid: AtomicU64,
    /// It was not asked, because as many of its calls ran as may.
    pub(crate) busy: AtomicU64,
    pub(crate) latency: Histogram,
    /// What came of its decisions.
    pub(crate) effects: Effects,
}

/// Requests or tasks that it decided for, and how they ended.
pub(crate) struct Effects {
    pub(crate) ended: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) cost_nano_usd: AtomicU64,
    pub(crate) latency: Histogram,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            calls: zero(),
            refused: zero(),
            traps: zero(),
            timeouts: zero(),
            limits: zero(),
            invalid: zero(),
            busy: zero(),
            latency: Histogram::new(),
            effects: Effects {
                ended: zero(),
                failed: zero(),
                cost_nano_usd: zero(),
                latency: Histogram::new(),
            },
        }
    }

    pub(crate) fn add(&self, outcome: Result<(), FailureClass>, took: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.latency.add(took);
        let failures = match outcome {
            Ok(()) => return,
            Err(FailureClass::Refused) => &self.refused,
            Err(FailureClass::Trap) => &self.traps,
            Err(FailureClass::Timeout) => &self.timeouts,
            Err(FailureClass::Deadline | FailureClass::Memory | FailureClass::Stack) => &self.limits,
            Err(FailureClass::Invalid) => &self.invalid,
            Err(FailureClass::Busy) => &self.busy,
        };
        failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn came_of_it(&self, failed: bool, took: Duration, cost_nano_usd: u64) {
        self.effects.ended.fetch_add(1, Ordering::Relaxed);
        self.effects.failed.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.effects.cost_nano_usd.fetch_add(cost_nano_usd, Ordering::Relaxed);
        self.effects.latency.add(took);
    }

    pub(crate) fn refused_share(&self) -> f64 {
        share(self.refused.load(Ordering::Relaxed), self.calls.load(Ordering::Relaxed))
    }
}
