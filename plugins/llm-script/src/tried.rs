//! Scripts that were tried for the same problem and did not help: shown to the model, and not taken again.

use patchbay_sdk::llm::{block, mask};
use patchbay_sdk::tasks::PastFix;
use serde_json::Value;

/// How many are shown, the newest, and how much of each, in characters.
const SHOWN_MAX: usize = 3;
const SOURCE_MAX: usize = 4_000;
const HELPED: &str = "verified";

/// The sources of those that failed, the newest last.
pub(crate) fn scripts(history: &[PastFix]) -> Vec<String> {
    let failed = history.iter().filter(|fix| fix.outcome != HELPED);
    failed.flat_map(|fix| sources(&fix.actions)).collect()
}

pub(crate) fn shown(scripts: &[String]) -> String {
    let newest = scripts.get(scripts.len().saturating_sub(SHOWN_MAX)..).unwrap_or(scripts);
    let newest: Vec<String> = newest.iter().map(|source| block(&mask(source), SOURCE_MAX)).collect();
    if newest.is_empty() { "(none)".to_owned() } else { newest.join("\n\n") }
}

/// An action as the host keeps it, with its fields beside `kind`, or as the contract has it, with `arguments`.
fn sources(actions: &str) -> Vec<String> {
    let actions: Vec<Value> = serde_json::from_str(actions).unwrap_or_default();
    let scripts = actions.iter().filter(|action| action["kind"] == "run-script");
    let source = |action: &Value| {
        let arguments = match &action["arguments"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            Value::Null => action.clone(),
            other => other.clone(),
        };
        arguments["source"].as_str().map(str::to_owned)
    };
    scripts.filter_map(source).collect()
}
