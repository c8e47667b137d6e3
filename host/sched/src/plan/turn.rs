//! One plan in the making, step by step. It must not know who asked for it, nor keep anything.

use patchbay_types::Timestamp;

use super::{Act, Because, Plan};
use crate::policy::Overlap;
use crate::progress::{BACKFILL_MAX, Counters, Progress};
use crate::schedule::{ON_TIME, Schedule, Span};

/// A plan in the making.
pub(super) struct Turn<'a> {
    schedule: &'a Schedule,
    progress: Progress,
    now: Timestamp,
    /// With what this plan starts.
    running: u32,
    act: Vec<Act>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(schedule: &'a Schedule, progress: Progress, now: Timestamp, running: u32) -> Self {
        Self { schedule, progress, now, running, act: Vec::new() }
    }

    /// The clock may have gone back.
    pub(super) fn give_back(&mut self) {
        let given_back = self.progress.ledger.reopen(self.schedule, self.now);
        let missed = &mut self.counters().missed;
        *missed = missed.saturating_sub(given_back);
    }

    /// Where one run cancels another, several asks are one.
    pub(super) fn start_asked(&mut self) {
        let cancels = self.overlap() == Overlap::CancelOther;
        while self.progress.asked > 0 && (self.is_free() || cancels) {
            self.progress.asked = if cancels { 0 } else { self.progress.asked - 1 };
            self.counters().by_hand += 1;
            self.start_instead(self.now, Because::Now);
        }
    }

    pub(super) fn start_waiting(&mut self) {
        while self.is_awake()
            && self.is_free()
            && let Some(due) = self.progress.waiting.pop_front()
        {
            self.counters().fired += 1;
            self.start(due, Because::Buffered);
        }
    }

    /// Of all that is due only the latest is run, if it is not too late.
    pub(super) fn deal_with_due(&mut self) {
        let Some(due) = self.latest_ripe() else { return };
        let pending = self.progress.ledger.pending(due);
        let late = self.now.since(self.schedule.starts(due));
        if !self.is_awake() || late > self.schedule.window(due) {
            return self.miss(&pending);
        }
        let earlier = pending.into_iter().map(|span| Span { upto: before(due).min(span.upto), ..span });
        let missed = self.miss_but(earlier, due);
        let because = if missed == 0 && late <= ON_TIME { Because::Due } else { Because::CaughtUp };
        self.run(due, because);
    }

    fn miss(&mut self, pending: &[Span]) {
        let missed: u64 = pending.iter().map(|span| self.progress.ledger.miss(self.schedule, *span)).sum();
        self.counters().missed += missed;
    }

    fn miss_but(&mut self, earlier: impl Iterator<Item = Span>, due: Timestamp) -> u64 {
        let earlier: Vec<Span> = earlier.filter(|span| span.after < span.upto).collect();
        let so_far = self.progress.counters.missed;
        self.miss(&earlier);
        self.progress.ledger.settle(due);
        self.progress.counters.missed - so_far
    }

    fn run(&mut self, due: Timestamp, because: Because) {
        let overlap = self.overlap();
        if self.is_free() || overlap == Overlap::CancelOther {
            self.counters().fired += 1;
            self.start_instead(due, because);
        } else if overlap == Overlap::Skip {
            self.counters().skipped += 1;
        } else if !self.progress.buffer(due, overlap) {
            self.counters().dropped += 1;
        }
    }

    /// A backfill cancels nothing.
    pub(super) fn start_backfill(&mut self) {
        for _ in 0..BACKFILL_MAX {
            let Some(backfill) = self.progress.backfill.filter(|_| self.is_awake() && self.is_free()) else {
                return;
            };
            let due = self.first_due(backfill.rest());
            let rest = due.map(|due| backfill.past(due));
            self.progress.backfill = rest.filter(|rest| self.first_due(rest.rest()).is_some());
            if let Some(due) = due {
                self.counters().by_hand += 1;
                self.start(due, Because::Backfill);
            }
        }
    }

    pub(super) fn done(self) -> Plan {
        let next = self.progress.ledger.next(self.schedule).filter(|_| self.is_awake());
        Plan { next: next.map(|due| self.schedule.starts(due)), act: self.act, progress: self.progress }
    }

    /// The latest due time that is not dealt with and whose start has come. Only the very last can be due but not
    /// start yet: a start comes always before the next due time.
    fn latest_ripe(&self) -> Option<Timestamp> {
        let last = self.latest_pending(self.now)?;
        if self.schedule.starts(last) <= self.now { Some(last) } else { self.latest_pending(before(last)) }
    }

    fn latest_pending(&self, upto: Timestamp) -> Option<Timestamp> {
        let pending = self.progress.ledger.pending(upto);
        pending.iter().rev().find_map(|span| self.schedule.latest_in(*span))
    }

    fn first_due(&self, span: Span) -> Option<Timestamp> {
        self.schedule.next_after(span.after).filter(|due| *due <= span.upto)
    }

    fn start_instead(&mut self, due: Timestamp, because: Because) {
        if self.overlap() == Overlap::CancelOther && self.running > 0 {
            self.act.push(Act::CancelRunning);
            self.running = 0;
        }
        self.start(due, because);
    }

    fn start(&mut self, due: Timestamp, because: Because) {
        self.act.push(Act::Start { due, because });
        self.running = self.running.saturating_add(1);
    }

    fn is_free(&self) -> bool {
        self.running == 0 || self.overlap() == Overlap::Allow
    }

    fn is_awake(&self) -> bool {
        self.progress.paused.is_none()
    }

    fn overlap(&self) -> Overlap {
        self.schedule.policy().overlap
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.progress.counters
    }
}

fn before(moment: Timestamp) -> Timestamp {
    Timestamp(moment.0.saturating_sub(1))
}
