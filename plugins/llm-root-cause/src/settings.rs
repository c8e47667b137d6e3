//! What the operator has set; `plugin.toml` says what each key means.

use patchbay_sdk::llm::Options;
use patchbay_sdk::{Failure, PluginError, config};
use serde::Deserialize;

use crate::picture::{self, Picture};
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
    #[serde(default = "yes")]
    images: bool,
}

fn yes() -> bool {
    true
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

    /// `shows`: that there are pictures.
    pub(crate) fn options(&self, shows: bool) -> Options {
        let options = Options::new(&self.model).max_tokens(self.max_tokens).temperature(self.temperature);
        if shows { options.evidence_images() } else { options }
    }

    /// The pictures of a failure that the model is to be shown.
    pub(crate) fn pictures(&self, failure: &Failure) -> Vec<Picture> {
        if self.images { picture::of(failure) } else { Vec::new() }
    }
}
