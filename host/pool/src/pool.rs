//! All endpoints: who serves a model, who may be used, what must last. It must not know how a connection is made.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use patchbay_types::{Clock, ProviderId, ProviderName};
use rustls::ClientConfig;

use crate::candidate::Candidate;
use crate::client::{Client, tls, tls_without_roots};
use crate::condition::{Cooling, Now};
use crate::endpoint::{Credential, Endpoint, Runtime};
use crate::index::{Index, tiers};
use crate::{
    BaseUrl, BucketFill, Change, Cooldown, Definition, EndpointStatus, Keeper, Permit, PoolConfig,
    Unavailable,
};

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: ArcSwap<PoolConfig>,
    clock: Arc<dyn Clock>,
    keeper: Arc<dyn Keeper>,
    index: ArcSwap<Index>,
    /// Changes of the index and ejections, one at a time: both count endpoints. Taken before an endpoint's lock.
    changing: Mutex<()>,
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
            index: ArcSwap::default(),
            changing: Mutex::new(()),
            tls: OnceLock::new(),
            plain: tls_without_roots(),
        };
        Self { shared: Arc::new(shared) }
    }

    #[must_use]
    pub fn config(&self) -> Arc<PoolConfig> {
        self.shared.config.load_full()
    }

    /// The next requests obey `config`. Those in flight end on the connections that they have.
    pub fn reconfigure(&self, config: PoolConfig) {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.shared.config.swap(Arc::new(config));
        let (new, index) = (self.config(), self.shared.index.load());
        let connects =
            |config: &PoolConfig| (config.connect_timeout, config.idle_connections_max, config.idle_timeout);
        let same_connections = connects(&old) == connects(&new);
        let tiers = tiers(&new.order, index.endpoints().iter().map(|endpoint| &*endpoint.provider.pool));
        let again = |endpoint: &Arc<Endpoint>| {
            let tier = tiers.get(&*endpoint.provider.pool).copied().unwrap_or(u32::MAX);
            let client = match same_connections {
                true => endpoint.client.clone(),
                false => self.client(&endpoint.provider.base_url),
            };
            Arc::new(endpoint.again(tier, client))
        };
        let endpoints = index.endpoints().iter().map(again).collect();
        self.shared.index.store(Arc::new(Index::new(endpoints)));
    }

    /// Replaces all definitions at once. Requests in flight end on the old ones. How an endpoint fares is kept for an
    /// id that stays; another base URL or credential ends its death and its ejection.
    pub fn set(&self, definitions: Vec<Definition>) {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, config) = (self.shared.index.load_full(), self.config());
        let tiers =
            tiers(&config.order, definitions.iter().map(|definition| &*definition.provider.pool));
        let endpoints: Vec<Arc<Endpoint>> = definitions
            .iter()
            .map(|definition| {
                let tier = tiers.get(&*definition.provider.pool).copied().unwrap_or(u32::MAX);
                Arc::new(self.endpoint(definition, tier, old.find(&definition.provider.id)))
            })
            .collect();
        let stays = |id: &ProviderId| endpoints.iter().any(|endpoint| endpoint.provider.id == *id);
        for removed in old.endpoints().iter().filter(|endpoint| !stays(&endpoint.provider.id)) {
            removed.runtime.lock().active = false;
        }
        self.shared.index.store(Arc::new(Index::new(endpoints)));
    }

    /// At start, after the first `set`: cooldowns and fills of an earlier process. Unknown providers are passed over.
    /// A cooldown whose time is up still keeps its count, and asks for a probe.
    pub fn restore(&self, cooldowns: Vec<Cooldown>, buckets: Vec<BucketFill>) {
        let (index, now) = (self.shared.index.load(), self.now());
        for cooldown in &cooldowns {
            if let Some(endpoint) = index.find(&cooldown.provider) {
                endpoint.runtime.lock().condition.restore(Cooling::restored(cooldown));
            }
        }
        for fill in &buckets {
            if let Some(endpoint) = index.find(&fill.provider) {
                let ago = now.wall.since(fill.at);
                endpoint.runtime.lock().bucket.restore(fill.used, ago, now.monotonic);
            }
        }
    }

    /// Those that run now.
    #[must_use]
    pub fn cooldowns(&self) -> Vec<Cooldown> {
        let (index, now) = (self.shared.index.load(), self.now());
        let running = |endpoint: &Arc<Endpoint>| -> Vec<Cooldown> {
            let state = endpoint.runtime.lock();
            let cooling = state.condition.coolings().iter().filter(|cooling| cooling.until > now.wall);
            cooling.map(|cooling| endpoint.cooldown(cooling)).collect()
        };
        index.endpoints().iter().flat_map(running).collect()
    }

    /// How much of each minute is used, for a coarse copy that a restart reads.
    #[must_use]
    pub fn buckets(&self) -> Vec<BucketFill> {
        let (index, now) = (self.shared.index.load(), self.now());
        let fill = |endpoint: &Arc<Endpoint>| BucketFill {
            provider: endpoint.provider.id.clone(),
            used: endpoint.runtime.lock().bucket.used(now.monotonic),
            at: now.wall,
        };
        index.endpoints().iter().map(fill).collect()
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

    /// Canonical names of all enabled providers' models, sorted.
    #[must_use]
    pub fn models(&self) -> Vec<String> {
        self.shared.index.load().models()
    }

    #[must_use]
    pub fn serves(&self, model: &str) -> bool {
        !self.shared.index.load().routes(model).is_empty()
    }

    /// All enabled providers of a model, by tier and name; those in `tried` are there but not available.
    #[must_use]
    pub fn candidates(&self, model: &str, tried: &[ProviderId]) -> Vec<Candidate> {
        let (index, now) = (self.shared.index.load(), self.now());
        index.routes(model).iter().map(|route| Candidate::of(route, tried, now)).collect()
    }

    /// Looks at the endpoint again, and takes one token of its bucket.
    ///
    /// # Errors
    /// Why it cannot be used now; nothing was taken.
    pub fn take(&self, candidate: &Candidate) -> Result<Permit, Unavailable> {
        let ticket = candidate.endpoint.enter(&candidate.model, self.now())?;
        Ok(Permit::new(self.clone(), candidate, ticket))
    }

    /// When the first candidate can serve again: zero if one can now. If only the operator can change that (all are
    /// dead, or none serves the model) it is the longest cooldown.
    #[must_use]
    pub fn earliest(&self, model: &str) -> Duration {
        let (index, now) = (self.shared.index.load(), self.now());
        let opens = index.routes(model).iter().filter_map(|route| route.endpoint.opens_in(model, now));
        opens.min().unwrap_or(self.config().cooldown_max)
    }

    /// All providers, disabled ones too, by tier and name.
    #[must_use]
    pub fn status(&self) -> Vec<EndpointStatus> {
        let (index, now) = (self.shared.index.load(), self.now());
        index.endpoints().iter().map(|endpoint| EndpointStatus::of(endpoint, now)).collect()
    }

    pub(crate) fn now(&self) -> Now {
        Now::read(&*self.shared.clock)
    }

    pub(crate) fn keeper(&self) -> &dyn Keeper {
        &*self.shared.keeper
    }

    /// Ejects, unless too many of its pool are out already.
    pub(crate) fn eject(&self, endpoint: &Endpoint, now: Now) {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let index = self.shared.index.load();
        let (mut alive, mut out) = (0_usize, 0_usize);
        for peer in index.peers(endpoint) {
            let state = peer.runtime.lock();
            alive += usize::from(peer.death(&state).is_none());
            out += usize::from(peer.death(&state).is_none() && state.condition.is_ejected());
        }
        let mut state = endpoint.runtime.lock();
        let current = state.edition == endpoint.edition && !state.condition.is_ejected();
        if !current || !state.condition.past_threshold(now, &self.config()) {
            return;
        }
        match out < ejectable(alive, self.config().eject_share_max) {
            true => {
                state.condition.eject(now, &self.config());
                tracing::warn!(provider = %endpoint.provider.name, "provider ejected after failures");
            }
            false => {
                tracing::debug!(provider = %endpoint.provider.name, "provider fails, but too few are left to eject it");
            }
        }
    }

    fn with(&self, name: &ProviderName, act: impl FnOnce(&Endpoint) -> bool) -> bool {
        let index = self.shared.index.load();
        index
            .endpoints()
            .iter()
            .find(|endpoint| endpoint.provider.name == *name)
            .is_some_and(|endpoint| act(endpoint))
    }

    fn endpoint(&self, definition: &Definition, tier: u32, old: Option<&Arc<Endpoint>>) -> Endpoint {
        let provider = definition.provider.clone();
        let credential = Credential::of(definition);
        let same_url = old.filter(|old| old.provider.base_url == provider.base_url);
        let renewed = same_url.is_none_or(|old| old.credential != credential);
        let re_enabled = old.is_some_and(|old| !old.provider.enabled) && provider.enabled;
        let runtime =
            old.map_or_else(|| Arc::new(Runtime::new(provider.rpm)), |old| Arc::clone(&old.runtime));
        let client = same_url.map_or_else(|| self.client(&provider.base_url), |old| old.client.clone());
        let now = self.now();
        let mut state = runtime.lock();
        if renewed {
            state.edition += 1;
            state.condition.renew();
        } else if re_enabled {
            state.condition.revive(now);
        }
        state.active = provider.enabled;
        state.bucket.set_rpm(provider.rpm, now.monotonic);
        state.condition.forget_models(|model| provider.models.contains_key(model));
        let edition = state.edition;
        drop(state);
        Endpoint { pool: provider.pool.as_str().into(), provider, tier, edition, client, credential, runtime }
    }

    fn client(&self, base_url: &BaseUrl) -> Client {
        let tls = match base_url.is_tls() {
            true => self.shared.tls.get_or_init(tls),
            false => &self.shared.plain,
        };
        Client::new(base_url, Arc::clone(tls), &self.config())
    }
}

/// How many of a pool's living endpoints may be out at a time.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small, not negative"
)]
fn ejectable(alive: usize, share_max: f64) -> usize {
    ((alive as f64 * share_max.clamp(0.0, 1.0)) as usize).min(alive.saturating_sub(1))
}

#[cfg(test)]
mod tests;
