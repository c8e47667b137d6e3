//! What the operator says of a provider. It must not know how a provider fares.

mod api;
mod check;
mod model;
mod timeouts;

use std::collections::BTreeMap;

use patchbay_types::{ProviderId, ProviderName, Secret, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::BaseUrl;

pub use api::Api;
pub use check::{FieldError, MAX_IN_FLIGHT_MAX, RPM_MAX, TPM_MAX};
pub use model::Model;
pub use timeouts::{Deadlines, Timeouts};

pub(crate) use check::is_model_name;

pub const RPM_DEFAULT: u32 = 40;

const POOL_DEFAULT: &str = "primary";
const HEALTH_PATH_DEFAULT: &str = "/models";
/// In place of a path: no health probes. An empty text says the same.
const HEALTH_OFF: &str = "off";

/// One upstream endpoint as it was entered. What is deserialised has passed [`Provider::check`]; what is put together
/// by hand passes it at the door.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Provider {
    pub id: ProviderId,
    pub name: ProviderName,
    /// What people call it: up to 100 characters.
    #[serde(default)]
    pub label: Option<String>,
    pub base_url: BaseUrl,
    /// What it speaks.
    #[serde(default)]
    pub api: Api,
    /// The tier it belongs to: 1 to 64 of a-z A-Z 0-9 . _ -
    #[serde(default = "pool_default")]
    pub pool: String,
    /// Requests a minute, 1 to [`RPM_MAX`].
    #[serde(default = "rpm_default")]
    pub rpm: u32,
    /// Tokens a minute, prompt and completion; none: no limit.
    #[serde(default)]
    pub tpm: Option<u64>,
    /// Requests at one time; none: no limit.
    #[serde(default)]
    pub max_in_flight: Option<u32>,
    /// In place of the pool's.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What a health probe asks for, below the base URL; none: `/models`; `off`: no probes.
    #[serde(default)]
    pub health_path: Option<String>,
    /// Answers keep the provider's own name of the model.
    #[serde(default)]
    pub keep_native_model: bool,
    /// It does not know `stream_options.include_usage`.
    #[serde(default)]
    pub no_usage_option: bool,
    #[serde(default = "enabled_default")]
    pub enabled: bool,
    /// By canonical name: what clients ask for.
    #[serde(default)]
    pub models: BTreeMap<String, Model>,
    /// For people and policies.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub source: Source,
    pub created: Timestamp,
    pub updated: Timestamp,
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
    /// None: requests are sent without one.
    pub credential: Option<Secret<String>>,
    /// Why the credential could not be opened: the endpoint is dead with this message.
    pub credential_error: Option<String>,
}

impl Provider {
    /// A new provider with the defaults: pool `primary`, 40 requests a minute, enabled, no models.
    #[must_use]
    pub fn new(name: ProviderName, base_url: BaseUrl, source: Source, now: Timestamp) -> Self {
        Self {
            id: ProviderId::fresh(),
            name,
            label: None,
            base_url,
            api: Api::default(),
            pool: pool_default(),
            rpm: RPM_DEFAULT,
            tpm: None,
            max_in_flight: None,
            timeouts: Timeouts::default(),
            health_path: None,
            keep_native_model: false,
            no_usage_option: false,
            enabled: true,
            models: BTreeMap::new(),
            metadata: BTreeMap::new(),
            source,
            created: now,
            updated: now,
        }
    }

    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), FieldError> {
        check::provider(self)
    }

    /// What a health probe asks for; none if there are to be no probes.
    #[must_use]
    pub fn probed_path(&self) -> Option<&str> {
        match self.health_path.as_deref() {
            None => Some(HEALTH_PATH_DEFAULT),
            Some("" | HEALTH_OFF) => None,
            Some(path) => Some(path),
        }
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
mod tests;
