//! Restarts of before, for this problem.

use patchbay_sdk::PluginError;
use patchbay_sdk::tasks::{self, PastFix};
use serde_json::{Map, Value};

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
    let actions: Vec<Map<String, Value>> = serde_json::from_str(&fix.actions).ok()?;
    match actions.as_slice() {
        [kill, retry] if is(kill, "kill") && is(retry, "retry") => Some(Restart { wait_ms: after_ms(retry) }),
        _ => None,
    }
}

fn is(action: &Map<String, Value>, kind: &str) -> bool {
    action.get("kind").and_then(Value::as_str) == Some(kind)
}

fn after_ms(retry: &Map<String, Value>) -> u64 {
    let arguments = retry.get("arguments").and_then(Value::as_object).unwrap_or(retry);
    arguments.get("after_ms").and_then(Value::as_u64).unwrap_or(0)
}
