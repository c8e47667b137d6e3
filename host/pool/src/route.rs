//! A model at an endpoint: all that stays the same from one definition to the next. It must not know how the endpoint
//! fares.

use std::sync::Arc;

use patchbay_types::{NanoUsdPerMillion, ProviderId, ProviderName};

use crate::endpoint::Endpoint;
use crate::{Api, Model, Provider};

/// Of a model that takes more than text, or none of it.
const MODALITIES: &str = "input-modalities";
const TEXT: &str = "text";

/// Made once for each definition and shared by all candidates.
pub struct Route {
    /// The name that is asked for; empty for a request that names no model.
    pub model: Arc<str>,
    /// This provider's canonical model: `model`, or what an alias stands for.
    pub canonical: Arc<str>,
    /// What this provider calls the model.
    pub native_id: Arc<str>,
    /// The pool that the provider belongs to.
    pub pool: Arc<str>,
    /// The pool's place in the order; 0 comes first.
    pub tier: u32,
    /// Of an alias.
    pub weight: Option<u32>,
    pub input_price: Option<NanoUsdPerMillion>,
    pub output_price: Option<NanoUsdPerMillion>,
    pub cached_price: Option<NanoUsdPerMillion>,
    pub cache_write_price: Option<NanoUsdPerMillion>,
    /// What a policy is told beside: `api`, `context-tokens`, `max-tokens`, `input-modalities`, `reasoning`, `weight`,
    /// and the provider's metadata as `meta:NAME`. What is as usual is not there.
    pub attributes: Vec<(String, String)>,
    pub endpoint: Arc<Endpoint>,
}

impl Route {
    pub(crate) fn of_model(endpoint: &Arc<Endpoint>, model: Arc<str>, entry: &Model) -> Self {
        let attributes = about_model(entry).chain(about_provider(&endpoint.provider));
        Self {
            canonical: Arc::clone(&model),
            model,
            native_id: entry.native_id.as_str().into(),
            input_price: entry.input_price,
            output_price: entry.output_price,
            cached_price: entry.cached_price,
            cache_write_price: entry.cache_write_price,
            attributes: attributes.collect(),
            ..Self::of_any(endpoint)
        }
    }

    /// For a request that names no model.
    pub(crate) fn of_any(endpoint: &Arc<Endpoint>) -> Self {
        let none: Arc<str> = "".into();
        Self {
            model: Arc::clone(&none),
            canonical: Arc::clone(&none),
            native_id: none,
            pool: Arc::clone(&endpoint.pool),
            tier: endpoint.tier,
            weight: None,
            input_price: None,
            output_price: None,
            cached_price: None,
            cache_write_price: None,
            attributes: about_provider(&endpoint.provider).collect(),
            endpoint: Arc::clone(endpoint),
        }
    }

    /// The same model under an alias.
    pub(crate) fn under(&self, alias: &Arc<str>, weight: u32) -> Self {
        let attributes = self.attributes.iter().cloned().chain([attribute("weight", weight)]);
        Self {
            model: Arc::clone(alias),
            canonical: Arc::clone(&self.canonical),
            native_id: Arc::clone(&self.native_id),
            pool: Arc::clone(&self.pool),
            weight: Some(weight),
            attributes: attributes.collect(),
            endpoint: Arc::clone(&self.endpoint),
            ..*self
        }
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        &self.endpoint.provider.name
    }

    #[must_use]
    pub fn id(&self) -> &ProviderId {
        &self.endpoint.provider.id
    }

    /// Whether the model takes this kind of input: `text`, `image`.
    #[must_use]
    pub fn takes(&self, modality: &str) -> bool {
        let said = self.attributes.iter().find(|(name, _)| name == MODALITIES);
        said.map_or(modality == TEXT, |(_, taken)| taken.split(',').any(|taken| taken == modality))
    }

    #[must_use]
    pub fn api(&self) -> Api {
        self.endpoint.provider.api
    }
}

/// What the operator said: each word costs each call of a policy something.
fn about_model(model: &Model) -> impl Iterator<Item = (String, String)> {
    let usual = Model::new("");
    let context = attribute("context-tokens", model.context_window);
    let output = attribute("max-tokens", model.max_tokens);
    let modalities = attribute(MODALITIES, model.input_modalities.join(","));
    let said = [
        (model.context_window != usual.context_window).then_some(context),
        (model.max_tokens != usual.max_tokens).then_some(output),
        (model.input_modalities != usual.input_modalities).then_some(modalities),
        model.reasoning.then(|| attribute("reasoning", true)),
    ];
    said.into_iter().flatten()
}

fn about_provider(provider: &Provider) -> impl Iterator<Item = (String, String)> {
    let metadata = provider.metadata.iter().map(|(name, value)| (format!("meta:{name}"), value.clone()));
    let api = (provider.api != Api::default()).then(|| attribute("api", provider.api));
    api.into_iter().chain(metadata)
}

pub(crate) fn attribute(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}
