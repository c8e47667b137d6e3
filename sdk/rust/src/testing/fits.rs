//! Whether a value is what somebody has written down of it: any part that was left out fits.

use serde_json::Value;

/// Whether each part of `wanted` is in `found`. An object fits an object with more fields, and a list of pairs that has
/// its names and values. Other lists must be of the same length. What is no text fits a text that is its JSON.
pub(crate) fn fits(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| fits(wanted, found)))
        }
        (Value::Object(wanted), Value::Array(pairs)) => wanted
            .iter()
            .all(|(name, wanted)| pairs.iter().any(|pair| is_pair(pair, name) && fits(wanted, &pair[1]))),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| fits(wanted, found))
        }
        (Value::String(wanted), Value::String(found)) => wanted == found,
        (wanted, Value::String(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|found| fits(wanted, &found))
        }
        (Value::Number(wanted), Value::Number(found)) => wanted.as_f64() == found.as_f64(),
        (wanted, found) => wanted == found,
    }
}

fn is_pair(pair: &Value, name: &str) -> bool {
    pair.as_array().is_some_and(|pair| pair.len() == 2 && pair[0] == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_left_out_fits() {
        let found = json!({
            "status": 200, "headers": [["a", "1"], ["b", "2"]], "body": "{\"text\": \"hi\", \"n\": 1}", "list": [1, 2],
        });
        let check = |wanted: Value, expect: bool| assert_eq!(fits(&wanted, &found), expect, "{wanted}");
        check(json!({}), true);
        check(json!({ "status": 200.0 }), true);
        check(json!({ "status": 201 }), false);
        check(json!({ "headers": { "b": "2" } }), true);
        check(json!({ "headers": { "b": "3" } }), false);
        check(json!({ "headers": [["a", "1"]] }), false);
        check(json!({ "body": { "text": "hi" } }), true);
        check(json!({ "body": { "text": "ho" } }), false);
        check(json!({ "list": [1, 2] }), true);
        check(json!({ "list": [1] }), false);
        check(json!({ "other": null }), false);
    }
}
