//! From what the operator said to a provider that is valid, or to the field that is not. It touches nothing.

use std::collections::BTreeMap;

use patchbay_pool::{BaseUrl, Model, Provider, Source};
use patchbay_types::{NanoUsd, NanoUsdPerMillion, ProviderName, Secret, Timestamp};

use crate::OperatorError;
use crate::api::{AddProvider, ModelSpec, ModelView, PatchProvider, PriceSpec};

/// A credential is at most so many bytes.
const CREDENTIAL_BYTES_MAX: usize = 16 * 1024;

/// A new provider.
pub(crate) fn provider(request: AddProvider, now: Timestamp) -> Result<Provider, OperatorError> {
    let name = name(&request.name)?;
    let mut provider = Provider::new(name, url(&request.url)?, request.source.unwrap_or(Source::Cli), now);
    provider.pool = request.pool.unwrap_or(provider.pool);
    provider.rpm = request.rpm.unwrap_or(provider.rpm);
    provider.enabled = request.enabled.unwrap_or(provider.enabled);
    merge(&mut provider.models, &request.models)?;
    provider.check()?;
    Ok(provider)
}

/// The provider as it is to be; what is not given stays. The credential is the caller's to look at.
pub(crate) fn patched(mut provider: Provider, patch: &PatchProvider) -> Result<Provider, OperatorError> {
    if let Some(text) = &patch.url {
        provider.base_url = url(text)?;
    }
    provider.pool = patch.pool.clone().unwrap_or(provider.pool);
    provider.rpm = patch.rpm.unwrap_or(provider.rpm);
    for model in &patch.remove_models {
        let gone = provider.models.remove(model);
        gone.ok_or_else(|| unknown_model(&provider, model, "remove_models"))?;
    }
    merge(&mut provider.models, &patch.models)?;
    for (model, spec) in &patch.prices {
        let missing = unknown_model(&provider, model, "prices");
        reprice(provider.models.get_mut(model).ok_or(missing)?, model, spec)?;
    }
    provider.check()?;
    Ok(provider)
}

/// What can stand in a header as it is. The message does not repeat it.
pub(crate) fn credential(secret: &Secret<String>) -> Result<(), OperatorError> {
    let text = secret.expose();
    let wrong = |message: &str| Err(OperatorError::field("credential", message));
    match text {
        _ if text.is_empty() => wrong("it is empty: expected the provider's key"),
        _ if text.len() > CREDENTIAL_BYTES_MAX => wrong("it has more than 16 KiB: that is no key"),
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            wrong("it holds a space, a line break or a letter that a header cannot: expected the key alone")
        }
        _ => Ok(()),
    }
}

pub(crate) fn name(text: &str) -> Result<ProviderName, OperatorError> {
    text.parse().map_err(|error| OperatorError::field("name", error))
}

/// USD per million tokens.
pub(crate) fn price_text(price: NanoUsdPerMillion) -> String {
    usd_text(NanoUsd(price.0))
}

/// USD without trailing zeros: `2.5`.
pub(crate) fn usd_text(amount: NanoUsd) -> String {
    let text = format!("{}.{:09}", amount.0 / NanoUsd::PER_USD, amount.0 % NanoUsd::PER_USD);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(crate) fn model_view(model: &Model) -> ModelView {
    ModelView {
        native_id: model.native_id.clone(),
        input_price: model.input_price.map(price_text),
        output_price: model.output_price.map(price_text),
        cached_price: model.cached_price.map(price_text),
    }
}

fn url(text: &str) -> Result<BaseUrl, OperatorError> {
    text.parse().map_err(|error| OperatorError::field("url", error))
}

fn merge(
    models: &mut BTreeMap<String, Model>,
    specs: &BTreeMap<String, ModelSpec>,
) -> Result<(), OperatorError> {
    for (name, spec) in specs {
        let new =
            || Model { native_id: name.clone(), input_price: None, output_price: None, cached_price: None };
        let model = models.entry(name.clone()).or_insert_with(new);
        if let Some(native_id) = &spec.native_id {
            native_id.clone_into(&mut model.native_id);
        }
        let prices = [
            ("input_price", &spec.input_price, &mut model.input_price),
            ("output_price", &spec.output_price, &mut model.output_price),
            ("cached_price", &spec.cached_price, &mut model.cached_price),
        ];
        for (field, text, price) in prices {
            if let Some(text) = text {
                *price = Some(parse_price(&format!("models.{name}.{field}"), text)?);
            }
        }
    }
    Ok(())
}

fn reprice(model: &mut Model, name: &str, spec: &PriceSpec) -> Result<(), OperatorError> {
    let parse = |field: &str, text: &String| parse_price(&format!("prices.{name}.{field}"), text);
    model.input_price = Some(parse("input_price", &spec.input_price)?);
    model.output_price = Some(parse("output_price", &spec.output_price)?);
    model.cached_price = spec.cached_price.as_ref().map(|text| parse("cached_price", text)).transpose()?;
    Ok(())
}

fn parse_price(field: &str, text: &str) -> Result<NanoUsdPerMillion, OperatorError> {
    text.parse().map_err(|error| OperatorError::field(field, error))
}

fn unknown_model(provider: &Provider, model: &str, field: &'static str) -> OperatorError {
    let known = provider.models.keys().cloned().collect();
    OperatorError::UnknownModel { name: provider.name.clone(), model: model.to_owned(), known, field }
}

#[cfg(test)]
mod tests;
