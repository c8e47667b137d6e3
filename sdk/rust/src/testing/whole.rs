//! Answers of the host as people write them, made whole: what is left out is the plain default.

use serde_json::{Map, Value, json};

/// The answer with every field that the host's format has.
pub(crate) fn whole(mut answer: Value) -> Value {
    if let Some(Value::Object(error)) = answer.get_mut("error") {
        let code = error.get("code").cloned().unwrap_or_else(|| "failed".into());
        fill(error, json!({ "code": code, "message": code, "retry_after_ms": null }));
    }
    if let Some(Value::Object(reply)) = answer.get_mut("ok") {
        reply.iter_mut().for_each(|(kind, value)| complete(kind, value));
    }
    answer
}

fn complete(kind: &str, value: &mut Value) {
    match (kind, value) {
        ("response", value) => response(value),
        ("lines", Value::Array(lines)) => lines.iter_mut().for_each(line),
        (kind, Value::Array(elements)) => elements.iter_mut().for_each(|element| overlay(kind, element)),
        (kind, value) => overlay(kind, value),
    }
}

/// `{ "status", "headers", "body" }` beside each other is the short form.
fn response(value: &mut Value) {
    let Value::Object(given) = value else { return };
    let body = given.remove("body").unwrap_or_else(|| "".into());
    let head = given.remove("response").unwrap_or_else(|| Value::Object(std::mem::take(given)));
    let mut head = if head.is_object() { head } else { json!({}) };
    overlay("response", &mut head);
    if let Some(headers) = head.get_mut("headers") {
        pairs(headers);
    }
    *value = json!({ "response": head, "body": text(body) });
}

/// A body that is written as JSON is its text.
fn text(body: Value) -> Value {
    match body {
        Value::String(_) => body,
        Value::Object(ref fields) if fields.len() == 1 && fields.contains_key("base64") => body,
        other => other.to_string().into(),
    }
}

/// A line that is written as text is one of `stdout`.
fn line(line: &mut Value) {
    if line.is_string() {
        *line = json!({ "stream": "stdout", "text": line });
    }
}

fn overlay(kind: &str, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    fill(fields, defaults(kind));
    for name in ["input", "actions"] {
        if let Some(json) = fields.get_mut(name).filter(|json| !json.is_string()) {
            *json = json.to_string().into();
        }
    }
    if let Some(attributes) = fields.get_mut("attributes") {
        pairs(attributes);
    }
}

fn fill(fields: &mut Map<String, Value>, defaults: Value) {
    let Value::Object(defaults) = defaults else { return };
    for (name, value) in defaults {
        fields.entry(name).or_insert(value);
    }
}

/// An object of strings, as a list of pairs.
fn pairs(value: &mut Value) {
    if let Value::Object(fields) = value {
        *value = fields.iter().map(|(name, value)| json!([name, value])).collect();
    }
}

fn defaults(kind: &str) -> Value {
    match kind {
        "response" => json!({ "status": 200, "headers": [], "attributes": [] }),
        "completion" => json!({
            "content": "", "finish_reason": "stop", "prompt_tokens": 0, "completion_tokens": 0, "attributes": [],
        }),
        "exit" => json!({ "code": null, "signal": null, "attributes": [] }),
        "file" => json!({ "contents": "", "version": "1" }),
        "entries" => json!({ "kind": "file", "size": 0 }),
        "task" => json!({
            "id": "task-1", "name": "", "skill": "", "state": "failed", "input": "{}", "attributes": [],
        }),
        "attempts" => json!({
            "number": 1, "state": "failed", "started_ms": 0, "ended_ms": null, "error": null, "attributes": [],
        }),
        "findings" => json!({ "kind": "", "text": "", "attributes": [] }),
        "history" => {
            json!({ "strategy": "", "title": "", "outcome": "failed", "actions": "[]", "attributes": [] })
        }
        "runbooks" => json!({ "title": "", "text": "" }),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: Value, expect: Value) {
        assert_eq!(whole(given.clone()), expect, "{given}");
    }

    #[test]
    fn a_response_has_a_short_form() {
        let expect = json!({ "ok": { "response": {
            "response": { "status": 429, "headers": [["retry-after", "7"]], "attributes": [] },
            "body": "{\"a\":1}",
        } } });
        let short = json!({ "status": 429, "headers": { "retry-after": "7" }, "body": { "a": 1 } });
        check(json!({ "ok": { "response": short } }), expect.clone());
        let long =
            json!({ "response": { "status": 429, "headers": { "retry-after": "7" } }, "body": "{\"a\":1}" });
        check(json!({ "ok": { "response": long } }), expect.clone());
        check(expect.clone(), expect);
    }

    #[test]
    fn an_error_needs_its_code_only() {
        check(
            json!({ "error": { "code": "timeout" } }),
            json!({ "error": { "code": "timeout", "message": "timeout", "retry_after_ms": null } }),
        );
    }

    #[test]
    fn lists_are_made_whole_element_by_element() {
        check(
            json!({ "ok": { "lines": ["a"] } }),
            json!({ "ok": { "lines": [{ "stream": "stdout", "text": "a" }] } }),
        );
        check(
            json!({ "ok": { "entries": [{ "name": "a" }] } }),
            json!({ "ok": { "entries": [{ "name": "a", "kind": "file", "size": 0 }] } }),
        );
    }

    #[test]
    fn what_needs_nothing_stays_as_it_is() {
        for answer in
            [json!({ "ok": "done" }), json!({ "ok": { "flag": true } }), json!({ "ok": { "value": null } })]
        {
            check(answer.clone(), answer);
        }
    }
}
