//! The configuration as it is told. Values stand as they may be written in the file: `"10s"`, `5`, `["primary"]`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value in a sentence, in characters.
const QUOTE_CHARACTERS_MAX: usize = 200;

/// A key with its value in use.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfigSetting {
    /// `plugins.budget`.
    pub table: String,
    pub key: String,
    pub value: Value,
    /// `default`, `file`, `environment PATCHBAY_LOG`, `option --listen`.
    pub from: String,
    /// Another value is taken over by the next start only.
    pub restart: bool,
    /// What it will be after the next start, if that is something else.
    pub waiting: Option<Value>,
}

/// What reading the configuration again came to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ConfigReloaded {
    /// Is in use from now on.
    pub changed: Vec<ConfigChange>,
    /// Is written, and waits for the next start.
    pub waiting: Vec<ConfigChange>,
}

/// A key with two values.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfigChange {
    pub table: String,
    pub key: String,
    pub old: Value,
    pub new: Value,
}

/// `routing.attempts_max 5 -> 2, log.level "info" -> "warn"; at the next start: log.format "text" -> "json"`.
impl fmt::Display for ConfigReloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.changed.is_empty() {
            true => f.write_str("nothing has changed")?,
            false => f.write_str(&listed(&self.changed))?,
        }
        match self.waiting.is_empty() {
            true => Ok(()),
            false => write!(f, "; at the next start: {}", listed(&self.waiting)),
        }
    }
}

impl fmt::Display for ConfigChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, old, new } = self;
        write!(f, "{table}.{key} {} -> {}", quote(old), quote(new))
    }
}

fn listed(changes: &[ConfigChange]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn quote(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(QUOTE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(key: &str, old: Value, new: Value) -> ConfigChange {
        ConfigChange { table: "log".to_owned(), key: key.to_owned(), old, new }
    }

    #[test]
    fn a_reload_is_one_sentence() {
        let mut reloaded = ConfigReloaded::default();
        assert_eq!(reloaded.to_string(), "nothing has changed");
        reloaded.waiting.push(change("format", json!("text"), json!("json")));
        let waiting = "; at the next start: log.format \"text\" -> \"json\"";
        assert_eq!(reloaded.to_string(), format!("nothing has changed{waiting}"));
        reloaded.changed = vec![change("a", json!(5), json!(2)), change("b", json!(["x"]), json!([]))];
        assert_eq!(reloaded.to_string(), format!("log.a 5 -> 2, log.b [\"x\"] -> []{waiting}"));
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = change("a", json!(1), json!("\u{e9}".repeat(1_000))).to_string();
        assert!(long.ends_with('…') && long.chars().count() < 220, "{long}");
    }
}
