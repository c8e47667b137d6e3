//! What the fields of a provider may hold.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::uri::PathAndQuery;
use patchbay_types::{NanoUsdPerMillion, ProviderName};

use super::{Model, Provider};

pub const RPM_MAX: u32 = 1_000_000;
pub const TPM_MAX: u64 = 1_000_000_000_000;
pub const MAX_IN_FLIGHT_MAX: u32 = 100_000;

/// In characters.
const LABEL_MAX: usize = 100;
const NAME_MAX: usize = 256;
const MODELS_MAX: usize = 10_000;
const METADATA_MAX: usize = 32;
/// Of a name and of a value of the metadata, and of a path.
const TEXT_BYTES_MAX: usize = 256;
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_hours(24);
const WORD_BYTES_MAX: usize = 32;
const MODALITIES_MAX: usize = 16;
const TOKENS_MAX: u32 = 1_000_000_000;
const COMPAT_BYTES_MAX: usize = 4096;

/// A field that holds what it must not.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {found} is out of range: expected {expected}")]
pub struct FieldError {
    /// As in the serialised form: `rpm`, `models.gpt-5.native_id`.
    pub field: String,
    pub found: String,
    pub expected: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, found: impl ToString, expected: &str) -> Self {
        Self { field: field.into(), found: found.to_string(), expected: expected.to_owned() }
    }
}

pub(super) fn provider(provider: &Provider) -> Result<(), FieldError> {
    limits(provider)?;
    texts(provider)?;
    timeouts(provider)?;
    metadata(provider)?;
    ensure(provider.models.len() <= MODELS_MAX, "models", provider.models.len(), "at most 10,000 models")?;
    provider.models.iter().try_for_each(|(name, found)| model(name, found))
}

/// 1 to 256 bytes without control characters.
pub(crate) fn is_model_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_MAX && !text.contains(char::is_control)
}

fn limits(provider: &Provider) -> Result<(), FieldError> {
    let (rpm, tpm, most) = (provider.rpm, provider.tpm, provider.max_in_flight);
    ensure((1..=RPM_MAX).contains(&rpm), "rpm", rpm, "1 to 1,000,000 requests a minute")?;
    let tokens = "1 to 1,000,000,000,000 tokens a minute, or none";
    ensure(tpm.is_none_or(|tpm| (1..=TPM_MAX).contains(&tpm)), "tpm", tpm.unwrap_or_default(), tokens)?;
    let places = "1 to 100,000 requests at one time, or none";
    let sane = most.is_none_or(|most| (1..=MAX_IN_FLIGHT_MAX).contains(&most));
    ensure(sane, "max_in_flight", most.unwrap_or_default(), places)
}

fn texts(provider: &Provider) -> Result<(), FieldError> {
    let pool = &provider.pool;
    let expected = "1 to 64 of a-z A-Z 0-9 . _ - with a letter or digit first";
    ensure(pool.parse::<ProviderName>().is_ok(), "pool", format!("{pool:?}"), expected)?;
    if let Some(label) = &provider.label {
        let sane = (1..=LABEL_MAX).contains(&label.chars().count()) && !label.contains(char::is_control);
        ensure(sane, "label", format!("{label:?}"), "1 to 100 characters, none of them a control character")?;
    }
    match provider.probed_path().filter(|path| !is_path(path)) {
        Some(path) => {
            let expected =
                "a path below the base url that begins with a slash, of at most 256 bytes, or \"off\"";
            Err(FieldError::new("health_path", format!("{path:?}"), expected))
        }
        None => Ok(()),
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= TEXT_BYTES_MAX && path.parse::<PathAndQuery>().is_ok()
}

fn timeouts(provider: &Provider) -> Result<(), FieldError> {
    let set = provider.timeouts.each().into_iter().filter_map(|(name, span)| Some((name, span?)));
    match set.into_iter().find(|(_, span)| !TIMEOUTS.contains(span)) {
        Some((name, span)) => {
            Err(FieldError::new(format!("timeouts.{name}"), span.as_millis(), "10 ms to 24 h (86400000)"))
        }
        None => Ok(()),
    }
}

fn metadata(provider: &Provider) -> Result<(), FieldError> {
    let metadata = &provider.metadata;
    ensure(metadata.len() <= METADATA_MAX, "metadata", metadata.len(), "at most 32 entries")?;
    for (name, value) in metadata {
        let is_text = |text: &str| text.len() <= TEXT_BYTES_MAX && !text.contains(char::is_control);
        let sane = !name.is_empty() && is_text(name) && is_text(value);
        let expected = "a name and a value of at most 256 bytes each, without control characters";
        ensure(sane, format!("metadata.{name}"), format!("{value:?}"), expected)?;
    }
    Ok(())
}

fn model(name: &str, model: &Model) -> Result<(), FieldError> {
    for (field, text) in [("", name), (".native_id", &*model.native_id)] {
        let expected = "1 to 256 bytes without control characters";
        ensure(is_model_name(text), format!("models.{name}{field}"), format!("{text:?}"), expected)?;
    }
    prices(name, model)?;
    capabilities(name, model)?;
    let bytes = serde_json::to_vec(&model.compat).map_or(usize::MAX, |text| text.len());
    let expected = "at most 4,096 bytes of JSON";
    ensure(bytes <= COMPAT_BYTES_MAX, format!("models.{name}.compat"), bytes, expected)
}

fn prices(name: &str, model: &Model) -> Result<(), FieldError> {
    let prices = [
        ("input_price", model.input_price),
        ("output_price", model.output_price),
        ("cached_price", model.cached_price),
        ("cache_write_price", model.cache_write_price),
    ];
    let set = prices.into_iter().filter_map(|(field, price)| Some((field, price?)));
    match set.into_iter().find(|(_, price)| *price > NanoUsdPerMillion::MAX) {
        Some((field, price)) => {
            let field = format!("models.{name}.{field}");
            Err(FieldError::new(field, price.0, "at most 10,000 USD per million"))
        }
        None => Ok(()),
    }
}

fn capabilities(name: &str, model: &Model) -> Result<(), FieldError> {
    let field = |field: &str| format!("models.{name}.{field}");
    for (what, tokens) in [("context_window", model.context_window), ("max_tokens", model.max_tokens)] {
        ensure((1..=TOKENS_MAX).contains(&tokens), field(what), tokens, "1 to 1,000,000,000 tokens")?;
    }
    let words = &model.input_modalities;
    let sane = (1..=MODALITIES_MAX).contains(&words.len()) && words.iter().all(|word| is_word(word));
    let expected = "1 to 16 words such as text or image, of at most 32 letters, digits, - and _ each";
    ensure(sane, field("input_modalities"), format!("{words:?}"), expected)?;
    let effort = model.reasoning_effort.as_deref().filter(|word| !is_word(word));
    let expected = "one word of at most 32 letters, digits, - and _, or none";
    ensure(effort.is_none(), field("reasoning_effort"), format!("{:?}", effort.unwrap_or_default()), expected)
}

fn is_word(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=WORD_BYTES_MAX).contains(&word.len()) && word.bytes().all(allowed)
}

fn ensure(
    sane: bool,
    field: impl Into<String>,
    found: impl ToString,
    expected: &str,
) -> Result<(), FieldError> {
    if sane { Ok(()) } else { Err(FieldError::new(field, found, expected)) }
}
