//! Actions and checks as people, models and the host write them: a JSON object with a `kind` and the arguments beside
//! it, `{"kind": "retry", "after_ms": 1000}`. The contract has the two apart; this goes from one form to the other. It
//! must not know which kinds there are.

use serde_json::{Map, Value};

use crate::{FixPlan, json_text};

/// The arguments beside the kind, whichever form it had: `arguments` may be an object, or its text. What is neither stays
/// as it is.
///
/// ```
/// # use serde_json::json;
/// let contract = json!({ "kind": "retry", "arguments": "{\"after_ms\": 1000}" });
/// assert_eq!(patchbay_sdk::step::flat(&contract), json!({ "kind": "retry", "after_ms": 1000 }));
/// ```
#[inline]
#[must_use]
pub fn flat(step: &Value) -> Value {
    let arguments = match step.get("arguments") {
        Some(Value::String(text)) => json_text::read(text).ok(),
        Some(arguments) => Some(arguments.clone()),
        None => None,
    };
    match (arguments, step.get("kind")) {
        (Some(Value::Object(mut arguments)), Some(kind)) => {
            arguments.insert("kind".to_owned(), kind.clone());
            Value::Object(arguments)
        }
        _ => step.clone(),
    }
}

/// The same steps, flat, and without what stands for nothing: the host writes down defaults that a plan may leave out.
/// Two plans whose plain actions are equal do the same.
#[inline]
#[must_use]
pub fn plain(steps: &[Value]) -> Vec<Value> {
    steps.iter().map(plain_step).collect()
}

#[inline]
fn plain_step(step: &Value) -> Value {
    let mut step = flat(step);
    if let Some(fields) = step.as_object_mut() {
        fields.retain(|name, value| !is_default(name, value));
    }
    step
}

fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "after_ms" => value.as_u64() == Some(0),
        "severity" => value.as_str() == Some("info"),
        "grants" => value.as_object().is_some_and(Map::is_empty),
        _ => value.is_null(),
    }
}

/// The kind of a flat step, and all its other fields as the arguments; none if it has no kind.
#[must_use]
pub fn split(step: &Value) -> Option<(String, Value)> {
    let mut arguments = step.as_object()?.clone();
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
