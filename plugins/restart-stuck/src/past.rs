//! Restarts of before, for this problem.

use patchbay_sdk::PluginError;
use patchbay_sdk::tasks::{self, PastFix};

/// A plan of `kill` and then `retry` that did not help, or of which nobody knows yet whether it did.
pub(crate) struct Restart {
    pub(crate) wait_ms: u64,
}

/// The newest last.
pub(crate) fn in_vain() -> Result<Vec<Restart>, PluginError> {
    let history = tasks::history()?;
    Ok(history.iter().filter(|fix| fix.outcome != "verified").filter_map(restart).collect())
}

fn restart(fix: &PastFix) -> Option<Restart> {
    match fix.steps().as_slice() {
        [kill, retry] if kill["kind"] == "kill" && retry["kind"] == "retry" => {
            Some(Restart { wait_ms: retry["after_ms"].as_u64().unwrap_or(0) })
        }
        _ => None,
    }
}
