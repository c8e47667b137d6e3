//! How often a generation may fail before it is taken out.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use patchbay_runtime::FailureClass;
use patchbay_types::Monotonic;

/// The limits of a slot's generations.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BudgetLimits {
    pub window: Duration,
    /// Traps and invalid decisions within the window.
    pub traps: u32,
    /// Timeouts within the window; only together with the share below, because a busy machine also makes a few.
    pub timeouts: u32,
    /// Timeouts as a share of all calls of the generation.
    pub timeout_share: f64,
    /// Calls before the share of refusals counts.
    pub refusal_calls: u64,
    /// How many times its predecessor's share of refusals a generation may reach.
    pub refusal_ratio: f64,
}

/// What a generation has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    pub(crate) calls: u64,
    pub(crate) timeouts: u64,
    pub(crate) refusals: u64,
    /// Share of its predecessor's calls that were refused.
    pub(crate) predecessor_refused: f64,
}

/// The failures of a generation within the window.
pub(crate) struct Budget {
    limits: BudgetLimits,
    recent: Mutex<VecDeque<(Monotonic, Kind)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trap,
    Timeout,
}

/// A predecessor that never refused still leaves room for this share.
const REFUSAL_FLOOR: f64 = 0.01;

impl Default for BudgetLimits {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            traps: 5,
            timeouts: 5,
            timeout_share: 0.001,
            refusal_calls: 50,
            refusal_ratio: 3.0,
        }
    }
}

impl Budget {
    pub(crate) fn new(limits: BudgetLimits) -> Self {
        Self { limits, recent: Mutex::default() }
    }

    /// Notes a failure. Says why the generation has to go, if it has.
    pub(crate) fn spend(&self, class: FailureClass, now: Monotonic, record: Record) -> Option<String> {
        match class {
            // It was not asked, or what it ran spent what a run may: that says nothing of it.
            FailureClass::Busy | FailureClass::Deadline | FailureClass::Memory | FailureClass::Stack => None,
            FailureClass::Refused => self.refused(record),
            FailureClass::Trap | FailureClass::Invalid => self.note(Kind::Trap, now, self.limits.traps),
            FailureClass::Timeout => self
                .note(Kind::Timeout, now, self.limits.timeouts)
                .filter(|_| share(record.timeouts, record.calls) > self.limits.timeout_share),
        }
    }

    fn note(&self, kind: Kind, now: Monotonic, limit: u32) -> Option<String> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back((now, kind));
        while recent.front().is_some_and(|(at, _)| now.since(*at) > self.limits.window) {
            recent.pop_front();
        }
        // Past both limits nothing older can change the outcome.
        while recent.len() > 2 * (self.limits.traps + self.limits.timeouts) as usize {
            recent.pop_front();
        }
        let count = recent.iter().filter(|(_, other)| *other == kind).count();
        let what = match kind {
            Kind::Trap => "traps or invalid decisions",
            Kind::Timeout => "timeouts",
        };
        (count >= limit as usize).then(|| format!("{count} {what} within {:?}", self.limits.window))
    }

    fn refused(&self, record: Record) -> Option<String> {
        let allowed = self.limits.refusal_ratio * record.predecessor_refused.max(REFUSAL_FLOOR);
        let found = share(record.refusals, record.calls);
        (record.calls >= self.limits.refusal_calls && found > allowed).then(|| {
            format!("it refused {:.1} % of its calls; {:.1} % are allowed", found * 100.0, allowed * 100.0)
        })
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share of counts")]
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic(Duration::from_secs(seconds))
    }

    #[test]
    fn five_traps_within_a_minute_are_too_many_and_five_over_an_hour_are_not() {
        let record = Record { calls: 1_000_000, ..Record::default() };
        let quick = Budget::new(BudgetLimits::default());
        let verdicts: Vec<bool> =
            (0..5).map(|n| quick.spend(FailureClass::Trap, at(n), record).is_some()).collect();
        assert_eq!(verdicts, [false, false, false, false, true]);

        let slow = Budget::new(BudgetLimits::default());
        assert!((0..50).all(|n| slow.spend(FailureClass::Invalid, at(n * 61), record).is_none()));
    }

    #[test]
    fn runs_that_end_at_a_limit_never_count() {
        let record = Record { calls: 100, timeouts: 5, ..Record::default() };
        let budget = Budget::new(BudgetLimits::default());
        for class in [FailureClass::Deadline, FailureClass::Memory, FailureClass::Stack] {
            assert!((0..100).all(|_| budget.spend(class, at(0), record).is_none()), "{class:?}");
        }
        assert!((0..4).all(|_| budget.spend(FailureClass::Trap, at(0), record).is_none()));
        assert!(budget.spend(FailureClass::Trap, at(0), record).is_some());
    }

    #[test]
    fn timeouts_count_only_as_a_share_of_the_calls() {
        let healthy = Record { calls: 1_000_000, timeouts: 9, ..Record::default() };
        let budget = Budget::new(BudgetLimits::default());
        assert!((0..9).all(|n| budget.spend(FailureClass::Timeout, at(n), healthy).is_none()));
        let sick = Record { calls: 100, timeouts: 10, ..Record::default() };
        assert!(budget.spend(FailureClass::Timeout, at(9), sick).is_some());
    }

    #[test]
    fn refusals_are_measured_against_the_predecessor() {
        let budget = Budget::new(BudgetLimits::default());
        let record = |calls, refusals, predecessor_refused| Record {
            calls,
            refusals,
            timeouts: 0,
            predecessor_refused,
        };
        assert!(budget.spend(FailureClass::Refused, at(0), record(49, 49, 0.0)).is_none());
        assert!(budget.spend(FailureClass::Refused, at(0), record(100, 2, 0.0)).is_none());
        assert!(budget.spend(FailureClass::Refused, at(0), record(100, 4, 0.0)).is_some());
        assert!(budget.spend(FailureClass::Refused, at(0), record(100, 50, 0.2)).is_none());
    }
}
