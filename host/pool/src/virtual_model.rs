//! One name for several models: what the operator says of it. It must not know who is there to serve it.

use patchbay_types::ProviderName;
use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::provider::is_model_name;

const TARGETS_MAX: usize = 64;
const WEIGHT_MAX: u32 = 1_000_000;

/// An alias. Targets that do not exist, or do not any more, are passed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VirtualModel {
    /// What clients ask for: 1 to 256 bytes.
    pub name: String,
    /// 1 to 64, no pair twice.
    pub targets: Vec<Target>,
    #[serde(default)]
    pub spread: Spread,
}

/// A model of a provider, by its canonical name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Target {
    pub provider: ProviderName,
    pub model: String,
    /// Its share of the requests, in proportion to the others': 1 to 1,000,000.
    #[serde(default = "weight_default")]
    pub weight: u32,
}

/// Who spreads requests over the targets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Chance, by the weights.
    #[default]
    Weights,
    /// The routing policy, which is told the weights.
    Policy,
}

impl VirtualModel {
    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), FieldError> {
        name("name", &self.name)?;
        let count = self.targets.len();
        if !(1..=TARGETS_MAX).contains(&count) {
            return Err(FieldError::new("targets", count, "1 to 64 targets"));
        }
        self.targets.iter().enumerate().try_for_each(|(index, target)| self.check_target(index, target))
    }

    /// `models`: the canonical names of all providers.
    ///
    /// # Errors
    /// The alias has the name of a model.
    pub fn check_against(&self, models: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), FieldError> {
        match models.into_iter().any(|model| model.as_ref() == self.name) {
            true => {
                let expected = "a name that no provider's model has";
                Err(FieldError::new("name", format!("{:?}", self.name), expected))
            }
            false => Ok(()),
        }
    }

    fn check_target(&self, index: usize, target: &Target) -> Result<(), FieldError> {
        name(&format!("targets.{index}.model"), &target.model)?;
        if !(1..=WEIGHT_MAX).contains(&target.weight) {
            let field = format!("targets.{index}.weight");
            return Err(FieldError::new(field, target.weight, "1 to 1,000,000"));
        }
        let is_same = |other: &Target| other.provider == target.provider && other.model == target.model;
        match self.targets.iter().take(index).any(is_same) {
            true => {
                let found = format!("{} of {}", target.model, target.provider);
                Err(FieldError::new(format!("targets.{index}"), found, "each model of a provider once"))
            }
            false => Ok(()),
        }
    }
}

fn name(field: &str, text: &str) -> Result<(), FieldError> {
    match is_model_name(text) {
        true => Ok(()),
        false => {
            let expected = "1 to 256 bytes without control characters";
            Err(FieldError::new(field, format!("{text:?}"), expected))
        }
    }
}

const fn weight_default() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(targets: &[(&str, &str, u32)]) -> VirtualModel {
        let target = |(provider, model, weight): &(&str, &str, u32)| Target {
            provider: provider.parse().unwrap(),
            model: (*model).to_owned(),
            weight: *weight,
        };
        let targets = targets.iter().map(target).collect();
        VirtualModel { name: "fast".to_owned(), targets, spread: Spread::Weights }
    }

    #[test]
    fn an_alias_is_read_with_its_defaults() {
        let text = r#"{"name":"fast","targets":[{"provider":"a","model":"m"}]}"#;
        let read: VirtualModel = serde_json::from_str(text).unwrap();
        assert_eq!(read, alias(&[("a", "m", 1)]));
        assert!(read.check().is_ok());
    }

    #[test]
    fn what_an_alias_must_not_hold_is_named() {
        let unnamed = VirtualModel { name: String::new(), ..alias(&[("a", "m", 1)]) };
        for (alias, field) in [
            (unnamed, "name"),
            (alias(&[]), "targets"),
            (alias(&[("a", "m", 1); 65]), "targets"),
            (alias(&[("a", "m", 0)]), "targets.0.weight"),
            (alias(&[("a", "m", 1), ("a", "", 1)]), "targets.1.model"),
            (alias(&[("a", "m", 1), ("b", "m", 1), ("a", "m", 2)]), "targets.2"),
        ] {
            assert_eq!(alias.check().unwrap_err().field, field);
        }
        let taken = alias(&[("a", "m", 1)]).check_against(["slow", "fast"]).unwrap_err();
        assert_eq!((&*taken.field, taken.found.as_str()), ("name", "\"fast\""));
        assert!(alias(&[("a", "m", 1)]).check_against(["slow"]).is_ok());
    }
}
