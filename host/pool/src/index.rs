//! Which endpoints serve a model: built once for each change of the definitions, then only read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use patchbay_types::{NanoUsdPerMillion, ProviderId};

use crate::endpoint::Endpoint;

#[derive(Default)]
pub(crate) struct Index {
    /// All, also disabled ones, by tier and name.
    endpoints: Vec<Arc<Endpoint>>,
    /// By canonical name, of enabled ones, in the same order.
    routes: HashMap<Arc<str>, Vec<Route>>,
}

/// A model at an endpoint.
pub(crate) struct Route {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) model: Arc<str>,
    pub(crate) native_id: Arc<str>,
    pub(crate) input_price: Option<NanoUsdPerMillion>,
    pub(crate) output_price: Option<NanoUsdPerMillion>,
    pub(crate) cached_price: Option<NanoUsdPerMillion>,
}

impl Index {
    pub(crate) fn new(mut endpoints: Vec<Arc<Endpoint>>) -> Self {
        endpoints.sort_by(|a, b| (a.tier, &a.provider.name).cmp(&(b.tier, &b.provider.name)));
        let mut routes: HashMap<Arc<str>, Vec<Route>> = HashMap::new();
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.provider.enabled) {
            for (name, model) in &endpoint.provider.models {
                let name: Arc<str> = routes
                    .get_key_value(name.as_str())
                    .map_or_else(|| name.as_str().into(), |(key, _)| Arc::clone(key));
                let route = Route {
                    endpoint: Arc::clone(endpoint),
                    model: Arc::clone(&name),
                    native_id: model.native_id.as_str().into(),
                    input_price: model.input_price,
                    output_price: model.output_price,
                    cached_price: model.cached_price,
                };
                routes.entry(name).or_default().push(route);
            }
        }
        Self { endpoints, routes }
    }

    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    pub(crate) fn find(&self, id: &ProviderId) -> Option<&Arc<Endpoint>> {
        self.endpoints.iter().find(|endpoint| endpoint.provider.id == *id)
    }

    pub(crate) fn routes(&self, model: &str) -> &[Route] {
        self.routes.get(model).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn models(&self) -> Vec<String> {
        let mut models: Vec<String> = self.routes.keys().map(ToString::to_string).collect();
        models.sort_unstable();
        models
    }

    /// Those that an ejection would leave fewer of: enabled, of the same pool.
    pub(crate) fn peers<'a>(&'a self, of: &'a Endpoint) -> impl Iterator<Item = &'a Arc<Endpoint>> {
        self.endpoints.iter().filter(|peer| peer.provider.enabled && peer.pool == of.pool)
    }
}

/// The pools' places: the operator's order first, then all others alphabetically.
pub(crate) fn tiers<'a>(order: &'a [String], pools: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let others: BTreeSet<&str> = pools.filter(|pool| order.iter().all(|known| known != pool)).collect();
    order.iter().map(String::as_str).chain(others).zip(0..).collect()
}
