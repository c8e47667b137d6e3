//! A count over the last 60 s: exact up to 6,000 a minute, in seconds beyond. Never under the true number.

use std::collections::VecDeque;
use std::time::Duration;

use super::MINUTE;

const EXACT_MAX: u32 = 6_000;

#[derive(Debug)]
pub(super) enum Window {
    /// The moment of each, the oldest first; at most [`EXACT_MAX`].
    Exact(VecDeque<Duration>),
    Seconds(Seconds),
}

#[derive(Debug, Default)]
pub(super) struct Seconds {
    /// Each second with its count, the oldest first; at most 61, because a minute touches that many.
    counts: VecDeque<(u64, u32)>,
    /// Of all of them.
    sum: u64,
}

impl Window {
    pub(super) fn new(limit: u32) -> Self {
        if limit <= EXACT_MAX { Self::Exact(VecDeque::new()) } else { Self::Seconds(Seconds::default()) }
    }

    pub(super) fn set_limit(&mut self, limit: u32) {
        match self {
            Self::Exact(moments) if limit > EXACT_MAX => *self = Self::Seconds(Seconds::of(moments)),
            Self::Seconds(counts) if limit <= EXACT_MAX => *self = exact(&counts.counts, limit),
            Self::Exact(_) | Self::Seconds(_) => {}
        }
    }

    pub(super) fn push(&mut self, at: Duration, count: u32) {
        match self {
            Self::Exact(moments) => {
                // Threads read the clock before they take the lock: a moment just before the last one counts as it.
                let at = moments.back().map_or(at, |last| at.max(*last));
                moments.extend(std::iter::repeat_n(at, count.min(EXACT_MAX) as usize));
            }
            Self::Seconds(counts) => counts.add(at.as_secs(), count),
        }
    }

    pub(super) fn count(&mut self, now: Duration) -> u32 {
        self.forget(now);
        match self {
            Self::Exact(moments) => u32::try_from(moments.len()).unwrap_or(u32::MAX),
            Self::Seconds(counts) => u32::try_from(counts.sum).unwrap_or(u32::MAX),
        }
    }

    /// How long until fewer than `limit` are counted.
    pub(super) fn wait(&mut self, now: Duration, limit: u32) -> Duration {
        let over = match self.count(now) {
            count if count < limit => return Duration::ZERO,
            count => count - limit,
        };
        let free_at = match self {
            Self::Exact(moments) => moments.get(over as usize).map(|moment| moment.saturating_add(MINUTE)),
            Self::Seconds(counts) => counts.free_at(over),
        };
        free_at.map_or(Duration::ZERO, |at| at.saturating_sub(now))
    }

    fn forget(&mut self, now: Duration) {
        match self {
            Self::Exact(moments) => {
                while moments.pop_front_if(|moment| moment.saturating_add(MINUTE) <= now).is_some() {}
            }
            Self::Seconds(counts) => counts.forget(now.as_secs()),
        }
    }
}

impl Seconds {
    fn of(moments: &VecDeque<Duration>) -> Self {
        let mut counts = Self::default();
        moments.iter().for_each(|moment| counts.add(moment.as_secs(), 1));
        counts
    }

    fn add(&mut self, second: u64, count: u32) {
        match self.counts.back_mut() {
            Some((last, sum)) if *last >= second => {
                let before = *sum;
                *sum = sum.saturating_add(count);
                self.sum += u64::from(*sum - before);
            }
            _ => {
                self.counts.push_back((second, count));
                self.sum += u64::from(count);
            }
        }
    }

    fn forget(&mut self, now: u64) {
        while let Some((_, count)) = self.counts.pop_front_if(|(second, _)| *second + 61 <= now) {
            self.sum -= u64::from(count);
        }
    }

    /// When more than `over` have been forgotten.
    fn free_at(&self, over: u32) -> Option<Duration> {
        let mut gone: u32 = 0;
        let second = self.counts.iter().find(|(_, count)| {
            gone = gone.saturating_add(*count);
            gone > over
        })?;
        Some(Duration::from_secs(second.0 + 61))
    }
}

/// Each is taken to have been sent as late as its second allows; only the newest `limit` can matter.
fn exact(counts: &VecDeque<(u64, u32)>, limit: u32) -> Window {
    let newest = counts
        .iter()
        .rev()
        .flat_map(|(second, count)| std::iter::repeat_n(Duration::from_secs(second + 1), *count as usize));
    let mut moments: VecDeque<Duration> = newest.take(limit as usize).collect();
    moments.make_contiguous().reverse();
    Window::Exact(moments)
}
