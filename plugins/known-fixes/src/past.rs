//! What was tried for this problem and did not help, in a form in which equal plans are equal.

use patchbay_sdk::{PluginError, tasks};
use serde_json::{Value, json};

/// Outcomes of fixes that did not help. One that waits, or that its problem's end made void, has not failed.
const FAILED: [&str; 3] = ["failed", "undone", "rejected"];

/// The actions of each plan that failed.
pub(crate) fn failed() -> Result<Vec<Vec<Value>>, PluginError> {
    let failed = tasks::history()?.into_iter().filter(|fix| FAILED.contains(&fix.outcome.as_str()));
    let actions = failed.filter_map(|fix| serde_json::from_str::<Vec<Value>>(&fix.actions).ok());
    Ok(actions.map(|actions| plain(&actions)).collect())
}

/// The same actions, without what stands for nothing: the host writes down defaults that a plan may leave out.
pub(crate) fn plain(actions: &[Value]) -> Vec<Value> {
    actions.iter().map(plain_action).collect()
}

fn plain_action(action: &Value) -> Value {
    match flat(action) {
        Value::Object(fields) => {
            fields.into_iter().filter(|(name, value)| !is_default(name, value)).collect()
        }
        other => other,
    }
}

/// The contract has a kind and arguments, the host's own format has the arguments beside the kind.
fn flat(action: &Value) -> Value {
    let arguments = match action.get("arguments") {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(Value::Object(arguments)) => Some(arguments.clone()),
        _ => None,
    };
    let (Some(mut arguments), Some(kind)) = (arguments, action.get("kind")) else { return action.clone() };
    arguments.insert("kind".to_owned(), kind.clone());
    arguments.into()
}

fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "after_ms" => *value == json!(0),
        "severity" => *value == json!("info"),
        "grants" => *value == json!({}),
        _ => value.is_null(),
    }
}
