//! What was waited for this problem before.

use patchbay_sdk::PluginError;
use patchbay_sdk::tasks::{self, PastFix};

/// One wait: a plan of `retry`, with or without `cool-provider` before it.
pub(crate) struct Wait {
    pub(crate) ms: u64,
}

/// The newest last.
pub(crate) fn waits() -> Result<Vec<Wait>, PluginError> {
    Ok(tasks::history()?.iter().filter_map(wait).collect())
}

fn wait(fix: &PastFix) -> Option<Wait> {
    let steps = fix.steps();
    let retry = match steps.as_slice() {
        [retry] => retry,
        [cool, retry] if cool["kind"] == "cool-provider" => retry,
        _ => return None,
    };
    (retry["kind"] == "retry").then(|| Wait { ms: retry["after_ms"].as_u64().unwrap_or(0) })
}
