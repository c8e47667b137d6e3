//! What the operator may set; `plugin.toml` says what each key means.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) classes: Vec<String>,
    pub(crate) tries_max: u32,
    pub(crate) first_wait_ms: u64,
    pub(crate) wait_ms_max: u64,
    pub(crate) cool_provider: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            classes: Vec::new(),
            tries_max: 3,
            first_wait_ms: 60_000,
            wait_ms_max: 3_600_000,
            cool_provider: false,
        }
    }
}
