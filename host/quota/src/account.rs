//! The account of one key: its limits, and what counts against them. It must not know whose key it is, what a request
//! asks for, or where spending is kept.

mod state;
mod stay;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patchbay_types::{Clock, Monotonic, NanoUsd, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

use crate::{Exceeded, Limits};
use state::State;
pub use stay::Stay;

/// Both times of one moment: rates are measured, budgets follow the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    pub monotonic: Monotonic,
    pub wall: Timestamp,
}

/// What one key has used. All requests of the key share it. Nothing of a key without limits is counted, and it takes no
/// lock.
#[derive(Debug)]
pub struct Account {
    /// Whether there is any limit: what is asked before the lock is taken.
    limited: AtomicBool,
    /// Held for arithmetic only.
    state: Mutex<State>,
}

/// What counts against an account's limits. Zeros if it has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountStatus {
    /// Requests of the last 60 s.
    pub requests: u32,
    /// Tokens of the last 60 s, estimates among them.
    pub tokens: Tokens,
    pub in_flight: u32,
    /// This UTC day.
    pub spent_today: NanoUsd,
    /// This UTC month.
    pub spent_this_month: NanoUsd,
    /// Set aside for requests that run.
    pub reserved: NanoUsd,
}

impl Now {
    #[must_use]
    pub fn of(clock: &dyn Clock) -> Self {
        Self { monotonic: clock.monotonic(), wall: clock.wall() }
    }
}

impl Account {
    /// Limits are taken as they are: see [`Limits::check`].
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limited: AtomicBool::new(!limits.is_none()), state: Mutex::new(State::new(limits)) }
    }

    pub fn limits(&self) -> Limits {
        self.lock().limits()
    }

    /// The next requests obey the new limits; what is counted stays counted. A key that gets its first limits begins at
    /// zero: then it is time for [`Account::restore`].
    pub fn set_limits(&self, limits: Limits, now: Monotonic) {
        let mut state = self.lock();
        state.set_limits(limits, now);
        self.limited.store(!limits.is_none(), Ordering::Release);
    }

    /// A request comes in: it counts against requests a minute, and against requests at one time until its stay is
    /// dropped.
    ///
    /// # Errors
    /// The limit that it would pass; nothing is counted then.
    pub fn enter(self: &Arc<Self>, now: Now) -> Result<Stay, Exceeded> {
        let counted = self.is_limited();
        if counted {
            self.lock().enter(now)?;
        }
        Ok(Stay::new(Arc::clone(self), counted))
    }

    /// Adds what was spent on the UTC day of `day` and is not counted yet: before this process, or while there were no
    /// limits. Days of other months are passed over. A key without limits does not count it.
    pub fn restore(&self, day: Timestamp, cost: NanoUsd, now: Now) {
        if self.is_limited() {
            self.lock().restore(day, cost, now);
        }
    }

    pub fn status(&self, now: Now) -> AccountStatus {
        if self.is_limited() { self.lock().status(now) } else { AccountStatus::default() }
    }

    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limited.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
