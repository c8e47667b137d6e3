//! A model as one provider has it. It must not know other providers of it.

use patchbay_types::NanoUsdPerMillion;
use serde::{Deserialize, Serialize};

/// Two canonical names may have the same native id.
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
    /// Of prompt tokens that the provider put into its cache.
    #[serde(default)]
    pub cache_write_price: Option<NanoUsdPerMillion>,
    #[serde(default)]
    pub reasoning: bool,
    /// The provider's own word, such as `high`.
    #[serde(default)]
    pub reasoning_effort: Option<String>,
    #[serde(default = "modalities_default")]
    pub input_modalities: Vec<String>,
    /// Tokens of prompt and completion together.
    #[serde(default = "context_window_default")]
    pub context_window: u32,
    /// Tokens of a completion.
    #[serde(default = "max_tokens_default")]
    pub max_tokens: u32,
    /// Kept for those who ask for it; nothing here reads it.
    #[serde(default)]
    pub compat: serde_json::Map<String, serde_json::Value>,
}

impl Model {
    /// A model without prices, all else as it is where nothing is said.
    #[must_use]
    pub fn new(native_id: impl Into<String>) -> Self {
        Self {
            native_id: native_id.into(),
            input_price: None,
            output_price: None,
            cached_price: None,
            cache_write_price: None,
            reasoning: false,
            reasoning_effort: None,
            input_modalities: modalities_default(),
            context_window: context_window_default(),
            max_tokens: max_tokens_default(),
            compat: serde_json::Map::new(),
        }
    }
}

fn modalities_default() -> Vec<String> {
    vec!["text".to_owned()]
}

const fn context_window_default() -> u32 {
    128_000
}

const fn max_tokens_default() -> u32 {
    65_536
}
