//! All endpoints: who serves a model, who may be used, what must last. It must not know how a connection is made.

mod define;
mod ejection;
mod kept;
mod probing;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use patchbay_types::{Clock, Handle, Handles, Monotonic, ProviderId, ProviderName, Tokens};
use rustls::ClientConfig;
use tokio::sync::Notify;

use crate::candidate::{Candidate, Health};
use crate::client::tls_without_roots;
use crate::condition::{Limit, Now, Ticket};
use crate::endpoint::{Endpoint, Need};
use crate::index::{Index, handles};
use crate::{Api, Change, EndpointStatus, Keeper, Permit, PoolConfig, Spread, Unavailable, Wanted};

/// Set aside for a request through the emergency lane: enough that a minute without tokens stops it.
const LANE_TOKENS: Tokens = Tokens(1);

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    /// The same, for permits.
    held: Arc<Handles<Shared>>,
}

pub(crate) struct Shared {
    config: ArcSwap<PoolConfig>,
    clock: Arc<dyn Clock>,
    keeper: Arc<dyn Keeper>,
    index: ArcSwap<Handles<Index>>,
    /// Changes of the index and ejections, one at a time: both count endpoints. Taken before an endpoint's lock.
    changing: Mutex<()>,
    /// Somebody may be available again.
    returned: Notify,
    /// The health probes' interval may be another one.
    reconfigured: Notify,
    /// Made for the first endpoint that needs it, because reading the roots takes a while.
    tls: OnceLock<Arc<ClientConfig>>,
    plain: Arc<ClientConfig>,
}

impl Pool {
    #[must_use]
    pub fn new(config: PoolConfig, clock: Arc<dyn Clock>, keeper: Arc<dyn Keeper>) -> Self {
        let shared = Shared {
            config: ArcSwap::from_pointee(config),
            clock,
            keeper,
            index: ArcSwap::from_pointee(Handles::new(Index::default())),
            changing: Mutex::new(()),
            returned: Notify::new(),
            reconfigured: Notify::new(),
            tls: OnceLock::new(),
            plain: tls_without_roots(),
        };
        let shared = Arc::new(shared);
        Self { held: Arc::new(Handles::new(Arc::clone(&shared))), shared }
    }

    #[must_use]
    pub fn config(&self) -> Arc<PoolConfig> {
        self.shared.config()
    }

    /// Lets a provider, or one model of it, rest for at least so long, as if it had asked for that. False: there is none
    /// of that name.
    pub fn cool(&self, name: &ProviderName, model: Option<&str>, at_least: Duration, reason: &str) -> bool {
        let now = self.now();
        let model: Option<Arc<str>> = model.map(Into::into);
        self.with(name, |endpoint| {
            let mut state = endpoint.runtime.lock();
            let nobody = Ticket::default();
            let limit = Limit { ticket: nobody, model: model.as_ref(), at_least: Some(at_least), reason };
            if let Some((change, cooling)) = state.condition.limited(&limit, now, &self.config()) {
                endpoint.tell(self.keeper(), change, cooling, now);
            }
            true
        })
    }

    /// Ends all cooldowns of a provider, its models' too. False if there was none.
    pub fn clear_cooldown(&self, name: &ProviderName) -> bool {
        let now = self.now();
        self.with(name, |endpoint| {
            let mut state = endpoint.runtime.lock();
            let cleared = state.condition.clear();
            for cooling in &cleared {
                endpoint.tell(self.keeper(), Change::Cleared, cooling, now);
            }
            !cleared.is_empty()
        })
    }

    /// Lets a dead provider prove itself: one probe goes first. False if it was not dead; one whose credential cannot
    /// be opened stays dead.
    pub fn revive(&self, name: &ProviderName) -> bool {
        let now = self.now();
        self.with(name, |endpoint| endpoint.runtime.lock().condition.revive(now))
    }

    /// Canonical names of all enabled providers' models, and aliases that have a target, sorted.
    #[must_use]
    pub fn models(&self) -> Vec<String> {
        self.shared.index().models()
    }

    /// Whether a model or an alias of this name is known.
    #[must_use]
    pub fn serves(&self, model: &str) -> bool {
        self.shared.index().serves(model)
    }

    /// Whether a provider of the model speaks one of these.
    #[must_use]
    pub fn speaks(&self, model: &str, apis: &[Api]) -> bool {
        self.shared.index().routes(model, apis).next().is_some()
    }

    /// Who spreads requests over the targets of an alias; none if it is no alias.
    #[must_use]
    pub fn spread(&self, model: &str) -> Option<Spread> {
        self.shared.index().spread(model)
    }

    /// All enabled providers of a model that speak one of `apis`, by tier and name; those in `tried` are there but not
    /// available.
    #[must_use]
    pub fn candidates(&self, wanted: Wanted<'_>, tried: &[ProviderId]) -> Vec<Candidate> {
        let (index, now, config) = (self.shared.index(), self.now(), self.shared.config.load());
        let candidate = |route| Candidate::of(route, wanted.tokens, tried, now, &config);
        handles(&index, wanted.model, wanted.apis).map(candidate).collect()
    }

