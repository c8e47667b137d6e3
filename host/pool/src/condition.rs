//! How an endpoint fares: cooling after a 429, ejected after failures, dead after its credential was refused.
//! A state machine over time that is passed in; it must not know connections, clocks or who listens.
//!
//! Every request gets a ticket, and tickets only grow. They answer three questions without a clock: whether a request
//! was sent before a cooldown began (then its 429 is the same episode), whether it is the probe that a gate waits for,
//! and whether a probe that is dropped may let the next one go.

mod cooling;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use patchbay_types::{Monotonic, Timestamp};

pub(crate) use cooling::Cooling;

use crate::{Change, PoolConfig};

/// Both times, read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) monotonic: Monotonic,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Ticket(u64);

#[derive(Debug, Default)]
pub(crate) struct Condition {
    tickets: u64,
    /// One for the provider and one for each model at most; empty nearly always.
    cooling: Vec<Cooling>,
    ejected: Option<Ejection>,
    /// Moments of failures that no success has made up for; at most `eject_failures`.
    failures: VecDeque<Monotonic>,
    dead: Option<String>,
}

#[derive(Debug)]
struct Ejection {
    until: Monotonic,
    probe: Option<Ticket>,
}

/// A refusal for lack of capacity.
pub(crate) struct Limit<'a> {
    pub(crate) ticket: Ticket,
    /// The model that is meant; none for the whole provider.
    pub(crate) model: Option<&'a Arc<str>>,
    /// What the provider asked for.
    pub(crate) at_least: Option<Duration>,
    pub(crate) reason: &'a str,
}

impl Condition {
    pub(crate) fn dead(&self) -> Option<&str> {
        self.dead.as_deref()
    }

    /// None if it may be used; zero while its probe is out.
    pub(crate) fn ejected(&self, now: Now) -> Option<Duration> {
        let ejection = self.ejected.as_ref()?;
        closed(ejection.until.since(now.monotonic), ejection.probe)
    }

    /// None if it is not ejected; zero when the probe is due or out.
    pub(crate) fn ejection_left(&self, now: Now) -> Option<Duration> {
        self.ejected.as_ref().map(|ejection| ejection.until.since(now.monotonic))
    }

    pub(crate) fn is_ejected(&self) -> bool {
        self.ejected.is_some()
    }

    /// None if this model may be asked for; zero while its probe is out.
    pub(crate) fn cooling(&self, model: &str, now: Now) -> Option<Duration> {
        self.cooling
            .iter()
            .filter(|cooling| cooling.covers(model))
            .filter_map(|cooling| cooling.closed(now))
            .max()
    }

    pub(crate) fn coolings(&self) -> &[Cooling] {
        &self.cooling
    }

