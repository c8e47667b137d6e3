//! What the operator changes: definitions, aliases, numbers. Each change makes a new index; how an endpoint fares goes over
//! into it.

use std::sync::{Arc, PoisonError};

use patchbay_types::ProviderId;

use super::Pool;
use crate::client::{Client, Settings, tls};
use crate::endpoint::{Credential, Endpoint, Runtime, State};
use crate::index::{Index, tiers};
use crate::{BaseUrl, Definition, PoolConfig, Provider, VirtualModel};

/// Where an endpoint stands, and what it is told by the pool.
struct Place<'a> {
    tier: u32,
    config: &'a PoolConfig,
}

impl Pool {
    /// Replaces all definitions and aliases at once. Requests in flight end on the old ones. How an endpoint fares is kept
    /// for an id that stays; another base URL, API or credential ends its ejection, and its death by a probe.
    pub fn set(&self, definitions: Vec<Definition>, virtuals: Vec<VirtualModel>) {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, config) = (self.shared.index(), self.config());
        let pools = definitions.iter().map(|definition| &*definition.provider.pool);
        let tiers = tiers(&config.order, pools);
        let defined = definitions.iter().map(|definition| {
            let tier = tiers.get(&*definition.provider.pool).copied().unwrap_or(u32::MAX);
            let old = old.find(&definition.provider.id);
            Arc::new(self.defined(definition, old, &Place { tier, config: &config }))
        });
        let endpoints: Vec<Arc<Endpoint>> = defined.collect();
        let stays = |id: &ProviderId| endpoints.iter().any(|endpoint| endpoint.provider.id == *id);
        for removed in old.endpoints().iter().filter(|endpoint| !stays(&endpoint.provider.id)) {
            removed.runtime.lock().active = false;
        }
        self.shared.set_index(Index::new(endpoints, virtuals.into()));
        self.wake();
    }

    /// Replaces the numbers: they hold from the next request on. Requests in flight keep their connections; another way
    /// to connect, or to keep idle connections, begins with new ones.
    pub fn reconfigure(&self, config: PoolConfig) {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, config) = (self.shared.index(), Arc::new(config));
        self.shared.config.store(Arc::clone(&config));
        let tiers = tiers(&config.order, old.endpoints().iter().map(|endpoint| &*endpoint.pool));
        let placed = old.endpoints().iter().map(|endpoint| {
            let tier = tiers.get(&*endpoint.pool).copied().unwrap_or(u32::MAX);
            Arc::new(self.placed(endpoint, &Place { tier, config: &config }))
        });
        self.shared.set_index(Index::new(placed.collect(), Arc::clone(old.virtuals())));
        self.shared.reconfigured.notify_waiters();
        self.wake();
    }

    fn defined(&self, definition: &Definition, old: Option<&Arc<Endpoint>>, place: &Place<'_>) -> Endpoint {
        let provider = Arc::new(definition.provider.clone());
        let credential = Credential::of(definition);
        let same_url = old.filter(|old| old.provider.base_url == provider.base_url);
        let same = same_url.filter(|old| old.credential == credential);
        let re_enabled = old.is_some_and(|old| !old.provider.enabled) && provider.enabled;
        let runtime =
            old.map_or_else(|| Arc::new(Runtime::new(provider.rpm)), |old| Arc::clone(&old.runtime));
        let mut state = runtime.lock();
        if same.is_none() {
            self.renew(&mut state);
        } else if re_enabled {
            state.condition.revive(self.now());
        }
        self.define(&mut state, &provider);
        let edition = state.edition;
        drop(state);
        let settings = settings(&provider, place);
        let kept = same_url.map(|old| &old.client).filter(|client| client.settings() == settings);
        let client = kept.cloned().unwrap_or_else(|| self.client(&provider.base_url, settings));
        let endpoint = Endpoint {
            pool: provider.pool.as_str().into(),
            tier: place.tier,
            edition,
            deadlines: provider.timeouts.over(place.config),
            client,
            credential,
            runtime,
            provider,
        };
        endpoint.forget_probes_if_off(place.config);
        endpoint
    }

    fn placed(&self, old: &Endpoint, place: &Place<'_>) -> Endpoint {
        let settings = settings(&old.provider, place);
        let endpoint = Endpoint {
            provider: Arc::clone(&old.provider),
            pool: Arc::clone(&old.pool),
            tier: place.tier,
            edition: old.edition,
            deadlines: old.provider.timeouts.over(place.config),
            client: match old.client.settings() == settings {
                true => old.client.clone(),
                false => self.client(&old.provider.base_url, settings),
            },
            credential: old.credential.clone(),
            runtime: Arc::clone(&old.runtime),
        };
        endpoint.forget_probes_if_off(place.config);
        endpoint
    }

    /// Another address or credential: what was learned of the old one is void.
    fn renew(&self, state: &mut State) {
        state.edition += 1;
        state.condition.renew(self.now());
        state.pulse = Default::default();
    }

    fn define(&self, state: &mut State, provider: &Provider) {
        state.active = provider.enabled;
        state.set_limits(provider.rpm, provider.tpm, self.now().monotonic);
        state.condition.forget_models(|model| provider.models.contains_key(model));
    }

    fn client(&self, base_url: &BaseUrl, settings: Settings) -> Client {
        let tls = match base_url.is_tls() {
            true => self.shared.tls.get_or_init(tls),
            false => &self.shared.plain,
        };
        Client::new(base_url, Arc::clone(tls), settings)
    }
}

impl Endpoint {
    /// Without probes nothing would end what the last ones have found.
    fn forget_probes_if_off(&self, config: &PoolConfig) {
        if !self.is_probed(config) {
            self.runtime.lock().pulse = Default::default();
        }
    }
}

fn settings(provider: &Provider, place: &Place<'_>) -> Settings {
    Settings::new(provider.timeouts.over(place.config).connect, place.config)
}
