//! What health probes say of an endpoint: the last five minutes of them, and whether it is down. Time is passed in; it
//! must not know how a probe is sent.
//!
//! A path that cannot be probed must not cut off a provider that serves. So a request that was served within the last
//! interval outweighs failed probes; and where a provider answers its probes, however badly, one request may try it each
//! [`Pulse::retry_after`].

use std::collections::VecDeque;
use std::time::Duration;

use patchbay_types::Monotonic;
use serde::Serialize;

use crate::PoolConfig;
use crate::condition::{Now, Ticket};

/// How long a result counts.
const WINDOW: Duration = Duration::from_mins(5);
/// Results kept; with shorter intervals the window is shorter too.
const RESULTS_MAX: usize = 64;
/// Of 100 probes in the window, how many must be good for an endpoint to count as healthy.
const GOOD_PERCENT_MIN: usize = 80;

/// What probes and requests together say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// Also before the first probe.
    Healthy,
    /// The last probe failed, or more than one in five of the last five minutes.
    Degraded,
    /// The last `health_down_after` probes failed, and no request was served meanwhile.
    Down,
}

/// What a probe found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finding {
    Good {
        latency: Duration,
    },
    /// An answer that says nothing of its health: there is no such path, or it is asked too often.
    Alive,
    Bad {
        /// Whether there was an answer at all.
        answered: bool,
    },
}

/// What a finding has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    WentDown,
    CameBack,
}

#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// When, and whether it was good; the oldest first, at most [`RESULTS_MAX`].
    results: VecDeque<(Monotonic, bool)>,
    /// In a row, until now.
    failures: u32,
    latency: Option<Duration>,
    /// When a request was answered well.
    served: Option<Monotonic>,
    down: Option<Down>,
    told_no_path: bool,
}

#[derive(Debug)]
struct Down {
    /// Whether the last probe had an answer.
    answered: bool,
    /// From when on a request may try.
    retry_at: Monotonic,
    /// The request that tries.
    trying: Option<Ticket>,
}

impl Probe {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

impl Pulse {
    pub(crate) fn found(&mut self, finding: Finding, now: Now, config: &PoolConfig) -> Option<Turn> {
        match finding {
            Finding::Good { latency } => {
                self.latency = Some(latency);
                self.keep(now.monotonic, true);
                self.alive()
            }
            Finding::Alive => self.alive(),
            Finding::Bad { answered } => {
                self.keep(now.monotonic, false);
                self.failures = self.failures.saturating_add(1);
                self.failed(answered, now.monotonic, config)
            }
        }
    }

    /// A request was answered well. True if it was down until now.
    pub(crate) fn served(&mut self, now: Now) -> bool {
        self.served = Some(now.monotonic);
        self.down.take().is_some()
    }

    /// A request goes out. If it is down, this is the one that tries.
    pub(crate) fn enter(&mut self, ticket: Ticket, now: Now, config: &PoolConfig) {
        if let Some(down) = &mut self.down {
            down.trying = Some(ticket);
            down.retry_at = now.monotonic + Self::retry_after(config);
        }
    }

    pub(crate) fn leave(&mut self, ticket: Ticket) {
        if let Some(down) = self.down.as_mut().filter(|down| down.trying == Some(ticket)) {
            down.trying = None;
        }
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// None if requests may go; else until it is worth looking again.
    pub(crate) fn closed(&self, now: Now, config: &PoolConfig) -> Option<Duration> {
        let down = self.down.as_ref()?;
        let left = down.retry_at.since(now.monotonic);
        match down.answered && down.trying.is_none() {
            true => (!left.is_zero()).then_some(left),
            false => Some(config.health_interval),
        }
    }

    pub(crate) fn state(&self, now: Now) -> Probe {
        let (good, all) = self.share(now);
        match self.down.is_some() {
            true => Probe::Down,
            false if self.failures > 0 || good * 100 < all * GOOD_PERCENT_MIN => Probe::Degraded,
            false => Probe::Healthy,
        }
    }

    /// Share of good ones in the last five minutes; none if there were none.
    pub(crate) fn success_rate(&self, now: Now) -> Option<f64> {
        let (good, all) = self.share(now);
        #[allow(clippy::cast_precision_loss, reason = "at most 64")]
        (all > 0).then(|| good as f64 / all as f64)
    }

    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Of the last good one.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// True the first time.
    pub(crate) fn tell_no_path(&mut self) -> bool {
        !std::mem::replace(&mut self.told_no_path, true)
    }

    fn alive(&mut self) -> Option<Turn> {
        self.failures = 0;
        self.down.take().map(|_| Turn::CameBack)
    }

    fn failed(&mut self, answered: bool, now: Monotonic, config: &PoolConfig) -> Option<Turn> {
        if let Some(down) = &mut self.down {
            down.answered = answered;
            return None;
        }
        let serves = self.served.is_some_and(|at| now.since(at) < config.health_interval);
        if self.failures < config.health_down_after.max(1) || serves {
            return None;
        }
        let retry_at = now + Self::retry_after(config);
        self.down = Some(Down { answered, retry_at, trying: None });
        Some(Turn::WentDown)
    }

    /// As long as an ejection lasts, and no shorter than from probe to probe.
    fn retry_after(config: &PoolConfig) -> Duration {
        config.health_interval.max(config.eject_for)
    }

    fn keep(&mut self, now: Monotonic, good: bool) {
        if self.results.len() >= RESULTS_MAX {
            self.results.pop_front();
        }
        self.results.push_back((now, good));
        while self.results.pop_front_if(|(at, _)| now.since(*at) >= WINDOW).is_some() {}
    }

    /// Good ones, and all, of the window.
    fn share(&self, now: Now) -> (usize, usize) {
        let recent = self.results.iter().filter(|(at, _)| now.monotonic.since(*at) < WINDOW);
        recent.fold((0, 0), |(good, all), (_, is_good)| (good + usize::from(*is_good), all + 1))
    }
}

#[cfg(test)]
mod tests;
