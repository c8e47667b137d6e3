//! What the operator may set; `plugin.toml` says what each key means.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) rules: Vec<Value>,
    pub(crate) model: Option<String>,
    pub(crate) tokens_max: u32,
    pub(crate) skills: Vec<String>,
    pub(crate) template: Option<String>,
    pub(crate) template_file: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            model: None,
            tokens_max: 1000,
            skills: Vec::new(),
            template: None,
            template_file: None,
        }
    }
}