    /// For a request that names no model: all enabled providers that speak one of `apis`, as `candidates`.
    #[must_use]
    pub fn anyone(&self, apis: &[Api], tried: &[ProviderId]) -> Vec<Candidate> {
        self.candidates(Wanted { model: "", apis, tokens: Tokens(0) }, tried)
    }

    /// Looks at the endpoint again, takes one token of its bucket, and sets aside what the request will probably use.
    ///
    /// # Errors
    /// Why it cannot be used now; nothing was taken.
    pub fn take(&self, candidate: &Candidate, tokens: Tokens) -> Result<Permit, Unavailable> {
        let need = Need { model: &candidate.canonical, tokens };
        let entry = candidate.endpoint.enter(need, self.now(), &self.shared.config.load())?;
        Ok(Permit::new(self.held.hold(), candidate.route.clone(), entry))
    }

    /// As `take`, but past a cooldown: a tenth of the provider's rate, at least one a minute, goes through. A good answer
    /// ends the cooldown as a probe's does. One whose cooldown has ended since it was listed is taken as ever.
    ///
    /// # Errors
    /// It was not cooling, is dead, down, ejected or full, or its rate, its tokens or the lane are used up; nothing was
    /// taken.
    pub fn take_in_emergency(&self, candidate: &Candidate) -> Result<Permit, Unavailable> {
        if candidate.health != Health::Cooling {
            return Err(Unavailable::NotCooling);
        }
        let need = Need { model: &candidate.canonical, tokens: LANE_TOKENS };
        let entry = candidate.endpoint.enter_in_emergency(need, self.now(), &self.shared.config.load())?;
        Ok(Permit::new(self.held.hold(), candidate.route.clone(), entry))
    }

    /// When the first candidate can serve again: zero if one can now. If only the operator can change that (all are
    /// dead, or none serves the model) it is the longest cooldown.
    #[must_use]
    pub fn earliest(&self, wanted: Wanted<'_>) -> Duration {
        let (index, now, config) = (self.shared.index(), self.now(), self.shared.config.load());
        let opens = index.routes(wanted.model, wanted.apis).filter_map(|route| {
            let need = Need { model: &route.canonical, tokens: wanted.tokens };
            route.endpoint.opens_in(need, now, &config)
        });
        opens.min().unwrap_or(config.cooldown_max)
    }

    /// How long until this one can serve a request that will probably use so much, as far as it is known; none if only
    /// the operator can change that.
    #[must_use]
    pub fn opens_in(&self, candidate: &Candidate, tokens: Tokens) -> Option<Duration> {
        let need = Need { model: &candidate.canonical, tokens };
        candidate.endpoint.opens_in(need, self.now(), &self.shared.config.load())
    }

    /// Ends when somebody may be available again before the time that [`Pool::earliest`] has told: a cooldown was
    /// cleared, a probe went well, a place is free, definitions or numbers have changed. It counts from the call, not from
    /// the first poll: call it, look at the candidates, then wait for it. It may end for a provider that is of no use.
    pub fn returned(&self) -> impl Future<Output = ()> + Send + '_ {
        self.shared.returned.notified()
    }

    /// All providers, disabled ones too, by tier and name.
    #[must_use]
    pub fn status(&self) -> Vec<EndpointStatus> {
        let (index, now, config) = (self.shared.index(), self.now(), self.shared.config.load());
        index.endpoints().iter().map(|endpoint| EndpointStatus::of(endpoint, now, &config)).collect()
    }

    fn now(&self) -> Now {
        self.shared.now()
    }

    fn keeper(&self) -> &dyn Keeper {
        self.shared.keeper()
    }

    fn wake(&self) {
        self.shared.wake();
    }

    fn with(&self, name: &ProviderName, act: impl FnOnce(&Endpoint) -> bool) -> bool {
        let done = self.shared.index().named(name).is_some_and(|endpoint| act(endpoint));
        self.wake();
        done
    }
}

impl Shared {
    pub(crate) fn config(&self) -> Arc<PoolConfig> {
        self.config.load_full()
    }

    pub(crate) fn now(&self) -> Now {
        Now::read(&*self.clock)
    }

    pub(crate) fn monotonic(&self) -> Monotonic {
        self.clock.monotonic()
    }

    pub(crate) fn keeper(&self) -> &dyn Keeper {
        &*self.keeper
    }

    pub(crate) fn wake(&self) {
        self.returned.notify_waiters();
    }

    fn index(&self) -> Handle<Index> {
        self.index.load().hold()
    }

    fn set_index(&self, index: Index) {
        self.index.store(Arc::new(Handles::new(index)));
    }
}

#[cfg(test)]
mod tests;
