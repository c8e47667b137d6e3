//! What a script may have, and what a model wants beyond that. The shape is that of a manifest's `[grants]`. It must not
//! know what the script does: the host holds each call against the grants anyway.

use patchbay_sdk::{PluginError, Problem, llm};
use serde_json::{Map, Value};

/// Of a grant that is told, in characters.
const SHOWN_MAX: usize = 200;

/// Those of the problem; nothing if the host names none.
pub(crate) fn of(problem: &Problem) -> Result<Map<String, Value>, PluginError> {
    let text = problem.attributes.get("grants").unwrap_or("{}");
    serde_json::from_str(text).map_err(|error| {
        PluginError::new(
            "bad-problem",
            format!("the attribute `grants` is no JSON object of grants: {error}"),
        )
    })
}

/// What of `wanted` is not in `granted`, each as a text for people.
pub(crate) fn beyond(wanted: &Map<String, Value>, granted: &Map<String, Value>) -> Vec<String> {
    let mut beyond = Vec::new();
    for (kind, wanted) in wanted {
        let given = granted.get(kind).unwrap_or(&Value::Null);
        let parts = match wanted {
            Value::Array(parts) => parts.iter().collect(),
            Value::Null => Vec::new(),
            other => vec![other],
        };
        let more = parts.into_iter().filter(|part| !is_within(kind, part, given));
        beyond.extend(more.map(|part| llm::line(&format!("{kind} {part}"), SHOWN_MAX)));
    }
    beyond
}

fn is_within(kind: &str, wanted: &Value, granted: &Value) -> bool {
    let any = |fits: fn(&Value, &Value) -> bool| {
        granted.as_array().is_some_and(|granted| granted.iter().any(|given| fits(wanted, given)))
    };
    match kind {
        "http" => any(reaches),
        "files" => any(holds),
        "secrets" => any(|wanted, given| wanted.is_string() && wanted == given),
        // A script has no store, no model and no programs, whatever its skill has.
        _ => false,
    }
}

/// An origin, or a name below one that is granted with `*.`.
fn reaches(wanted: &Value, given: &Value) -> bool {
    let private = |grant: &Value| grant["private"].as_bool().unwrap_or(false);
    let origin = |grant: &Value| grant.as_str().or(grant["origin"].as_str()).map(plain);
    let (Some(wanted_origin), Some(origin)) = (origin(wanted), origin(given)) else { return false };
    let below = origin.strip_prefix('*').is_some_and(|suffix| {
        wanted_origin.strip_suffix(suffix).is_some_and(|name| !name.is_empty() && !name.contains(['/', ':']))
    });
    (below || origin == wanted_origin) && (private(given) || !private(wanted))
}

/// `https://api.example.com/` is what is granted as `api.example.com`.
fn plain(origin: &str) -> String {
    let origin = origin.trim_end_matches('/').to_ascii_lowercase();
    origin.strip_prefix("https://").unwrap_or(&origin).to_owned()
}

/// A folder that is granted, or one below it.
fn holds(wanted: &Value, given: &Value) -> bool {
    let writes = |grant: &Value| grant["write"].as_bool().unwrap_or(false);
    let root = |grant: &Value| grant.as_str().or(grant["root"].as_str()).map(str::to_owned);
    let (Some(wanted_root), Some(root)) = (root(wanted), root(given)) else { return false };
    let rest = wanted_root.trim_end_matches('/').strip_prefix(root.trim_end_matches('/'));
    let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let climbs = wanted_root.split('/').any(|part| part == "..");
    inside && !climbs && (writes(given) || !writes(wanted))
}
