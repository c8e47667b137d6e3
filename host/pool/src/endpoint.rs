//! One provider at run time: its definition, its connections, and how it fares. The definition is replaced as a whole
//! when the operator changes it; how it fares lives on behind it. It must not know the other endpoints.

mod credential;
mod runtime;

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use patchbay_quota::Reserved;
use patchbay_types::{Clock, Tokens};

use crate::client::Client;
use crate::condition::{Cooling, Now, Ticket};
use crate::{Change, Cooldown, CooldownChange, Deadlines, Keeper, PoolConfig, Provider, Unavailable};

pub(crate) use credential::Credential;
pub(crate) use runtime::{Runtime, State};

/// A fair time to look again where nobody can say when: a probe is out, or all places are taken.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Opaque outside: a candidate carries it to `Pool::take`.
pub struct Endpoint {
    pub(crate) provider: Arc<Provider>,
    pub(crate) pool: Arc<str>,
    pub(crate) tier: u32,
    /// Which address and credential this is, of those that the provider had: verdicts on earlier ones are void.
    pub(crate) edition: u64,
    pub(crate) deadlines: Deadlines,
    pub(crate) client: Client,
    pub(crate) credential: Credential,
    pub(crate) runtime: Arc<Runtime>,
}

/// What a request wants of an endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Need<'a> {
    /// Canonical.
    pub(crate) model: &'a str,
    pub(crate) tokens: Tokens,
}

/// What was taken for a request.
pub(crate) struct Entry {
    pub(crate) ticket: Ticket,
    pub(crate) reserved: Option<Reserved>,
}

impl Endpoint {
    /// Why no request can go out now, if none can; leaves out whether this is still the operator's definition.
    pub(crate) fn refusal(
        &self,
        state: &mut State,
        need: Need<'_>,
        now: Now,
        config: &PoolConfig,
    ) -> Option<Unavailable> {
        self.shut(state, need, now, config)
            .or_else(|| self.crowded(state, need))
            .or_else(|| spent(state, need, now))
    }

    /// Takes one of the rate and reserves tokens; the caller counts it in flight until it is over.
    pub(crate) fn enter(&self, need: Need<'_>, now: Now, config: &PoolConfig) -> Result<Entry, Unavailable> {
        let mut state = self.current()?;
        match self.refusal(&mut state, need, now, config) {
            Some(refusal) => Err(refusal),
            None => self.let_in(&mut state, need, now, config),
        }
    }

    /// As `enter`, but past a cooldown, if the emergency lane has room. The rate counts it too, so that no minute has
    /// more requests than it allows.
    pub(crate) fn enter_in_emergency(
        &self,
        need: Need<'_>,
        now: Now,
        config: &PoolConfig,
    ) -> Result<Entry, Unavailable> {
        let mut state = self.current()?;
        match self.shut(&state, need, now, config) {
            Some(Unavailable::Cooling(_)) => {}
            Some(refusal) => return Err(refusal),
            None => {
                drop(state);
                return self.enter(need, now, config);
            }
        }
        if let Some(refusal) = self.crowded(&state, need).or_else(|| spent(&mut state, need, now)) {
            return Err(refusal);
        }
        state.lane().take(now.monotonic).map_err(Unavailable::Spent)?;
        state.rate.take(now.monotonic).map_err(Unavailable::Spent)?;
        let ticket = state.condition.enter_in_emergency(need.model);
        Ok(self.counted(&mut state, ticket, need, now))
    }

    /// How long until a request can go out, as far as it is known; none if only the operator can change that.
    pub(crate) fn opens_in(&self, need: Need<'_>, now: Now, config: &PoolConfig) -> Option<Duration> {
        let mut state = self.runtime.lock();
        if self.death(&state).is_some() {
            return None;
        }
        let gates = [
            state.pulse.closed(now, config),
            state.condition.ejected(now),
            state.condition.cooling(need.model, now),
            self.crowded(&state, need).map(|_| LOOK_AGAIN),
        ];
        let gates = gates.into_iter().flatten().map(|left| left.max(LOOK_AGAIN)).max().unwrap_or_default();
        let rates = state.rate.wait(now.monotonic).max(state.tokens_wait(need.tokens, now.monotonic));
        Some(gates.max(rates))
    }

