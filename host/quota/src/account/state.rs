//! What an account counts, behind its lock. It must not wait for anything.

use std::time::Duration;

use patchbay_types::{Monotonic, NanoUsd, Timestamp, Tokens};

use super::{AccountStatus, Now};
use crate::purse::Purse;
use crate::{Exceeded, Limits, Rate, Reserved, TokenRate};

/// When a request ends is not known; this is how often it is worth to ask.
const CONCURRENCY_RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct State {
    limits: Limits,
    /// Counts also without a limit, so that one that is set later knows of the last minute.
    requests: Rate,
    tokens: TokenRate,
    in_flight: u32,
    purse: Purse,
}

/// What a request has set aside.
#[derive(Debug)]
pub(super) struct Held {
    tokens: Reserved,
    cost: NanoUsd,
}

impl State {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            requests: Rate::without_burst(limits.rpm.unwrap_or(u32::MAX)),
            tokens: TokenRate::new(limits.tpm.unwrap_or(u64::MAX)),
            in_flight: 0,
            purse: Purse::default(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// What was spent without limits was not counted, so spending begins anew after it.
    pub(super) fn set_limits(&mut self, limits: Limits, now: Monotonic) {
        if self.limits.is_none() {
            self.purse.forget_spent();
        }
        self.requests.set_rpm(limits.rpm.unwrap_or(u32::MAX), now);
        self.tokens.set_per_minute(limits.tpm.unwrap_or(u64::MAX), now);
        self.limits = limits;
    }

    /// If both limits are passed, the rate's refusal is told: it lasts longer.
    pub(super) fn enter(&mut self, now: Now) -> Result<(), Exceeded> {
        let full = self.limits.concurrency.filter(|limit| self.in_flight >= *limit);
        if let Some(limit) = full
            && self.requests.wait(now.monotonic).is_zero()
        {
            return Err(Exceeded::Concurrency { limit, retry_after: CONCURRENCY_RETRY });
        }
        let limit = self.requests.rpm();
        let taken = self.requests.take(now.monotonic);
        taken.map_err(|retry_after| Exceeded::Requests { limit, retry_after })?;
        self.in_flight = self.in_flight.saturating_add(1);
        Ok(())
    }

    /// What was held is given back in any case. A refusal by a budget goes first: it lasts longer.
    pub(super) fn reserve(
        &mut self,
        held: Option<Held>,
        tokens: Tokens,
        cost: NanoUsd,
        now: Now,
    ) -> Result<Held, Exceeded> {
        self.give_back(held);
        self.purse.reserve(cost, &self.limits, now.wall)?;
        match self.tokens.reserve(tokens, now.monotonic) {
            Ok(tokens) => Ok(Held { tokens, cost }),
            Err(retry_after) => {
                self.purse.give_back(cost);
                Err(self.tokens_exceeded(tokens, retry_after, now))
            }
        }
    }

    fn tokens_exceeded(&mut self, needs: Tokens, retry_after: Duration, now: Now) -> Exceeded {
        let used = self.tokens.used(now.monotonic);
        Exceeded::Tokens { limit: self.tokens.per_minute(), used, needs, retry_after }
    }

    pub(super) fn settle(&mut self, held: Option<Held>, tokens: Tokens, cost: NanoUsd, now: Now) {
        match held {
            Some(held) => {
                self.purse.give_back(held.cost);
                self.tokens.settle(held.tokens, tokens, now.monotonic);
            }
            None => self.tokens.add(tokens, now.monotonic),
        }
        self.purse.spend(cost, now.wall);
    }

    /// A request is over.
    pub(super) fn leave(&mut self, counted: bool, held: Option<Held>) {
        self.give_back(held);
        self.in_flight = self.in_flight.saturating_sub(counted.into());
    }

    pub(super) fn restore(&mut self, day: Timestamp, cost: NanoUsd, now: Now) {
        self.purse.restore(day, cost, now.wall);
    }

    pub(super) fn status(&mut self, now: Now) -> AccountStatus {
        let (spent_today, spent_this_month) = self.purse.spent(now.wall);
        AccountStatus {
            requests: self.requests.used(now.monotonic),
            tokens: self.tokens.used(now.monotonic),
            in_flight: self.in_flight,
            spent_today,
            spent_this_month,
            reserved: self.purse.reserved(),
        }
    }

    fn give_back(&mut self, held: Option<Held>) {
        if let Some(held) = held {
            self.purse.give_back(held.cost);
            self.tokens.give_back(held.tokens);
        }
    }
}
