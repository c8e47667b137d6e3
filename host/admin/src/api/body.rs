//! What the operator says. It must not know what of it holds: that is found out at the desk.

use std::collections::BTreeMap;
use std::fmt;

use patchbay_pool::{Api, Source, Timeouts};
use patchbay_types::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `POST /api/providers`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddProvider {
    pub name: String,
    /// The base URL, with or without `/v1`.
    pub url: String,
    /// None: requests are sent without `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// The tier; `primary` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Requests a minute; 40 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it speaks; `openai-completions` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Tokens a minute; no limit if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<u64>,
    /// Requests at one time; no limit if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<u32>,
    /// In place of the configured ones.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What a health probe asks for, below the base URL, or `off`; `/models` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_path: Option<String>,
    /// Answers keep the provider's own name of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_native_model: Option<bool>,
    /// It does not know `stream_options.include_usage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_usage_option: Option<bool>,
    /// For people and policies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// By canonical name: what clients ask for.
    #[serde(default)]
    pub models: BTreeMap<String, ModelSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// `PATCH /api/providers/{name}`: what is not given stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchProvider {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `null` takes the credential away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub credential: Option<Option<Credential>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<u32>,
    /// `null` takes it away; so it is with all that may be `null` here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub label: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub tpm: Option<Option<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub max_in_flight: Option<Option<u32>>,
    #[serde(default)]
    pub timeouts: PatchTimeouts,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub health_path: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_native_model: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_usage_option: Option<bool>,
    /// Each entry by itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Option<String>>,
    /// Added; of one that is there, what is given here is replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, ModelSpec>,
    /// Of models that are there when the above is done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<String, PriceSpec>,
    /// Likewise: a model that is not there is not added.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub change_models: BTreeMap<String, ModelSpec>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_models: Vec<String>,
    /// Refuses the change unless this is still the provider's revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// In milliseconds; what is not given stays, `null` is the configured one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchTimeouts {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub connect_ms: Option<Option<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub first_byte_ms: Option<Option<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub silence_ms: Option<Option<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub total_ms: Option<Option<u64>>,
}

/// Of a new model, what is not given is its default; of one that is there, it stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What the provider calls it; the canonical name if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_price: Option<String>,
    /// Of prompt tokens that the provider had cached; the input price if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_price: Option<String>,
    /// Of prompt tokens that the provider put into its cache; the input price if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    /// The provider's own word, such as `high`; `null` takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub reasoning_effort: Option<Option<String>>,
    /// `["text"]` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_modalities: Option<Vec<String>>,
    /// Tokens of prompt and completion together; 128,000 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u32>,
    /// Tokens of a completion; 65,536 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Kept as it is for those who ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compat: Option<serde_json::Map<String, serde_json::Value>>,
}

/// All at once: without the last two, tokens of the cache cost what the others cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSpec {
    pub input_price: String,
    pub output_price: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_price: Option<String>,
}

/// `PUT /api/secrets/{name}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSecret {
    /// Where it may be sent: `https://api.example.com`; https if there is no scheme.
    pub origins: Vec<String>,
    pub value: Credential,
}

/// A credential or a secret on its way from the operator to the vault: the one place where one may be serialised. It
/// never appears in an answer.
#[derive(Clone)]
pub struct Credential(pub Secret<String>);

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl Serialize for Credential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Credential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A wrong type is described without its value, which may be the secret in another form.
        let text = String::deserialize(deserializer);
        text.map(|text| Self(Secret::new(text))).map_err(|_| serde::de::Error::custom("expected a text"))
    }
}

/// A field that is there, `null` or not.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
