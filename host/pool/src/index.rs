//! Which endpoints serve a model: built once for each change of the definitions, then only read.

use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;
use patchbay_types::{Handle, ProviderId, ProviderName};

use crate::endpoint::Endpoint;
use crate::route::Route;
use crate::{Api, Spread, VirtualModel};

/// Clients choose names to look for, but none that are put in: a hash that is only fast will do.
type Places = HashMap<Arc<str>, Vec<usize>, RandomState>;
type Aliases = HashMap<Arc<str>, Spread, RandomState>;

/// Holds a route, and with it all that were defined together.
#[derive(Clone)]
pub struct RouteHandle {
    index: Handle<Index>,
    place: usize,
}

#[derive(Default)]
pub(crate) struct Index {
    /// All, also disabled ones, by tier and name.
    endpoints: Vec<Arc<Endpoint>>,
    /// Whatever stands below is a place in here.
    routes: Vec<Route>,
    /// By the name that is asked for, of enabled ones, in the same order.
    by_name: Places,
    /// Of requests that name no model: one for each enabled endpoint, in the same order.
    any: Vec<usize>,
    /// Those names that are aliases.
    aliases: Aliases,
    /// As they were given, to build the next index from.
    virtuals: Arc<[VirtualModel]>,
}

impl Index {
    pub(crate) fn new(mut endpoints: Vec<Arc<Endpoint>>, virtuals: Arc<[VirtualModel]>) -> Self {
        endpoints.sort_by(|a, b| (a.tier, &a.provider.name).cmp(&(b.tier, &b.provider.name)));
        let enabled = || endpoints.iter().filter(|endpoint| endpoint.provider.enabled);
        let mut routes: Vec<Route> = enabled().map(Route::of_any).collect();
        let any = (0..routes.len()).collect();
        let mut by_name = Places::default();
        for (endpoint, (name, model)) in
            enabled().flat_map(|endpoint| endpoint.provider.models.iter().map(move |model| (endpoint, model)))
        {
            let known = by_name.get_key_value(name.as_str()).map(|(known, _)| Arc::clone(known));
            let name = known.unwrap_or_else(|| name.as_str().into());
            by_name.entry(Arc::clone(&name)).or_default().push(routes.len());
            routes.push(Route::of_model(endpoint, name, model));
        }
        let mut index = Self { endpoints, routes, by_name, any, aliases: Aliases::default(), virtuals };
        index.add_aliases();
        index
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
        self.by_name.contains_key(model)
    }

    /// Those whose provider speaks one of `apis`. No name: all providers.
    pub(crate) fn routes<'a>(&'a self, model: &str, apis: &'a [Api]) -> impl Iterator<Item = &'a Route> {
        self.places(model, apis).map(|place| &self.routes[place])
    }

    fn places<'a>(&'a self, model: &str, apis: &'a [Api]) -> impl Iterator<Item = usize> + use<'a> {
        let all = match model {
            "" => &*self.any,
            model => self.by_name.get(model).map_or(&[][..], Vec::as_slice),
        };
        all.iter().copied().filter(|place| apis.contains(&self.routes[*place].api()))
    }

    pub(crate) fn spread(&self, model: &str) -> Option<Spread> {
        self.aliases.get(model).copied()
    }

    pub(crate) fn models(&self) -> Vec<String> {
        let mut models: Vec<String> = self.by_name.keys().map(ToString::to_string).collect();
        models.sort_unstable();
        models
    }

    /// Those that an ejection would leave fewer of: enabled, of the same pool.
    pub(crate) fn peers<'a>(&'a self, of: &'a Endpoint) -> impl Iterator<Item = &'a Arc<Endpoint>> {
        self.endpoints.iter().filter(|peer| peer.provider.enabled && peer.pool == of.pool)
    }
}

/// The routes of this model, as [`Index::routes`], to be held.
pub(crate) fn handles<'a>(
    index: &'a Handle<Index>,
    model: &str,
    apis: &'a [Api],
) -> impl Iterator<Item = RouteHandle> + use<'a> {
    index.places(model, apis).map(|place| RouteHandle { index: index.clone(), place })
}

impl Deref for RouteHandle {
    type Target = Route;

    fn deref(&self) -> &Route {
        &self.index.routes[self.place]
    }
}

impl Index {
    /// Those that have a target. The name of a model stays the model's.
    fn add_aliases(&mut self) {
        for alias in &*Arc::clone(&self.virtuals) {
            let name: Arc<str> = alias.name.as_str().into();
            let targets = self.targets(alias, &name);
            if self.by_name.contains_key(&name) {
                tracing::warn!(
                    alias = alias.name,
                    "a provider has a model of this name: the alias is passed over"
                );
            } else if !targets.is_empty() {
                let first = self.routes.len();
                self.routes.extend(targets);
                self.by_name.insert(Arc::clone(&name), (first..self.routes.len()).collect());
                self.aliases.insert(name, alias.spread);
            }
        }
    }

    /// By tier and name, as all routes are.
    fn targets(&self, alias: &VirtualModel, name: &Arc<str>) -> Vec<Route> {
        let found = alias.targets.iter().filter_map(|target| {
            let mut served =
                self.by_name.get(target.model.as_str())?.iter().map(|place| &self.routes[*place]);
            // An alias is no target of another: what it stands for has another canonical name.
            let is_it = |route: &&Route| *route.provider() == target.provider && route.weight.is_none();
            Some(served.find(is_it)?.under(name, target.weight))
        });
        let mut found: Vec<Route> = found.collect();
        found.sort_by(|a, b| (a.tier, a.provider(), &a.canonical).cmp(&(b.tier, b.provider(), &b.canonical)));
        found
    }
}

/// The pools' places: the operator's order first, then all others alphabetically.
pub(crate) fn tiers<'a>(order: &'a [String], pools: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let others: BTreeSet<&str> = pools.filter(|pool| order.iter().all(|known| known != pool)).collect();
    order.iter().map(String::as_str).chain(others).zip(0..).collect()
}
