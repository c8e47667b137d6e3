//! Texts and JSON for a model, without what looks like a secret. It knows no secrets, only how people name and write
//! them, so it hides too much rather than too little.

use regex_lite::{Captures, Regex};
use serde_json::Value;

/// What stands in its place.
pub(crate) const HIDDEN: &str = "[hidden]";

/// In a field's name, in lower case and without `-` and `_`.
const NAMES: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "authorization",
    "cookie",
    "credential",
];

/// What the host itself fills in, of which a model may see the name.
const PLACE: &str = "{{secret:";

/// A place of the host's is kept. Else the first group is kept before what is hidden, the second behind it.
const FORMS: [&str; 6] = [
    r"(?s)()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    r"(?i)(\b(?:(?:proxy-)?authorization|(?:set-)?cookie)\s*[:=]\s*)[^\r\n]+",
    r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}",
    r"(://[^/\s:@]*:)[^/\s@]+(@)",
    r#"(?i)\{\{secret:[^}]*\}\}|((?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key|authorization|cookie|credential)[A-Za-z0-9_-]*["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&"']+)"#,
    r"()\b(?:sk|pk|ghp|gho|xox[abp]|glpat|AKIA)[-_]?[A-Za-z0-9_-]{16,}",
];

pub(crate) struct Hider(Vec<Regex>);

impl Hider {
    /// The forms are constants; one that were no pattern would hide nothing, which a test would see.
    pub(crate) fn new() -> Self {
        Self(FORMS.iter().filter_map(|form| Regex::new(form).ok()).collect())
    }

    pub(crate) fn text(&self, text: &str) -> String {
        let hide = |text: String, form: &Regex| form.replace_all(&text, hidden).into_owned();
        self.0.iter().fold(text.to_owned(), hide)
    }

    pub(crate) fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(list) => list.iter().map(|value| self.json(value)).collect(),
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| (name.clone(), self.field(name, value));
                Value::Object(fields.iter().map(field).collect())
            }
            other => other.clone(),
        }
    }

    /// A number, a switch and what the host fills in are no secrets: `tokens_max`, `{{secret:NAME}}`.
    fn field(&self, name: &str, value: &Value) -> Value {
        let plain: String =
            name.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_lowercase();
        let named = NAMES.iter().any(|secret| plain.contains(secret));
        let harmless = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
            Value::String(text) => text.is_empty() || is_place(text),
            _ => false,
        };
        if named && !harmless { HIDDEN.into() } else { self.json(value) }
    }
}

fn hidden(found: &Captures<'_>) -> String {
    let kept = |group| found.get(group).map_or("", |kept| kept.as_str());
    if kept(0).starts_with(PLACE) { kept(0).to_owned() } else { format!("{}{HIDDEN}{}", kept(1), kept(2)) }
}

fn is_place(text: &str) -> bool {
    let name = text.strip_prefix(PLACE).and_then(|rest| rest.strip_suffix("}}"));
    name.is_some_and(|name| !name.contains(['{', '}']))
}
