//! What the scripted model says when a plugin asks it to think. It knows one fault.

use serde_json::{Value, json};

/// None: it is a plain question of an agent's.
pub(super) fn thought(request: &Value) -> Option<Value> {
    let said: String = request.get("messages")?.as_array()?.iter().filter_map(text).collect();
    let knows = said.contains("unknown country code");
    if said.contains("root cause of a failure") {
        return Some(match knows {
            true => json!({
                "root_cause": "COUNTRY is the name of a country, and the program wants its code of two letters",
                "class": "bad-input", "kind": "logical", "priority": "P1", "confidence": 0.9,
                "problems": [{"title": "COUNTRY is not a code", "priority": "P1"}],
                "fix": "set COUNTRY to DE", "success_criteria": "the report is written",
            }),
            false => json!({"root_cause": null}),
        });
    }
    said.contains("mend one failed step").then(|| match knows {
        true => json!({
            "title": "Say the country as a code", "reason": "the program wants two letters, and Germany is DE",
            "actions": [{"kind": "set-input", "patch": {"env": {"COUNTRY": "DE"}}}], "checks": [],
        }),
        false => json!({"title": "", "reason": "", "actions": [], "checks": []}),
    })
}

fn text(message: &Value) -> Option<&str> {
    message.get("content")?.as_str()
}
