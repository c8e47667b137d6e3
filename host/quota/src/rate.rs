//! How many requests may be sent: a token bucket that smooths bursts, and a count over the last 60 s that never passes
//! the limit. It must not know whose requests these are.

mod window;

use std::time::Duration;

use patchbay_types::Monotonic;

use window::Window;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Requests a minute. The bucket's capacity is a tenth of the rate (at least 1), refilled evenly over the minute.
#[derive(Debug)]
pub struct Rate {
    rpm: u32,
    /// Between two requests that are spread evenly.
    interval: Duration,
    /// When all tokens would be back if none were taken. None: there is no bucket, only the count.
    full_at: Option<Duration>,
    window: Window,
}

impl Rate {
    pub fn new(rpm: u32) -> Self {
        let rpm = rpm.max(1);
        Self { rpm, interval: interval(rpm), full_at: Some(Duration::ZERO), window: Window::new(rpm) }
    }

    /// Only the count over the last 60 s: all may be taken at once.
    pub fn without_burst(rpm: u32) -> Self {
        Self { full_at: None, ..Self::new(rpm) }
    }

    pub fn rpm(&self) -> u32 {
        self.rpm
    }

    /// The next requests obey the new rate; those already sent stay counted.
    pub fn set_rpm(&mut self, rpm: u32, now: Monotonic) {
        self.rpm = rpm.max(1);
        self.interval = interval(self.rpm);
        let latest = moment(now).saturating_add(self.interval * self.burst());
        self.full_at = self.full_at.map(|at| at.min(latest));
        self.window.set_limit(self.rpm);
    }

    /// Takes one token.
    ///
    /// # Errors
    /// How long until there is one.
    pub fn take(&mut self, now: Monotonic) -> Result<(), Duration> {
        let wait = self.wait(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        let interval = self.interval;
        self.full_at = self.full_at.map(|at| at.max(moment(now)).saturating_add(interval));
        self.window.push(moment(now), 1);
        Ok(())
    }

    /// How long until a token can be taken; zero if one can be now.
    pub fn wait(&mut self, now: Monotonic) -> Duration {
        let spare = self.interval * (self.burst() - 1);
        self.debt(now).saturating_sub(spare).max(self.window.wait(moment(now), self.rpm))
    }

    /// Tokens that can be taken at once.
    pub fn left(&mut self, now: Monotonic) -> u32 {
        let interval = self.interval;
        let free = (interval * self.burst()).saturating_sub(self.debt(now));
        let tokens = u32::try_from(nanos(free) / nanos(interval).max(1)).unwrap_or(u32::MAX);
        tokens.min(self.rpm.saturating_sub(self.window.count(moment(now))))
    }

    /// Tokens taken in the last 60 s.
    pub fn used(&mut self, now: Monotonic) -> u32 {
        self.window.count(moment(now))
    }

    /// Counts `used` requests as if all had been sent `ago`: the strictest reading of a coarse number.
    pub fn restore(&mut self, used: u32, ago: Duration, now: Monotonic) {
        if ago >= MINUTE {
            return;
        }
        let then = moment(now).saturating_sub(ago);
        let debt = self.interval * used.min(self.burst());
        self.full_at = self.full_at.map(|at| at.max(then.saturating_add(debt)));
        self.window.push(then, used.min(self.rpm));
    }

    fn burst(&self) -> u32 {
        if self.full_at.is_some() { (self.rpm / 10).max(1) } else { self.rpm }
    }

    fn debt(&self, now: Monotonic) -> Duration {
        self.full_at.map_or(Duration::ZERO, |at| at.saturating_sub(moment(now)))
    }
}

fn interval(rpm: u32) -> Duration {
    MINUTE / rpm
}

/// Of at most a minute.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A minute ahead of the clock, so that what happened before the start has a place too.
pub(crate) fn moment(now: Monotonic) -> Duration {
    now.0.saturating_add(MINUTE)
}

#[cfg(test)]
mod tests;
