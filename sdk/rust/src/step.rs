//! Actions and checks as people, models and the host write them: a JSON object with a `kind` and the arguments beside
//! it, `{"kind": "retry", "after_ms": 1000}`. The contract has the two apart; this goes from one form to the other. It
//! must not know which kinds there are.

use serde_json::{Map, Value, json};

use crate::FixPlan;

/// The arguments beside the kind, whichever form it had: `arguments` may be an object, or its text. What is neither stays
/// as it is.
///
/// ```
/// # use serde_json::json;
/// let contract = json!({ "kind": "retry", "arguments": "{\"after_ms\": 1000}" });
/// assert_eq!(patchbay_sdk::step::flat(&contract), json!({ "kind": "retry", "after_ms": 1000 }));
/// ```
#[must_use]
pub fn flat(step: &Value) -> Value {
    let arguments = match step.get("arguments") {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(Value::Object(arguments)) => Some(arguments.clone()),
        _ => None,
    };
    let (Some(mut arguments), Some(kind)) = (arguments, step.get("kind")) else { return step.clone() };
    arguments.insert("kind".to_owned(), kind.clone());
    arguments.into()
}

/// The same steps, flat, and without what stands for nothing: the host writes down defaults that a plan may leave out.
/// Two plans whose plain actions are equal do the same.
#[must_use]
pub fn plain(steps: &[Value]) -> Vec<Value> {
    steps.iter().map(plain_step).collect()
}

fn plain_step(step: &Value) -> Value {
    match flat(step) {
        Value::Object(fields) => {
            fields.into_iter().filter(|(name, value)| !is_default(name, value)).collect()
        }
        other => other,
    }
}

fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "after_ms" => *value == json!(0),
        "severity" => *value == json!("info"),
        "grants" => *value == json!({}),
        _ => value.is_null(),
    }
}

/// The kind of a flat step, and all its other fields as the arguments; none if it has no kind.
#[must_use]
pub fn split(step: &Value) -> Option<(String, Value)> {
    let mut arguments: Map<String, Value> = step.as_object()?.clone();
    let kind = arguments.remove("kind")?;
    Some((kind.as_str()?.to_owned(), arguments.into()))
}

impl FixPlan {
    /// Then all of these, each a flat step; none if one of them has no kind: the host could not apply it.
    #[must_use]
    pub fn steps(mut self, actions: &[Value], checks: &[Value], undo: &[Value]) -> Option<Self> {
        for step in actions {
            let (kind, arguments) = split(step)?;
            self = self.action(kind, arguments);
        }
        for step in checks {
            let (kind, arguments) = split(step)?;
            self = self.check(kind, arguments);
        }
        for step in undo {
            let (kind, arguments) = split(step)?;
            self = self.undo(kind, arguments);
        }
        Some(self)
    }
}
