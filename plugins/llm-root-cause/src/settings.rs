//! What the operator has set; `plugin.toml` says what each key means.

use patchbay_sdk::llm::Options;
use patchbay_sdk::{PluginError, config};
use serde::Deserialize;

use crate::tool::Tool;

const MAX_TOKENS: u32 = 2_000;
const TEMPERATURE: f64 = 0.1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) model: String,
    #[serde(default = "max_tokens")]
    max_tokens: u32,
    #[serde(default = "temperature")]
    temperature: f64,
    pub(crate) template: Option<String>,
    pub(crate) template_file: Option<String>,
    #[serde(default)]
    pub(crate) tools: Vec<Tool>,
}

fn max_tokens() -> u32 {
    MAX_TOKENS
}

fn temperature() -> f64 {
    TEMPERATURE
}

impl Settings {
    pub(crate) fn read() -> Result<Self, PluginError> {
        config()
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(&self.model).max_tokens(self.max_tokens).temperature(self.temperature)
    }
}
