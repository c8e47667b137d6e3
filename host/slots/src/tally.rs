//! What a generation has done in this process.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use patchbay_runtime::FailureClass;
use patchbay_types::{shard, shards};

use crate::budget::share;
use crate::histogram::{Histogram, quantile};

/// One share for each serving thread, so that they do not meet.
pub(crate) struct Tally {
    shares: Box<[Share]>,
}

/// A cache line of its own, and more.
#[repr(align(128))]
struct Share {
    /// Calls and requests that came less those that went, on this thread: all shares together are those that are here.
    held: AtomicU32,
    counts: [AtomicU64; COUNTS],
    cost_nano_usd: AtomicU64,
    latency: Histogram,
    /// Of what came of its decisions.
    effects: Histogram,
}

/// What is counted, beside what each took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Count {
    Calls,
    Refused,
    Traps,
    Timeouts,
    Limits,
    Invalid,
    Busy,
    /// Requests or tasks that it decided for.
    Ended,
    Failed,
}

const COUNTS: usize = Count::Failed as usize + 1;

/// What there was at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Tallied {
    pub(crate) calls: u64,
    pub(crate) refused: u64,
    pub(crate) traps: u64,
    pub(crate) timeouts: u64,
    /// Runs that ended at a limit of their instance.
    pub(crate) limits: u64,
    pub(crate) invalid: u64,
    /// It was not asked, because as many of its calls ran as may.
    pub(crate) busy: u64,
    /// What came of its decisions: requests or tasks that it decided for, and how they ended.
    pub(crate) ended: u64,
    pub(crate) failed: u64,
    pub(crate) cost_nano_usd: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let share = || Share {
            held: AtomicU32::new(0),
            counts: Default::default(),
            cost_nano_usd: AtomicU64::new(0),
            latency: Histogram::new(),
            effects: Histogram::new(),
        };
        Self { shares: std::iter::repeat_with(share).take(shards()).collect() }
    }

    pub(crate) fn hold(&self) {
        shard(&self.shares).held.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn let_go(&self) {
        shard(&self.shares).held.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many hold it now.
    pub(crate) fn held(&self) -> u32 {
        self.shares.iter().fold(0, |sum, share| sum.wrapping_add(share.held.load(Ordering::Relaxed)))
    }

    pub(crate) fn add(&self, outcome: Result<(), FailureClass>, took: Duration) {
        let share = shard(&self.shares);
        share.count(Count::Calls);
        share.latency.add(took);
        share.count(match outcome {
            Ok(()) => return,
            Err(FailureClass::Refused) => Count::Refused,
            Err(FailureClass::Trap) => Count::Traps,
            Err(FailureClass::Timeout) => Count::Timeouts,
            Err(FailureClass::Deadline | FailureClass::Memory | FailureClass::Stack) => Count::Limits,
            Err(FailureClass::Invalid) => Count::Invalid,
            Err(FailureClass::Busy) => Count::Busy,
        });
    }

    pub(crate) fn came_of_it(&self, failed: bool, took: Duration, cost_nano_usd: u64) {
        let share = shard(&self.shares);
        share.count(Count::Ended);
        if failed {
            share.count(Count::Failed);
        }
        share.cost_nano_usd.fetch_add(cost_nano_usd, Ordering::Relaxed);
        share.effects.add(took);
    }

    pub(crate) fn read(&self) -> Tallied {
        let count = |count: Count| self.sum(|share| &share.counts[count as usize]);
        Tallied {
            calls: count(Count::Calls),
            refused: count(Count::Refused),
            traps: count(Count::Traps),
            timeouts: count(Count::Timeouts),
            limits: count(Count::Limits),
            invalid: count(Count::Invalid),
            busy: count(Count::Busy),
            ended: count(Count::Ended),
            failed: count(Count::Failed),
            cost_nano_usd: self.sum(|share| &share.cost_nano_usd),
        }
    }

    /// Of a call: the duration below which the given share (0 to 1) of all lie; none when there are none.
    pub(crate) fn latency(&self, share: f64) -> Option<Duration> {
        quantile(self.shares.iter().map(|share| &share.latency), share)
    }

    /// The same of what came of its decisions.
    pub(crate) fn effects(&self, share: f64) -> Option<Duration> {
        quantile(self.shares.iter().map(|share| &share.effects), share)
    }

    pub(crate) fn refused_share(&self) -> f64 {
        let Tallied { refused, calls, .. } = self.read();
        share(refused, calls)
    }

    fn sum(&self, counter: impl Fn(&Share) -> &AtomicU64) -> u64 {
        self.shares.iter().map(|share| counter(share).load(Ordering::Relaxed)).sum()
    }
}

impl Share {
    fn count(&self, what: Count) {
        self.counts[what as usize].fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_on_one_thread_and_went_on_another_is_not_here() {
        let tally = Tally::new();
        let on_threads = |act: fn(&Tally)| {
            std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(|| act(&tally)))));
        };
        on_threads(Tally::hold);
        assert_eq!(tally.held(), 8);
        on_threads(Tally::let_go);
        assert_eq!(tally.held(), 0);
    }

    #[test]
    fn what_is_counted_on_all_threads_is_one_sum() {
        let tally = Tally::new();
        let count = || {
            tally.add(Ok(()), Duration::from_micros(10));
            tally.add(Err(FailureClass::Trap), Duration::from_micros(10));
            tally.came_of_it(true, Duration::from_millis(10), 5);
        };
        std::thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(count))));
        let found =
            Tallied { calls: 16, traps: 8, ended: 8, failed: 8, cost_nano_usd: 40, ..Tallied::default() };
        assert_eq!(tally.read(), found);
        assert!(tally.latency(1.0) < tally.effects(1.0));
    }
}
