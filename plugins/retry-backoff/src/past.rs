//! What was waited for this problem before.

use patchbay_sdk::PluginError;
use patchbay_sdk::tasks::{self, PastFix};
use serde_json::{Map, Value};

/// One wait: a plan of `retry`, with or without `cool-provider` before it.
pub(crate) struct Wait {
    pub(crate) ms: u64,
}

/// The newest last.
pub(crate) fn waits() -> Result<Vec<Wait>, PluginError> {
    Ok(tasks::history()?.iter().filter_map(wait).collect())
}

fn wait(fix: &PastFix) -> Option<Wait> {
    let actions: Vec<Map<String, Value>> = serde_json::from_str(&fix.actions).ok()?;
    let retry = match actions.as_slice() {
        [retry] => retry,
        [cool, retry] if is(cool, "cool-provider") => retry,
        _ => return None,
    };
    is(retry, "retry").then(|| Wait { ms: after_ms(retry) })
}

fn is(action: &Map<String, Value>, kind: &str) -> bool {
    action.get("kind").and_then(Value::as_str) == Some(kind)
}

fn after_ms(retry: &Map<String, Value>) -> u64 {
    let arguments = retry.get("arguments").and_then(Value::as_object).unwrap_or(retry);
    arguments.get("after_ms").and_then(Value::as_u64).unwrap_or(0)
}
