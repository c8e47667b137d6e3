//! By and by: after a probe has shown that an endpoint is back, how many requests it may have at one time.
//! It must not know why it was away.

use std::sync::Arc;

use super::Ticket;

/// Room from which on an endpoint is let in as a whole.
const ROOM_MAX: u32 = 64;

/// One for the provider and one for each model at most; empty nearly always.
#[derive(Debug, Default)]
pub(super) struct Ramps(Vec<Ramp>);

#[derive(Debug)]
struct Ramp {
    /// None: the whole provider.
    model: Option<Arc<str>>,
    room: u32,
    /// Requests that were sent since it began and have not ended; at most [`ROOM_MAX`].
    inside: Vec<Ticket>,
}

impl Ramps {
    /// From the bottom, also if one of this scope runs already.
    pub(super) fn begin(&mut self, model: Option<Arc<str>>) {
        self.end(model.as_ref());
        self.0.push(Ramp { model, room: 1, inside: Vec::new() });
    }

    pub(super) fn end(&mut self, model: Option<&Arc<str>>) {
        self.0.retain(|ramp| ramp.model.as_ref() != model);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self, model: &str) -> bool {
        self.0.iter().any(|ramp| ramp.covers(model) && ramp.is_full())
    }

    pub(super) fn enter(&mut self, ticket: Ticket, model: &str) {
        self.0.iter_mut().filter(|ramp| ramp.covers(model)).for_each(|ramp| ramp.inside.push(ticket));
    }

    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.0.iter_mut().for_each(|ramp| ramp.inside.retain(|inside| *inside != ticket));
    }

    /// A good answer doubles the room of the ramps that let its request in. One whose room passes the burst of the
    /// endpoint's rate is over: the rate is the narrower gate from there.
    pub(super) fn widen(&mut self, ticket: Ticket, burst: u32) {
        for ramp in self.0.iter_mut().filter(|ramp| ramp.inside.contains(&ticket)) {
            ramp.room = ramp.room.saturating_mul(2);
        }
        self.0.retain(|ramp| ramp.room < ROOM_MAX && ramp.room <= burst);
    }

    /// What they let in has failed: from the bottom again.
    pub(super) fn narrow(&mut self, ticket: Ticket) {
        self.0.iter_mut().filter(|ramp| ramp.inside.contains(&ticket)).for_each(|ramp| ramp.room = 1);
    }

    /// Of the provider as a whole.
    pub(super) fn room(&self) -> Option<u32> {
        self.0.iter().find(|ramp| ramp.model.is_none()).map(|ramp| ramp.room)
    }

    pub(super) fn forget_models(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|ramp| ramp.model.as_deref().is_none_or(&keep));
    }
}

impl Ramp {
    fn covers(&self, model: &str) -> bool {
        self.model.as_deref().is_none_or(|own| own == model)
    }

    fn is_full(&self) -> bool {
        self.inside.len() >= self.room as usize
    }
}
