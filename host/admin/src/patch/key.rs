//! What a key may use, as the operator changes it.

use std::collections::HashSet;

use patchbay_quota::{Limits, LimitsError};
use patchbay_types::NanoUsd;

use super::usd_text;
use crate::OperatorError;
use crate::api::{LimitsSpec, LimitsView};

/// Entries in the list of a key's models, at most.
const MODELS_MAX: usize = 100;
/// Bytes of an entry, at most.
const MODEL_BYTES_MAX: usize = 256;
/// Decimals of an amount: a nano-USD.
const DECIMALS_MAX: usize = 9;

/// The limits as they are to be; what is not given stays.
pub(crate) fn limits(old: Limits, spec: &LimitsSpec) -> Result<Limits, OperatorError> {
    let limits = Limits {
        rpm: spec.rpm.unwrap_or(old.rpm),
        tpm: spec.tpm.unwrap_or(old.tpm),
        concurrency: spec.concurrency.unwrap_or(old.concurrency),
        usd_per_day: money("usd_per_day", &spec.usd_per_day, old.usd_per_day)?,
        usd_per_month: money("usd_per_month", &spec.usd_per_month, old.usd_per_month)?,
    };
    limits.check().map_err(|error| OperatorError::field(format!("limits.{}", field(&error)), error))?;
    Ok(limits)
}

pub(crate) fn limits_view(limits: Limits) -> LimitsView {
    let Limits { rpm, tpm, concurrency, usd_per_day, usd_per_month } = limits;
    let (usd_per_day, usd_per_month) = (usd_per_day.map(usd_text), usd_per_month.map(usd_text));
    LimitsView { rpm, tpm, concurrency, usd_per_day, usd_per_month }
}

/// Names of models, or beginnings of them that end with `*`; sorted.
pub(crate) fn models(given: &[String]) -> Result<Vec<String>, OperatorError> {
    let wrong = |message: String| Err(OperatorError::field("models", message));
    if given.len() > MODELS_MAX {
        return wrong(format!(
            "{} models: expected at most {MODELS_MAX}, or beginnings of names",
            given.len()
        ));
    }
    let mut seen = HashSet::new();
    for text in given {
        if !is_pattern(text) {
            return wrong(format!(
                "{text:?} is no model: expected 1 to {MODEL_BYTES_MAX} bytes without control characters, and `*` at the end only"
            ));
        }
        if !seen.insert(text) {
            return wrong(format!("{text:?} stands there twice: expected each model once"));
        }
    }
    let mut models = given.to_vec();
    models.sort_unstable();
    Ok(models)
}

fn is_pattern(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    let sane = (1..=MODEL_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
    sane && !name.contains('*')
}

fn money(
    name: &str,
    given: &Option<Option<String>>,
    old: Option<NanoUsd>,
) -> Result<Option<NanoUsd>, OperatorError> {
    let parse = |text: &String| usd(text).map_err(|why| OperatorError::field(format!("limits.{name}"), why));
    given.as_ref().map_or(Ok(old), |text| text.as_ref().map(parse).transpose())
}

/// Decimal USD, to the nano-USD: nothing is rounded.
fn usd(text: &str) -> Result<NanoUsd, String> {
    let wrong = |why: &str| format!("{text:?} is not an amount in USD: {why} (for example 2.5)");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(wrong("expected a decimal number that is not negative"));
    }
    if fraction.len() > DECIMALS_MAX {
        return Err(wrong("expected at most nine decimals"));
    }
    let nano = format!("{whole}{fraction:0<DECIMALS_MAX$}").parse();
    nano.map(NanoUsd).map_err(|_| wrong("it is too large"))
}

fn field(error: &LimitsError) -> &'static str {
    match error {
        LimitsError::Zero { field } | LimitsError::TooLarge { field, .. } => field,
        LimitsError::DayAboveMonth { .. } => "usd_per_day",
    }
}
