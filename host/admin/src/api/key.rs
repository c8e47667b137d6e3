//! Keys of agents: what the operator says of them, and is told. A key itself is in one answer only, the first.

use patchbay_types::{AgentName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

use super::body::given;

/// `POST /api/keys`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    pub agent: String,
    /// The models that it may ask for: names, or beginnings of names that end with `*`. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    #[serde(default)]
    pub limits: LimitsSpec,
}

/// `PATCH /api/keys/{id}`: what is not given stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetKey {
    /// All of them; empty: it may ask for every model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    #[serde(default)]
    pub limits: LimitsSpec,
}

/// What a key may use. What is not given stays; `null` removes a limit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSpec {
    /// Requests in any 60 s.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub rpm: Option<Option<u32>>,
    /// Tokens in any 60 s.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub tpm: Option<Option<u64>>,
    /// Requests at one time.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub concurrency: Option<Option<u32>>,
    /// In USD, for a day in UTC: `"2.5"`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub usd_per_day: Option<Option<String>>,
    /// In USD, for a calendar month in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub usd_per_month: Option<Option<String>>,
}

/// The one time that a key is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCreated {
    pub id: String,
    pub agent: AgentName,
    pub key: String,
    pub created: Timestamp,
    pub models: Vec<String>,
    pub limits: LimitsView,
    /// What was taken, and may not be meant: a model that nobody serves.
    pub warnings: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyView {
    pub id: String,
    pub agent: AgentName,
    /// Its first characters.
    pub key: String,
    pub created: Timestamp,
    /// Empty: all.
    pub models: Vec<String>,
    pub limits: LimitsView,
    pub used: KeyUse,
    /// As in [`KeyCreated`].
    pub warnings: Vec<String>,
}

/// None: no limit. Money is decimal USD.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LimitsView {
    pub rpm: Option<u32>,
    pub tpm: Option<u64>,
    pub concurrency: Option<u32>,
    pub usd_per_day: Option<String>,
    pub usd_per_month: Option<String>,
}

/// What counts against the limits of a key; nothing of one without limits is counted. Money is decimal USD.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct KeyUse {
    /// Requests of the last 60 s.
    pub requests: u32,
    /// Tokens of the last 60 s, estimates among them.
    pub tokens: Tokens,
    pub in_flight: u32,
    /// This day, UTC.
    pub usd_today: String,
    /// This month, UTC.
    pub usd_this_month: String,
    /// Set aside for requests that run.
    pub usd_reserved: String,
}
