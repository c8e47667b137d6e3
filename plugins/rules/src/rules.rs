//! All rules, in their order. A bad one is refused with its place, and then none is used: what a later rule was written
//! to come after would be misjudged.

use patchbay_sdk::text::cut;
use patchbay_sdk::{Diagnosis, Failure, PluginError, config};
use serde::Deserialize;
use serde_json::Value;

use crate::rule::Rule;

const RULES_MAX: usize = 200;
/// How much of a message is looked at, in bytes.
const MESSAGE_MAX: usize = 16 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    rules: Vec<Value>,
}

/// None if no rule fits.
pub(crate) fn first_that_fits(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
    let message = cut(&failure.message, MESSAGE_MAX);
    with_rules(|rules| rules.iter().find_map(|rule| rule.diagnose(failure, message)))
}

/// Compiling takes longer than all that follows, and what is configured does not change while an instance lives.
#[cfg(target_arch = "wasm32")]
fn with_rules<T>(ask: impl FnOnce(&[Rule]) -> T) -> Result<T, PluginError> {
    thread_local! {
        static RULES: std::cell::OnceCell<Result<Vec<Rule>, PluginError>> = const { std::cell::OnceCell::new() };
    }
    RULES.with(|rules| rules.get_or_init(read).as_deref().map(ask).map_err(Clone::clone))
}

/// Natively each test has its own.
#[cfg(not(target_arch = "wasm32"))]
fn with_rules<T>(ask: impl FnOnce(&[Rule]) -> T) -> Result<T, PluginError> {
    read().map(|rules| ask(&rules))
}

fn read() -> Result<Vec<Rule>, PluginError> {
    let Settings { rules } = config()?;
    if rules.len() > RULES_MAX {
        return Err(bad(format!("rules: {} of them, expected at most {RULES_MAX}", rules.len())));
    }
    let read = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| Rule::read(rule).map_err(|error| bad(format!("rules[{at}]{error}"))));
    read.collect()
}

fn bad(message: String) -> PluginError {
    PluginError::new("bad-config", message)
}
