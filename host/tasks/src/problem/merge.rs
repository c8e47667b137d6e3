//! JSON merge patch, as RFC 7396 has it.

use serde_json::{Map, Value};

/// What `target` becomes. Null takes a field away; anything but an object replaces all. It goes as deep as the patch,
/// which was read by a parser that stops at 128.
#[must_use]
pub fn merge_patch(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged: Map<String, Value> = target.as_object().cloned().unwrap_or_default();
    for (key, change) in patch {
        if change.is_null() {
            merged.remove(key);
        } else {
            let before = merged.get(key).unwrap_or(&Value::Null);
            merged.insert(key.clone(), merge_patch(before, change));
        }
    }
    Value::Object(merged)
}
