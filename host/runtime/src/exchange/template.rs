//! What stands for a field that a hand-written question leaves out.

use serde_json::{Map, Value, json};

use super::InputError;

/// The question `ask` with every field that `value` does not have.
pub(super) fn fill(ask: &str, value: Value) -> Result<Value, InputError> {
    let mut whole = whole(ask);
    overlay(&mut whole, value, "")?;
    whole["ask"] = ask.into();
    Ok(whole)
}

fn whole(ask: &str) -> Value {
    match ask {
        "rank" => json!({"request": request(), "candidates": [candidate()]}),
        "analyze" => json!({"failure": {
            "id": "failure-1", "kind": "task", "code": "", "message": "", "attributes": []}}),
        "propose" => json!({"problem": {
            "id": "problem-1", "fingerprint": "", "class": "", "title": "", "cause": "", "failures": 1,
            "fixes_tried": 0, "attributes": []}}),
        "run" => json!({"invocation": {
            "id": "run-1", "skill": "", "input": "{}", "attempt": 1, "attributes": []}}),
        "send" => json!({"message": {
            "id": "message-1", "severity": "info", "subject": "", "title": "", "body": "", "at_ms": 0,
            "attributes": []}}),
        "poll" => json!({"cursor": null}),
        "claim" => json!({"item": ""}),
        "heartbeat" => json!({"item": "", "claim": ""}),
        "complete" => json!({"item": "", "claim": "", "note": {
            "status": "succeeded", "summary": "", "attributes": []}}),
        "release" => json!({"item": "", "claim": "", "reason": ""}),
        _ => json!({}),
    }
}

fn request() -> Value {
    json!({
        "id": "request-1", "endpoint": "chat/completions", "model": "model", "agent": "agent", "stream": false,
        "attempt": 1, "body_bytes": 1000, "max_tokens": null, "prefix_hash": 0, "attributes": [],
    })
}

fn candidate() -> Value {
    json!({
        "provider": "provider", "pool": "primary", "tier": 0, "health": "healthy", "available": true, "in_flight": 0,
        "requests_left": 60, "requests_per_minute": 60, "cooling_ms": 0, "idle_ms": null, "first_byte_ms": null,
        "input_price": null, "output_price": null, "attributes": [],
    })
}

/// Puts `value` over `whole`. A list in `whole` with one element says what each element of the list has.
fn overlay(whole: &mut Value, value: Value, path: &str) -> Result<(), InputError> {
    match (&mut *whole, value) {
        (Value::Object(fields), Value::Object(given)) => overlay_fields(fields, given, path),
        (Value::Array(elements), Value::Array(given)) if elements.len() == 1 => {
            let element = elements.remove(0);
            for (index, value) in given.into_iter().enumerate() {
                let mut filled = element.clone();
                overlay(&mut filled, value, &format!("{path}/{index}"))?;
                elements.push(filled);
            }
            Ok(())
        }
        (_, value) => {
            *whole = value;
            Ok(())
        }
    }
}

fn overlay_fields(
    fields: &mut Map<String, Value>,
    given: Map<String, Value>,
    path: &str,
) -> Result<(), InputError> {
    for (name, value) in given {
        let path = format!("{path}/{name}");
        let expected = || fields.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let known = fields.contains_key(&name);
        if !known {
            return Err(InputError::Unknown { path, expected: expected() });
        }
        if name == "attributes" {
            fields.insert(name, pairs(value));
        } else if path == "/invocation/input" && !value.is_string() {
            fields.insert(name, Value::String(value.to_string()));
        } else if let Some(field) = fields.get_mut(&name) {
            overlay(field, value, &path)?;
        }
    }
    Ok(())
}

/// Attributes may be written as an object.
fn pairs(value: Value) -> Value {
    match value {
        Value::Object(pairs) => pairs.into_iter().map(|(name, value)| json!([name, value])).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use patchbay_types::SlotKind;
    use serde_json::json;

    use crate::exchange::Input;

    #[test]
    fn what_is_left_out_is_filled_in_and_what_is_misspelt_is_named() {
        let input =
            Input::read(SlotKind::Routing, json!({"candidates": [{"provider": "a"}, {"tier": 3}]})).unwrap();
        let Input::Rank { candidates, .. } = input else { panic!("{input:?}") };
        assert_eq!((candidates[0].provider.as_str(), candidates[1].tier), ("a", 3));

        let error = Input::read(SlotKind::Routing, json!({"candidates": [{"teir": 3}]})).unwrap_err();
        assert!(error.to_string().contains("/candidates/0/teir"), "{error}");
        assert!(Input::read(SlotKind::Skills, json!({"ask": "rank"})).is_err());
    }

    #[test]
    fn every_question_has_a_whole_template() {
        for kind in SlotKind::ALL {
            for ask in Input::asks(kind) {
                assert_eq!(Input::read(kind, json!({"ask": ask})).unwrap().ask(), *ask);
            }
        }
    }

    #[test]
    fn a_skills_input_may_be_written_as_json() {
        let value = json!({"invocation": {"skill": "exec", "input": {"program": "sh"}}});
        let Input::Run { invocation } = Input::read(SlotKind::Skills, value).unwrap() else { panic!() };
        assert_eq!(invocation.input, r#"{"program":"sh"}"#);
    }

    #[test]
    fn attributes_may_be_written_as_an_object() {
        let value = json!({"failure": {"kind": "upstream", "attributes": {"header:retry-after": "7"}}});
        let Input::Analyze { failure } = Input::read(SlotKind::Analyzers, value).unwrap() else { panic!() };
        assert_eq!(failure.attributes, [("header:retry-after".to_owned(), "7".to_owned())]);
    }
}