    /// A request goes out: the next ticket, which is the probe of every gate that stands open for this model.
    pub(crate) fn enter(&mut self, model: &str) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        for cooling in self.cooling.iter_mut().filter(|cooling| cooling.covers(model)) {
            cooling.probe = Some(ticket);
        }
        if let Some(ejection) = &mut self.ejected {
            ejection.probe = Some(ticket);
        }
        ticket
    }

    /// The request ended and proved nothing: the next one may be the probe.
    pub(crate) fn release(&mut self, ticket: Ticket) {
        for cooling in self.cooling.iter_mut().filter(|cooling| cooling.probe == Some(ticket)) {
            cooling.probe = None;
        }
        if let Some(ejection) = self.ejected.as_mut().filter(|ejection| ejection.probe == Some(ticket)) {
            ejection.probe = None;
        }
    }

    /// A good answer. It makes up for one failure, and ends what it was the probe of; those cooldowns are returned.
    pub(crate) fn succeeded(&mut self, ticket: Ticket) -> Vec<Cooling> {
        self.failures.pop_front();
        self.reached(ticket);
        self.cooling.extract_if(.., |cooling| cooling.probe == Some(ticket)).collect()
    }

    /// Some answer that is not a failure of the server: an ejected endpoint is back.
    pub(crate) fn reached(&mut self, ticket: Ticket) {
        self.ejected.take_if(|ejection| ejection.probe == Some(ticket));
    }

    /// Starts or prolongs a cooldown; returns what is worth telling.
    pub(crate) fn limited(
        &mut self,
        limit: &Limit<'_>,
        now: Now,
        config: &PoolConfig,
    ) -> Option<(Change, &Cooling)> {
        self.reached(limit.ticket);
        self.release(limit.ticket);
        let after = Ticket(self.tickets);
        match self.cooling.iter().position(|cooling| cooling.model.as_ref() == limit.model) {
            Some(index) => {
                let cooling = self.cooling.get_mut(index)?;
                cooling.hit(limit, after, now, config).map(|change| (change, &*cooling))
            }
            None => {
                self.cooling.push(Cooling::begin(limit, after, now, config));
                self.cooling.last().map(|cooling| (Change::Started, cooling))
            }
        }
    }

    /// Counts a failure; says whether the endpoint has had too many. A failed probe is ejected again here.
    pub(crate) fn failed(&mut self, ticket: Ticket, now: Now, config: &PoolConfig) -> bool {
        if self.ejected.as_ref().is_some_and(|ejection| ejection.probe == Some(ticket)) {
            self.eject(now, config);
        }
        self.release(ticket);
        if self.is_ejected() {
            return false;
        }
        self.failures.push_back(now.monotonic);
        while self.failures.len() > config.eject_failures.max(1) {
            self.failures.pop_front();
        }
        self.past_threshold(now, config)
    }

    pub(crate) fn past_threshold(&self, now: Now, config: &PoolConfig) -> bool {
        let recent = |failure: &&Monotonic| now.monotonic.since(**failure) < config.eject_window;
        self.failures.iter().filter(recent).count() >= config.eject_failures.max(1)
    }

    pub(crate) fn eject(&mut self, now: Now, config: &PoolConfig) {
        self.failures.clear();
        self.ejected = Some(Ejection { until: now.monotonic + config.eject_for, probe: None });
    }

    /// False if it was dead already.
    pub(crate) fn die(&mut self, ticket: Ticket, reason: &str) -> bool {
        self.release(ticket);
        self.dead.replace(reason.to_owned()).is_none()
    }

    /// The operator vouches for a dead endpoint: one probe, then all. False if it was not dead.
    pub(crate) fn revive(&mut self, now: Now) -> bool {
        let was_dead = self.dead.take().is_some();
        if was_dead {
            self.ejected = Some(Ejection { until: now.monotonic, probe: None });
        }
        was_dead
    }

    /// The address or the credential is another one: what was learned of the old one's health is void. Cooldowns stay,
    /// because a new key often shares the limits of the old.
    pub(crate) fn renew(&mut self) {
        self.dead = None;
        self.ejected = None;
        self.failures.clear();
    }

    /// Ends all cooldowns; no probe is asked for.
    pub(crate) fn clear(&mut self) -> Vec<Cooling> {
        std::mem::take(&mut self.cooling)
    }

    pub(crate) fn forget_models(&mut self, keep: impl Fn(&str) -> bool) {
        self.cooling.retain(|cooling| cooling.model.as_deref().is_none_or(&keep));
    }

    /// A cooldown of an earlier process. It only ever makes one longer.
    pub(crate) fn restore(&mut self, earlier: Cooling) {
        match self.cooling.iter_mut().find(|cooling| cooling.model == earlier.model) {
            Some(cooling) => cooling.merge(earlier),
            None => self.cooling.push(earlier),
        }
    }
}

fn closed(remaining: Duration, probe: Option<Ticket>) -> Option<Duration> {
    (!remaining.is_zero() || probe.is_some()).then_some(remaining)
}

#[cfg(test)]
mod tests;
