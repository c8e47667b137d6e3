//! From what the operator said to a provider that is valid, or to the field that is not. It touches nothing.

mod alias;
mod key;
mod model;

use std::time::Duration;

use patchbay_pool::{BaseUrl, Provider, Source, Timeouts};
use patchbay_types::{NanoUsd, NanoUsdPerMillion, ProviderName, Secret, Timestamp};

use crate::OperatorError;
use crate::api::{AddProvider, PatchProvider, PatchTimeouts};

pub(crate) use alias::alias;
pub(crate) use key::{limits, limits_view, models};
pub(crate) use model::model_view;

/// A credential is at most so many bytes.
const CREDENTIAL_BYTES_MAX: usize = 16 * 1024;

/// A new provider.
pub(crate) fn provider(request: AddProvider, now: Timestamp) -> Result<Provider, OperatorError> {
    let name = name(&request.name)?;
    let mut provider = Provider::new(name, url(&request.url)?, request.source.unwrap_or(Source::Cli), now);
    provider.pool = request.pool.unwrap_or(provider.pool);
    provider.rpm = request.rpm.unwrap_or(provider.rpm);
    provider.enabled = request.enabled.unwrap_or(provider.enabled);
    provider.label = request.label;
    provider.api = request.api.unwrap_or_default();
    (provider.tpm, provider.max_in_flight) = (request.tpm, request.max_in_flight);
    (provider.timeouts, provider.health_path) = (request.timeouts, request.health_path);
    provider.keep_native_model = request.keep_native_model.unwrap_or_default();
    provider.no_usage_option = request.no_usage_option.unwrap_or_default();
    provider.metadata = request.metadata;
    model::merge(&mut provider.models, "models", &request.models)?;
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
    provider.label = patch.label.clone().unwrap_or(provider.label);
    provider.api = patch.api.unwrap_or(provider.api);
    provider.tpm = patch.tpm.unwrap_or(provider.tpm);
    provider.max_in_flight = patch.max_in_flight.unwrap_or(provider.max_in_flight);
    provider.timeouts = timeouts(provider.timeouts, patch.timeouts);
    provider.health_path = patch.health_path.clone().unwrap_or(provider.health_path);
    provider.keep_native_model = patch.keep_native_model.unwrap_or(provider.keep_native_model);
    provider.no_usage_option = patch.no_usage_option.unwrap_or(provider.no_usage_option);
    for (name, value) in &patch.metadata {
        match value {
            Some(value) => provider.metadata.insert(name.clone(), value.clone()),
            None => provider.metadata.remove(name),
        };
    }
    model::patch(&mut provider, patch)?;
    provider.check()?;
    Ok(provider)
}

fn timeouts(old: Timeouts, patch: PatchTimeouts) -> Timeouts {
    let over = |new: Option<Option<u64>>, old| new.map_or(old, |ms| ms.map(Duration::from_millis));
    Timeouts {
        connect: over(patch.connect_ms, old.connect),
        first_byte: over(patch.first_byte_ms, old.first_byte),
        silence: over(patch.silence_ms, old.silence),
        total: over(patch.total_ms, old.total),
    }
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

fn url(text: &str) -> Result<BaseUrl, OperatorError> {
    text.parse().map_err(|error| OperatorError::field("url", error))
}

#[cfg(test)]
mod tests;