    pub(crate) fn death<'a>(&'a self, state: &'a State) -> Option<&'a str> {
        self.credential.broken().or_else(|| state.condition.dead())
    }

    /// Whether the end of a request may let another one in.
    pub(crate) fn is_gated(&self, state: &State) -> bool {
        self.provider.max_in_flight.is_some() || state.condition.is_gated() || state.pulse.is_down()
    }

    /// Whether it is asked for its health from time to time.
    pub(crate) fn is_probed(&self, config: &PoolConfig) -> bool {
        let wanted = self.provider.enabled && self.provider.probed_path().is_some();
        wanted && !config.health_interval.is_zero()
    }

    pub(crate) fn cooldown(&self, cooling: &Cooling) -> Cooldown {
        Cooldown {
            provider: self.provider.id.clone(),
            name: self.provider.name.clone(),
            model: cooling.model.as_deref().map(str::to_owned),
            count: cooling.count,
            started: cooling.started,
            until: cooling.until,
            reason: cooling.reason.clone(),
        }
    }

    /// Called under the lock, so that changes are told in their order.
    pub(crate) fn tell(&self, keeper: &dyn Keeper, change: Change, cooling: &Cooling, now: Now) {
        keeper.cooling(CooldownChange { change, at: now.wall, cooldown: self.cooldown(cooling) });
    }

    fn current(&self) -> Result<MutexGuard<'_, State>, Unavailable> {
        let state = self.runtime.lock();
        let is_current = state.active && state.edition == self.edition;
        if is_current { Ok(state) } else { Err(Unavailable::Changed) }
    }

    /// Why it cannot be used at all.
    fn shut(&self, state: &State, need: Need<'_>, now: Now, config: &PoolConfig) -> Option<Unavailable> {
        if self.death(state).is_some() {
            return Some(Unavailable::Dead);
        }
        if state.pulse.closed(now, config).is_some() {
            return Some(Unavailable::Down);
        }
        let ejected = state.condition.ejected(now).map(Unavailable::Ejected);
        ejected.or_else(|| state.condition.cooling(need.model, now).map(Unavailable::Cooling))
    }

    /// Whether it has as many requests as it may have at one time.
    fn crowded(&self, state: &State, need: Need<'_>) -> Option<Unavailable> {
        let in_flight = self.runtime.in_flight.load(Ordering::Relaxed);
        let full = self.provider.max_in_flight.is_some_and(|most| in_flight >= most);
        (full || state.condition.is_full(need.model)).then_some(Unavailable::Full)
    }

    fn let_in(
        &self,
        state: &mut State,
        need: Need<'_>,
        now: Now,
        config: &PoolConfig,
    ) -> Result<Entry, Unavailable> {
        state.rate.take(now.monotonic).map_err(Unavailable::Spent)?;
        let ticket = state.condition.enter(need.model);
        state.pulse.enter(ticket, now, config);
        Ok(self.counted(state, ticket, need, now))
    }

    fn counted(&self, state: &mut State, ticket: Ticket, need: Need<'_>, now: Now) -> Entry {
        state.last_used = Some(now.monotonic);
        self.runtime.in_flight.fetch_add(1, Ordering::Relaxed);
        Entry { ticket, reserved: state.reserve(need.tokens, now.monotonic) }
    }
}

/// How long until requests or tokens are left.
fn spent(state: &mut State, need: Need<'_>, now: Now) -> Option<Unavailable> {
    let wait = state.rate.wait(now.monotonic);
    if !wait.is_zero() {
        return Some(Unavailable::Spent(wait));
    }
    let wait = state.tokens_wait(need.tokens, now.monotonic);
    (!wait.is_zero()).then_some(Unavailable::Tokens(wait))
}

impl Now {
    pub(crate) fn read(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic() }
    }
}
