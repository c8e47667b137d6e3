//! Which endpoints serve a model: built once for each change of the definitions, then only read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use patchbay_types::{ProviderId, ProviderName};

use crate::endpoint::Endpoint;
use crate::route::Route;
use crate::{Api, Spread, VirtualModel};

/// Clients choose names to look for, but none that are put in: a hash that is only fast will do.
type Routes = HashMap<Arc<str>, Vec<Arc<Route>>, RandomState>;
type Aliases = HashMap<Arc<str>, Spread, RandomState>;

#[derive(Default)]
pub(crate) struct Index {
    /// All, also disabled ones, by tier and name.
    endpoints: Vec<Arc<Endpoint>>,
    /// By the name that is asked for, of enabled ones, in the same order.
    routes: Routes,
    /// Of requests that name no model: one for each enabled endpoint, in the same order.
    any: Vec<Arc<Route>>,
    /// Those names that are aliases.
    aliases: Aliases,
    /// As they were given, to build the next index from.
    virtuals: Arc<[VirtualModel]>,
}

impl Index {
    pub(crate) fn new(mut endpoints: Vec<Arc<Endpoint>>, virtuals: Arc<[VirtualModel]>) -> Self {
        endpoints.sort_by(|a, b| (a.tier, &a.provider.name).cmp(&(b.tier, &b.provider.name)));
        let enabled = || endpoints.iter().filter(|endpoint| endpoint.provider.enabled);
        let any = enabled().map(|endpoint| Arc::new(Route::of_any(endpoint))).collect();
        let mut routes: Routes = Routes::default();
        for (endpoint, (name, model)) in
            enabled().flat_map(|endpoint| endpoint.provider.models.iter().map(move |model| (endpoint, model)))
        {
            let known = routes.get_key_value(name.as_str()).map(|(known, _)| Arc::clone(known));
            let name = known.unwrap_or_else(|| name.as_str().into());
            let route = Route::of_model(endpoint, Arc::clone(&name), model);
            routes.entry(name).or_default().push(Arc::new(route));
        }
        let aliases = with_aliases(&mut routes, &virtuals);
        Self { endpoints, routes, any, aliases, virtuals }
    }

    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    pub(crate) fn virtuals(&self) -> &Arc<[VirtualModel]> {
        &self.virtuals
    }

    pub(crate) fn find(&self, id: &ProviderId) -> Option<&Arc<Endpoint>> {
        self.endpoints.iter().find(|endpoint| endpoint.provider.id == *id)
    }

    pub(crate) fn named(&self, name: &ProviderName) -> Option<&Arc<Endpoint>> {
        self.endpoints.iter().find(|endpoint| endpoint.provider.name == *name)
    }

    pub(crate) fn serves(&self, model: &str) -> bool {
        self.routes.contains_key(model)
    }

    /// Those whose provider speaks one of `apis`. No name: all providers.
    pub(crate) fn routes<'a>(&'a self, model: &str, apis: &'a [Api]) -> impl Iterator<Item = &'a Arc<Route>> {
        let all = match model {
            "" => &*self.any,
            model => self.routes.get(model).map_or(&[][..], Vec::as_slice),
        };
        all.iter().filter(|route| apis.contains(&route.api()))
    }

    pub(crate) fn spread(&self, model: &str) -> Option<Spread> {
        self.aliases.get(model).copied()
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

/// Adds the aliases that have a target. The name of a model stays the model's.
fn with_aliases(routes: &mut Routes, virtuals: &[VirtualModel]) -> Aliases {
    let mut aliases = HashMap::default();
    for alias in virtuals {
        let name: Arc<str> = alias.name.as_str().into();
        let targets = targets(routes, alias, &name);
        if routes.contains_key(&name) {
            tracing::warn!(
                alias = alias.name,
                "a provider has a model of this name: the alias is passed over"
            );
        } else if !targets.is_empty() {
            routes.insert(Arc::clone(&name), targets);
            aliases.insert(name, alias.spread);
        }
    }
    aliases
}

/// By tier and name, as all routes are.
fn targets(routes: &Routes, alias: &VirtualModel, name: &Arc<str>) -> Vec<Arc<Route>> {
    let found = alias.targets.iter().filter_map(|target| {
        let served = routes.get(target.model.as_str())?;
        // An alias is no target of another: what it stands for has another canonical name.
        let is_it = |route: &&Arc<Route>| *route.provider() == target.provider && route.weight.is_none();
        Some(Arc::new(served.iter().find(is_it)?.under(name, target.weight)))
    });
    let mut found: Vec<Arc<Route>> = found.collect();
    found.sort_by(|a, b| (a.tier, a.provider(), &a.canonical).cmp(&(b.tier, b.provider(), &b.canonical)));
    found
}

/// The pools' places: the operator's order first, then all others alphabetically.
pub(crate) fn tiers<'a>(order: &'a [String], pools: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let others: BTreeSet<&str> = pools.filter(|pool| order.iter().all(|known| known != pool)).collect();
    order.iter().map(String::as_str).chain(others).zip(0..).collect()
}
