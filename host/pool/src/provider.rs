//! What the operator says of a provider. It must not know how a provider fares.

use std::collections::BTreeMap;

use patchbay_types::{NanoUsdPerMillion, ProviderId, ProviderName, Secret, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::BaseUrl;

pub const RPM_DEFAULT: u32 = 40;
pub const RPM_MAX: u32 = 1_000_000;

const POOL_DEFAULT: &str = "primary";
const NAME_MAX: usize = 256;
const MODELS_MAX: usize = 10_000;

/// One upstream endpoint as it was entered. What is deserialised has passed [`Provider::check`]; what is put together
/// by hand passes it at the door.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Provider {
    pub id: ProviderId,
    pub name: ProviderName,
    pub base_url: BaseUrl,
    /// The tier it belongs to: 1 to 64 of a-z A-Z 0-9 . _ -
    #[serde(default = "pool_default")]
    pub pool: String,
    /// Requests a minute, 1 to [`RPM_MAX`].
    #[serde(default = "rpm_default")]
    pub rpm: u32,
    #[serde(default = "enabled_default")]
    pub enabled: bool,
    /// By canonical name: what clients ask for.
    #[serde(default)]
    pub models: BTreeMap<String, Model>,
    #[serde(default)]
    pub source: Source,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// A model as this provider has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Model {
    /// What the provider calls it.
    pub native_id: String,
    #[serde(default)]
    pub input_price: Option<NanoUsdPerMillion>,
    #[serde(default)]
    pub output_price: Option<NanoUsdPerMillion>,
    /// Of prompt tokens that the provider had cached.
    #[serde(default)]
    pub cached_price: Option<NanoUsdPerMillion>,
}

/// Where a provider was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    #[default]
    Cli,
    Web,
    Env,
    Import,
}

/// A provider with its opened credential.
#[derive(Clone, Debug)]
pub struct Definition {
    pub provider: Provider,
    /// None: requests are sent without `Authorization`.
    pub credential: Option<Secret<String>>,
    /// Why the credential could not be opened: the endpoint is dead with this message.
    pub credential_error: Option<String>,
}

/// A field that holds what it must not.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {found} is out of range: expected {expected}")]
pub struct FieldError {
    /// As in the serialised form: `rpm`, `models.gpt-5.native_id`.
    pub field: String,
    pub found: String,
    pub expected: String,
}

impl Provider {
    /// A new provider with the defaults: pool `primary`, 40 requests a minute, enabled, no models.
    #[must_use]
    pub fn new(name: ProviderName, base_url: BaseUrl, source: Source, now: Timestamp) -> Self {
        Self {
            id: ProviderId::fresh(),
            name,
            base_url,
            pool: pool_default(),
            rpm: RPM_DEFAULT,
            enabled: true,
            models: BTreeMap::new(),
            source,
            created: now,
            updated: now,
        }
    }

    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), FieldError> {
        if !(1..=RPM_MAX).contains(&self.rpm) {
            return Err(FieldError::new("rpm", self.rpm, "1 to 1,000,000 requests a minute"));
        }
        if self.pool.parse::<ProviderName>().is_err() {
            let expected = "1 to 64 of a-z A-Z 0-9 . _ - with a letter or digit first";
            return Err(FieldError::new("pool", format!("{:?}", self.pool), expected));
        }
        if self.models.len() > MODELS_MAX {
            return Err(FieldError::new("models", self.models.len(), "at most 10,000 models"));
        }
        self.models.iter().try_for_each(|(name, model)| model.check(name))
    }
}

impl Model {
    fn check(&self, name: &str) -> Result<(), FieldError> {
        for (field, text) in [("", name), (".native_id", &*self.native_id)] {
            if text.is_empty() || text.len() > NAME_MAX || text.contains(char::is_control) {
                let expected = "1 to 256 bytes without control characters";
                return Err(FieldError::new(format!("models.{name}{field}"), format!("{text:?}"), expected));
            }
        }
        let prices = [self.input_price, self.output_price, self.cached_price];
        match prices.into_iter().flatten().find(|price| *price > NanoUsdPerMillion::MAX) {
            Some(price) => {
                Err(FieldError::new(format!("models.{name}"), price.0, "at most 10,000 USD per million"))
            }
            None => Ok(()),
        }
    }
}

impl FieldError {
    fn new(field: impl Into<String>, found: impl ToString, expected: &str) -> Self {
        Self { field: field.into(), found: found.to_string(), expected: expected.to_owned() }
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let provider = Self::deserialize(deserializer)?;
        provider.check().map_err(serde::de::Error::custom)?;
        Ok(provider)
    }
}

fn pool_default() -> String {
    POOL_DEFAULT.to_owned()
}

const fn rpm_default() -> u32 {
    RPM_DEFAULT
}

const fn enabled_default() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        let url = "https://h".parse().unwrap();
        Provider::new("alpha".parse().unwrap(), url, Source::Cli, Timestamp(1))
    }

    #[test]
    fn a_provider_survives_its_text() {
        let mut before = provider();
        let model =
            Model { native_id: "m-1".to_owned(), input_price: None, output_price: None, cached_price: None };
        before.models.insert("m".to_owned(), model);
        let text = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<Provider>(&text).unwrap(), before);
    }

    #[test]
    fn a_field_out_of_range_is_named_and_nothing_is_made() {
        for (field, value) in [
            ("rpm", "0"),
            ("rpm", "1000001"),
            ("pool", "\"a b\""),
            ("models", "{\"\":{\"native_id\":\"x\"}}"),
        ] {
            let mut json = serde_json::to_value(provider()).unwrap();
            json[field] = serde_json::from_str(value).unwrap();
            let error = serde_json::from_value::<Provider>(json).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
        let mut json = serde_json::to_value(provider()).unwrap();
        json["enabled"] = "false".into();
        assert!(serde_json::from_value::<Provider>(json).is_err());
    }
}
