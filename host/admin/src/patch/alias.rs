//! An alias, as the operator gives it.

use patchbay_pool::{Provider, Target, VirtualModel};

use crate::OperatorError;
use crate::api::{AddAlias, TargetSpec};
use crate::error::listed;

/// Of a target.
const WEIGHT_MAX: u32 = 1_000;

/// `providers`: all that there are. `is_alias`: whether there is an alias of this name.
pub(crate) fn alias(
    request: AddAlias,
    providers: &[&Provider],
    is_alias: impl Fn(&str) -> bool,
) -> Result<VirtualModel, OperatorError> {
    let AddAlias { name, targets, by } = request;
    let found = targets.iter().enumerate().map(|(index, spec)| target(index, spec, providers, &is_alias));
    let alias =
        VirtualModel { name, targets: found.collect::<Result<_, _>>()?, spread: by.unwrap_or_default() };
    alias.check()?;
    alias.check_against(providers.iter().flat_map(|provider| provider.models.keys()))?;
    Ok(alias)
}

fn target(
    index: usize,
    spec: &TargetSpec,
    providers: &[&Provider],
    is_alias: impl Fn(&str) -> bool,
) -> Result<Target, OperatorError> {
    let wrong =
        |field: &str, message: String| OperatorError::field(format!("targets.{index}.{field}"), message);
    let TargetSpec { provider: name, model, weight } = spec;
    let weight = weight.unwrap_or(1);
    if !(1..=WEIGHT_MAX).contains(&weight) {
        return Err(wrong("weight", format!("{weight} is out of range: expected 1 to {WEIGHT_MAX}")));
    }
    let known = || providers.iter().map(|provider| provider.name.to_string()).collect::<Vec<_>>();
    let provider = providers.iter().find(|provider| provider.name.as_str() == name).ok_or_else(|| {
        wrong("provider", format!("there is no provider {name:?}; {}", listed("providers", &known())))
    })?;
    if provider.models.contains_key(model) {
        return Ok(Target { provider: provider.name.clone(), model: model.clone(), weight });
    }
    let models: Vec<String> = provider.models.keys().cloned().collect();
    Err(wrong(
        "model",
        match is_alias(model) {
            true => {
                format!("{model:?} is an alias: expected a model of {name}; {}", listed("models", &models))
            }
            false => format!("provider {name} has no model {model:?}; {}", listed("models", &models)),
        },
    ))
}
