//! How many tokens may be used: a sum over the last 60 s, in seconds, never under the true number. What a request will
//! use is not known when it begins, so an estimate is counted and set right later. It must not know who estimates.

use std::collections::VecDeque;
use std::time::Duration;

use patchbay_types::{Monotonic, Tokens};

use crate::rate::{MINUTE, moment};

/// How long a second's sum is counted: a minute touches 61 seconds, so there are never more of them.
const COUNTED_SECONDS: u64 = 61;

/// Tokens a minute.
#[derive(Debug)]
pub struct TokenRate {
    per_minute: u64,
    /// Each second with its sum, the oldest first; at most [`COUNTED_SECONDS`].
    cells: VecDeque<(u64, Tokens)>,
}

/// An estimate that is counted. It is set right once, with [`TokenRate::settle`] or [`TokenRate::give_back`]; one that is
/// thrown away stays counted for its minute.
#[must_use]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reserved {
    estimate: Tokens,
    /// The second in which it is counted.
    second: u64,
}

impl TokenRate {
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute: per_minute.max(1), cells: VecDeque::new() }
    }

    pub fn per_minute(&self) -> u64 {
        self.per_minute
    }

    /// The next ones obey the new limit; what is counted stays counted.
    pub fn set_per_minute(&mut self, per_minute: u64, now: Monotonic) {
        self.per_minute = per_minute.max(1);
        self.forget(now);
    }

    /// Counts an estimate. One that is larger than the limit is let through when nothing else is counted: else it could
    /// never run.
    ///
    /// # Errors
    /// How long until it fits, if nothing else is counted until then. It is not counted.
    pub fn reserve(&mut self, estimate: Tokens, now: Monotonic) -> Result<Reserved, Duration> {
        let wait = self.wait(estimate, now);
        if wait.is_zero() { Ok(Reserved { estimate, second: self.count(estimate, now) }) } else { Err(wait) }
    }

    /// How long until an estimate fits; zero if it does now.
    pub fn wait(&mut self, estimate: Tokens, now: Monotonic) -> Duration {
        let room = self.per_minute.saturating_sub(estimate.0);
        match self.used(now).0.saturating_sub(room) {
            0 => Duration::ZERO,
            over => self.free_at(over).saturating_sub(moment(now)),
        }
    }

    /// The truth, also when it is more than the limit: then the next ones wait. Up to the estimate it counts from when it
    /// was reserved, beyond it from now; so what a long request used cannot pass uncounted.
    pub fn settle(&mut self, reserved: Reserved, actual: Tokens, now: Monotonic) {
        let beyond = Tokens(actual.0.saturating_sub(reserved.estimate.0));
        self.lower(&reserved, actual);
        if beyond.0 > 0 {
            self.count(beyond, now);
        }
    }

    /// Nothing of it was used.
    pub fn give_back(&mut self, reserved: Reserved) {
        self.lower(&reserved, Tokens(0));
    }

    /// Counts what was used without an estimate, also when it is more than the limit.
    pub fn add(&mut self, actual: Tokens, now: Monotonic) {
        self.count(actual, now);
    }

    /// Tokens counted in the last 60 s, estimates among them.
    pub fn used(&mut self, now: Monotonic) -> Tokens {
        self.forget(now);
        self.cells.iter().map(|(_, sum)| *sum).sum()
    }

    /// Tokens that fit now.
    pub fn left(&mut self, now: Monotonic) -> Tokens {
        Tokens(self.per_minute.saturating_sub(self.used(now).0))
    }

    /// Counts `used` as if all had been used `ago`: the strictest reading of a coarse number.
    pub fn restore(&mut self, used: Tokens, ago: Duration, now: Monotonic) {
        if ago < MINUTE {
            self.forget(now);
            self.push(moment(now).saturating_sub(ago).as_secs(), used);
        }
    }

    fn count(&mut self, tokens: Tokens, now: Monotonic) -> u64 {
        self.forget(now);
        self.push(moment(now).as_secs(), tokens)
    }

    /// The second in which it was counted. Threads read the clock before they take the lock: a moment before the last
    /// second counts as it.
    fn push(&mut self, second: u64, tokens: Tokens) -> u64 {
        match self.cells.back_mut() {
            Some((last, sum)) if *last >= second => {
                *sum += tokens;
                *last
            }
            _ => {
                self.cells.push_back((second, tokens));
                second
            }
        }
    }

    /// Takes back what was estimated beyond `actual`, if it is still counted.
    fn lower(&mut self, reserved: &Reserved, actual: Tokens) {
        let spared = reserved.estimate.0.saturating_sub(actual.0);
        if let Some((_, sum)) = self.cells.iter_mut().find(|(second, _)| *second == reserved.second) {
            sum.0 = sum.0.saturating_sub(spared);
        }
    }

    /// When at least `over` have been forgotten.
    fn free_at(&self, over: u64) -> Duration {
        let mut gone = Tokens(0);
        let last = self.cells.iter().find(|(_, sum)| {
            gone += *sum;
            gone.0 >= over
        });
        last.map_or(Duration::ZERO, |(second, _)| Duration::from_secs(second.saturating_add(COUNTED_SECONDS)))
    }

    fn forget(&mut self, now: Monotonic) {
        let second = moment(now).as_secs();
        while self.cells.pop_front_if(|(cell, _)| cell.saturating_add(COUNTED_SECONDS) <= second).is_some() {}
    }
}

#[cfg(test)]
mod tests;
