//! The models of a provider, as the operator changes them.

use std::collections::BTreeMap;

use patchbay_pool::{Model, Provider};
use patchbay_types::NanoUsdPerMillion;

use super::price_text;
use crate::OperatorError;
use crate::api::{ModelSpec, ModelView, PatchProvider, PriceSpec};

/// Removed first, then added and changed, then those changed that have to be there.
pub(super) fn patch(provider: &mut Provider, patch: &PatchProvider) -> Result<(), OperatorError> {
    for model in &patch.remove_models {
        let gone = provider.models.remove(model);
        gone.ok_or_else(|| unknown_model(provider, model, "remove_models"))?;
    }
    merge(&mut provider.models, "models", &patch.models)?;
    require(provider, patch.prices.keys(), "prices")?;
    require(provider, patch.change_models.keys(), "change_models")?;
    for (name, spec) in &patch.prices {
        provider.models.get_mut(name).map_or(Ok(()), |model| reprice(model, name, spec))?;
    }
    merge(&mut provider.models, "change_models", &patch.change_models)
}

/// Of a model that is there, only what is given is replaced.
pub(super) fn merge(
    models: &mut BTreeMap<String, Model>,
    field: &str,
    specs: &BTreeMap<String, ModelSpec>,
) -> Result<(), OperatorError> {
    for (name, spec) in specs {
        let model = models.entry(name.clone()).or_insert_with(|| Model::new(name));
        change(model, spec, &format!("{field}.{name}"))?;
    }
    Ok(())
}

pub(crate) fn model_view(model: &Model) -> ModelView {
    ModelView {
        native_id: model.native_id.clone(),
        input_price: model.input_price.map(price_text),
        output_price: model.output_price.map(price_text),
        cached_price: model.cached_price.map(price_text),
        cache_write_price: model.cache_write_price.map(price_text),
        reasoning: model.reasoning,
        reasoning_effort: model.reasoning_effort.clone(),
        input_modalities: model.input_modalities.clone(),
        context_window: model.context_window,
        max_tokens: model.max_tokens,
        compat: model.compat.clone(),
    }
}

fn change(model: &mut Model, spec: &ModelSpec, field: &str) -> Result<(), OperatorError> {
    let prices = [
        ("input_price", &spec.input_price, &mut model.input_price),
        ("output_price", &spec.output_price, &mut model.output_price),
        ("cached_price", &spec.cached_price, &mut model.cached_price),
        ("cache_write_price", &spec.cache_write_price, &mut model.cache_write_price),
    ];
    for (name, text, price) in prices {
        if let Some(text) = text {
            *price = Some(parse_price(&format!("{field}.{name}"), text)?);
        }
    }
    put(&mut model.native_id, &spec.native_id);
    put(&mut model.reasoning, &spec.reasoning);
    put(&mut model.reasoning_effort, &spec.reasoning_effort);
    put(&mut model.input_modalities, &spec.input_modalities);
    put(&mut model.context_window, &spec.context_window);
    put(&mut model.max_tokens, &spec.max_tokens);
    put(&mut model.compat, &spec.compat);
    Ok(())
}

fn put<T: Clone>(place: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        given.clone_into(place);
    }
}

fn reprice(model: &mut Model, name: &str, spec: &PriceSpec) -> Result<(), OperatorError> {
    let parse = |field: &str, text: &String| parse_price(&format!("prices.{name}.{field}"), text);
    model.input_price = Some(parse("input_price", &spec.input_price)?);
    model.output_price = Some(parse("output_price", &spec.output_price)?);
    model.cached_price = spec.cached_price.as_ref().map(|text| parse("cached_price", text)).transpose()?;
    let write = spec.cache_write_price.as_ref();
    model.cache_write_price = write.map(|text| parse("cache_write_price", text)).transpose()?;
    Ok(())
}

fn parse_price(field: &str, text: &str) -> Result<NanoUsdPerMillion, OperatorError> {
    text.parse().map_err(|error| OperatorError::field(field, error))
}

fn require<'a>(
    provider: &Provider,
    models: impl Iterator<Item = &'a String>,
    field: &'static str,
) -> Result<(), OperatorError> {
    let missing = { models }.find(|model| !provider.models.contains_key(*model));
    missing.map_or(Ok(()), |model| Err(unknown_model(provider, model, field)))
}

fn unknown_model(provider: &Provider, model: &str, field: &'static str) -> OperatorError {
    let known = provider.models.keys().cloned().collect();
    OperatorError::UnknownModel { name: provider.name.clone(), model: model.to_owned(), known, field }
}
