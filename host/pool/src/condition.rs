//! How an endpoint fares: cooling after a 429, ejected after failures, dead after its credential was refused, and let in
//! by and by after any of these. A state machine over time that is passed in; it must not know connections, clocks or who
//! listens.
//!
//! Every request gets a ticket, and tickets only grow. They answer four questions without a clock: whether a request
//! was sent before a cooldown began (then its 429 is the same episode, and its success proves nothing), whether it is the
//! probe that a gate waits for, whether a probe that is dropped may let the next one go, and whether a ramp let it in.

mod cooling;
mod ramp;
mod ruling;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use patchbay_types::{Monotonic, Timestamp};

pub(crate) use cooling::Cooling;
use ramp::Ramps;

use crate::{Change, PoolConfig};

/// Both times, read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) monotonic: Monotonic,
}

/// The default is nobody's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
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
    ramps: Ramps,
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

    /// Whether the end of a request may let another one in.
    pub(crate) fn is_gated(&self) -> bool {
        self.ejected.is_some() || !self.cooling.is_empty() || !self.ramps.is_empty()
    }

    /// Whether a failure of late has not been made up for.
    pub(crate) fn falters(&self, now: Now, config: &PoolConfig) -> bool {
        self.failures.back().is_some_and(|failure| now.monotonic.since(*failure) < config.eject_window)
    }

    /// Whether a ramp has no room for another request of this model.
    pub(crate) fn is_full(&self, model: &str) -> bool {
        self.ramps.is_full(model)
    }

    /// Room of the ramp of the whole provider.
    pub(crate) fn ramp(&self) -> Option<u32> {
        self.ramps.room()
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
        let ticket = self.enter_in_emergency(model);
        for cooling in self.cooling.iter_mut().filter(|cooling| cooling.covers(model)) {
            cooling.probe = Some(ticket);
        }
        if let Some(ejection) = &mut self.ejected {
            ejection.probe = Some(ticket);
        }
        ticket
    }

    /// A request goes out past a gate that is closed: it is nobody's probe, and another one may go beside it.
    pub(crate) fn enter_in_emergency(&mut self, model: &str) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.ramps.enter(ticket, model);
        ticket
    }

    /// The request is over.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        self.release(ticket);
        self.ramps.leave(ticket);
    }

    /// The request proved nothing: the next one may be the probe.
    pub(crate) fn release(&mut self, ticket: Ticket) {
        for cooling in self.cooling.iter_mut().filter(|cooling| cooling.probe == Some(ticket)) {
            cooling.probe = None;
        }
        if let Some(ejection) = self.ejected.as_mut().filter(|ejection| ejection.probe == Some(ticket)) {
            ejection.probe = None;
        }
    }

    /// A good answer. It makes up for one failure, widens the ramps that let its request in, and ends the ejection that
    /// it was the probe of and the cooldowns that had begun before it was sent; these are returned.
    pub(crate) fn succeeded(&mut self, ticket: Ticket, model: &str, burst: u32) -> Vec<Cooling> {
        self.failures.pop_front();
        self.ramps.widen(ticket, burst);
        self.reached(ticket);
        let over: Vec<Cooling> =
            self.cooling.extract_if(.., |cooling| cooling.is_disproved_by(ticket, model)).collect();
        over.iter().for_each(|cooling| self.ramps.begin(cooling.model.clone()));
        over
    }

    /// Some answer that is not a failure of the server: an ejected endpoint is back.
    pub(crate) fn reached(&mut self, ticket: Ticket) {
        if self.ejected.take_if(|ejection| ejection.probe == Some(ticket)).is_some() {
            self.ramps.begin(None);
        }
    }

    /// It is back, by a proof that is not a request's: not all at once.
    pub(crate) fn ramp_up(&mut self) {
        self.ramps.begin(None);
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
        self.ramps.narrow(limit.ticket);
        self.ramps.end(limit.model);
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
        self.ramps.narrow(ticket);
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
        self.ramps.end(None);
        self.ejected = Some(Ejection { until: now.monotonic + config.eject_for, probe: None });
    }

    /// False if it was dead already.
    pub(crate) fn die(&mut self, ticket: Ticket, reason: &str) -> bool {
        self.release(ticket);
        self.dead.replace(reason.to_owned()).is_none()
    }
}

fn closed(remaining: Duration, probe: Option<Ticket>) -> Option<Duration> {
    (!remaining.is_zero() || probe.is_some()).then_some(remaining)
}

#[cfg(test)]
mod tests;
