//! How far a schedule has come: what the caller keeps beside its definition. It must not decide what to start.

mod by_hand;
mod ledger;

use std::collections::VecDeque;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::{BUFFER_MAX, Overlap};
use crate::schedule::Schedule;
pub(crate) use by_hand::Backfill;
pub use by_hand::{ASKED_MAX, BACKFILL_MAX, BackfillError, Filling, TooManyAsked};
pub(crate) use ledger::Ledger;

/// Plain data. A schedule without one begins with [`Progress::new`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    pub(crate) ledger: Ledger,
    pub(crate) counters: Counters,
    /// Due times in the buffer, the oldest first; at most [`BUFFER_MAX`].
    pub(crate) waiting: VecDeque<Timestamp>,
    /// The one backfill under way.
    pub(crate) backfill: Option<Backfill>,
    pub(crate) asked: u32,
    pub(crate) failures_in_a_row: u32,
    pub(crate) paused: Option<Paused>,
}

/// `fired + skipped + missed + dropped`, and what waits in the buffer, are the due times that were dealt with: each is
/// in exactly one of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    pub fired: u64,
    /// Left out because another run was still going.
    pub skipped: u64,
    /// Came too late, were one of several that came late together, or fell into a pause.
    pub missed: u64,
    /// Found the buffer full.
    pub dropped: u64,
    /// Runs that were asked for or filled in: none of the others counts them.
    pub by_hand: u64,
}

/// Since when a schedule is paused, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paused {
    pub since: Timestamp,
    /// Failures in a row that paused it; none: somebody did.
    pub failures: Option<u32>,
}

impl Progress {
    /// Of a schedule that begins now: what was due before is none of its business.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            ledger: Ledger::new(now),
            counters: Counters::default(),
            waiting: VecDeque::new(),
            backfill: None,
            asked: 0,
            failures_in_a_row: 0,
            paused: None,
        }
    }

    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The last due time that was dealt with, or when the schedule began.
    #[must_use]
    pub fn dealt_with(&self) -> Timestamp {
        self.ledger.dealt_with()
    }

    /// Due times in the buffer, the oldest first.
    #[must_use]
    pub fn waiting(&self) -> &VecDeque<Timestamp> {
        &self.waiting
    }

    #[must_use]
    pub fn failures_in_a_row(&self) -> u32 {
        self.failures_in_a_row
    }

    #[must_use]
    pub fn paused(&self) -> Option<Paused> {
        self.paused
    }

    /// What was due in a pause counts as missed and is not caught up. Runs that wait go on waiting; only those that
    /// are asked for start.
    #[must_use]
    pub fn pause(self, schedule: &Schedule, now: Timestamp) -> Self {
        let paused = Paused { since: now, failures: None };
        let dealt = self.deal(schedule, now);
        Self { paused: dealt.paused.or(Some(paused)), ..dealt }
    }

    /// Ends a pause, and forgets the failures.
    #[must_use]
    pub fn resume(self, schedule: &Schedule, now: Timestamp) -> Self {
        Self { paused: None, failures_in_a_row: 0, ..self.deal(schedule, now) }
    }

    /// The schedule has another trigger or policy from now on. Its counters stay.
    #[must_use]
    pub fn edited(self, now: Timestamp) -> Self {
        Self { ledger: Ledger::new(now), ..self }
    }

    /// What fell into a pause is missed; in front of one, nothing is decided here.
    fn deal(mut self, schedule: &Schedule, now: Timestamp) -> Self {
        if self.paused.is_some() {
            self.miss_all(schedule, now);
        }
        self
    }

    pub(crate) fn miss_all(&mut self, schedule: &Schedule, now: Timestamp) {
        let pending = self.ledger.pending(now);
        self.counters.missed += pending.iter().map(|span| self.ledger.miss(schedule, *span)).sum::<u64>();
    }

    /// Whether there is room for a due time in the buffer; if so it waits.
    pub(crate) fn buffer(&mut self, due: Timestamp, overlap: Overlap) -> bool {
        let room = overlap.room().min(BUFFER_MAX as usize);
        let fits = self.waiting.len() < room;
        if fits {
            self.waiting.push_back(due);
        }
        fits
    }
}

/// A run of the schedule has ended. A success ends a row of failures; a row that is long enough pauses the schedule.
#[must_use]
pub fn ended(schedule: &Schedule, progress: &Progress, failed: bool, now: Timestamp) -> Progress {
    let failures_in_a_row = if failed { progress.failures_in_a_row.saturating_add(1) } else { 0 };
    let limit = schedule.policy().pause_after;
    let passed = limit.is_some_and(|limit| failures_in_a_row >= limit.get());
    let pause = passed.then_some(Paused { since: now, failures: Some(failures_in_a_row) });
    Progress { failures_in_a_row, paused: progress.paused.or(pause), ..progress.clone() }
}
