//! What the operator may set, for all classes and for some; `plugin.toml` says what each key means.

use patchbay_sdk::Problem;
use serde::Deserialize;

use crate::glob;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    restarts_max: u32,
    wait_ms: u64,
    classes: Vec<ForClass>,
}

/// What is left out is as for all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForClass {
    class: String,
    restarts_max: Option<u32>,
    wait_ms: Option<u64>,
}

/// What holds for one problem.
pub(crate) struct Limits {
    pub(crate) restarts_max: u32,
    pub(crate) wait_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { restarts_max: 2, wait_ms: 0, classes: Vec::new() }
    }
}

impl Settings {
    pub(crate) fn for_problem(&self, problem: &Problem) -> Limits {
        let code = problem.attributes.get("code").unwrap_or_default();
        let is = |set: &&ForClass| glob::fits(&set.class, &problem.class) || glob::fits(&set.class, code);
        let set = self.classes.iter().find(is);
        Limits {
            restarts_max: set.and_then(|set| set.restarts_max).unwrap_or(self.restarts_max),
            wait_ms: set.and_then(|set| set.wait_ms).unwrap_or(self.wait_ms),
        }
    }
}
