//! Scripts that were tried for the same problem and did not help: shown to the model, and not taken again.

use patchbay_sdk::llm::{block, mask};
use patchbay_sdk::tasks::PastFix;

/// How many are shown, the newest, and how much of each, in characters.
const SHOWN_MAX: usize = 3;
const SOURCE_MAX: usize = 4_000;
const HELPED: &str = "verified";

/// The sources of those that failed, the newest last.
pub(crate) fn scripts(history: &[PastFix]) -> Vec<String> {
    let failed = history.iter().filter(|fix| fix.outcome != HELPED);
    failed.flat_map(sources).collect()
}

pub(crate) fn shown(scripts: &[String]) -> String {
    let newest = scripts.get(scripts.len().saturating_sub(SHOWN_MAX)..).unwrap_or(scripts);
    let newest: Vec<String> = newest.iter().map(|source| block(&mask(source), SOURCE_MAX)).collect();
    if newest.is_empty() { "(none)".to_owned() } else { newest.join("\n\n") }
}

fn sources(fix: &PastFix) -> Vec<String> {
    let steps = fix.steps();
    let scripts = steps.iter().filter(|step| step["kind"] == "run-script");
    scripts.filter_map(|script| script["source"].as_str().map(str::to_owned)).collect()
}
