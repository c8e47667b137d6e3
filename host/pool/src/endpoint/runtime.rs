//! What an endpoint has learned and used: it outlives a change of the definition. It must not know the definition.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_quota::{Rate, Reserved, TokenRate};
use patchbay_types::{Monotonic, Tokens};

use crate::condition::Condition;
use crate::pulse::Pulse;

/// Share of the rate that the emergency lane has.
const LANE_SHARE: u32 = 10;

pub(crate) struct Runtime {
    pub(crate) in_flight: AtomicU32,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) edition: u64,
    /// Enabled and not removed.
    pub(crate) active: bool,
    pub(crate) rate: Rate,
    /// Made when it is first used.
    lane: Option<Rate>,
    /// Made with the first limit, and kept: what it counts is settled by requests that may be long.
    tokens: Option<TokenRate>,
    pub(crate) condition: Condition,
    pub(crate) pulse: Pulse,
    /// Moving average, a fifth of each new one.
    pub(crate) first_byte: Option<Duration>,
    pub(crate) last_used: Option<Monotonic>,
}

impl Runtime {
    pub(crate) fn new(rpm: u32) -> Self {
        let state = State {
            edition: 0,
            active: false,
            rate: Rate::new(rpm),
            lane: None,
            tokens: None,
            condition: Condition::default(),
            pulse: Pulse::default(),
            first_byte: None,
            last_used: None,
        };
        Self { in_flight: AtomicU32::new(0), state: Mutex::new(state) }
    }

    /// Held for a few field accesses, never over an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn observe(&mut self, first_byte: Duration) {
        self.first_byte = Some(self.first_byte.map_or(first_byte, |mean| (mean * 4 + first_byte) / 5));
    }

    pub(crate) fn set_limits(&mut self, rpm: u32, tpm: Option<u64>, now: Monotonic) {
        self.rate.set_rpm(rpm, now);
        if let Some(lane) = &mut self.lane {
            lane.set_rpm(lane_rpm(rpm), now);
        }
        match (&mut self.tokens, tpm) {
            (Some(tokens), tpm) => tokens.set_per_minute(tpm.unwrap_or(u64::MAX), now),
            (None, Some(tpm)) => self.tokens = Some(TokenRate::new(tpm)),
            (None, None) => {}
        }
    }

    /// Requests that its rate lets through at once when it has rested.
    pub(crate) fn burst(&self) -> u32 {
        (self.rate.rpm() / 10).max(1)
    }

    /// For requests to an endpoint that cools: a tenth of its rate, at least one a minute.
    pub(crate) fn lane(&mut self) -> &mut Rate {
        let rpm = lane_rpm(self.rate.rpm());
        self.lane.get_or_insert_with(|| Rate::new(rpm))
    }

    /// How long until so many tokens may be used.
    pub(crate) fn tokens_wait(&mut self, tokens: Tokens, now: Monotonic) -> Duration {
        self.tokens.as_mut().map_or(Duration::ZERO, |rate| rate.wait(tokens, now))
    }

    /// The caller has seen that they fit.
    pub(crate) fn reserve(&mut self, tokens: Tokens, now: Monotonic) -> Option<Reserved> {
        self.tokens.as_mut()?.reserve(tokens, now).ok()
    }

    pub(crate) fn settle(&mut self, reserved: Option<Reserved>, actual: Tokens, now: Monotonic) {
        match (&mut self.tokens, reserved) {
            (Some(rate), Some(reserved)) => rate.settle(reserved, actual, now),
            (Some(rate), None) => rate.add(actual, now),
            (None, _) => {}
        }
    }

    pub(crate) fn give_back(&mut self, reserved: Reserved) {
        if let Some(rate) = &mut self.tokens {
            rate.give_back(reserved);
        }
    }

    pub(crate) fn counts_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    pub(crate) fn tokens_used(&mut self, now: Monotonic) -> Tokens {
        self.tokens.as_mut().map_or(Tokens(0), |rate| rate.used(now))
    }

    pub(crate) fn restore_tokens(&mut self, used: Tokens, ago: Duration, now: Monotonic) {
        if let Some(rate) = &mut self.tokens {
            rate.restore(used, ago, now);
        }
    }
}

fn lane_rpm(rpm: u32) -> u32 {
    (rpm / LANE_SHARE).max(1)
}
