//! `set-config`: one key of patchbay.toml is written and taken over, as if the operator had written it and said reload.
//! That it may be set was decided before. It must not know what a key is for.

use std::io::Write;
use std::path::Path;

use patchbay_admin::WeakOperator;
use patchbay_config::FILE_NAME;
use serde_json::{Value, json};
use toml_edit::{Array, DocumentMut, Item, Table, Value as Written};

/// Items of a list that is set.
const ITEMS_MAX: usize = 1_000;

/// What is needed to change the configuration of a host that runs.
pub(super) struct Configuring<'a> {
    pub(super) folder: &'a Path,
    pub(super) operator: &'a WeakOperator,
    /// Who an audit says it was.
    pub(super) actor: &'a str,
}

impl Configuring<'_> {
    /// What it gives is what [`Self::restore`] takes: the key, and how it was written.
    pub(super) async fn set(&self, key: &str, value: &Value) -> Result<String, String> {
        let (text, changed, old) = self.read()?.with(key, value)?;
        self.write(&changed)?;
        match self.take_over(key).await {
            Ok(()) => Ok(json!({"key": key, "value": value, "was": old}).to_string()),
            Err(reason) => {
                self.write(&text)?;
                // The running values stayed, or become what they were.
                let _ = self.take_over(key).await;
                Err(reason)
            }
        }
    }

    /// The key is written as it was.
    pub(super) async fn restore(&self, result: &str) -> Result<String, String> {
        let known: Value = serde_json::from_str(result).map_err(|error| error.to_string())?;
        let key = known["key"].as_str().ok_or("it is not known which key was set")?;
        let (_, changed, _) = self.read()?.with(key, &known["was"])?;
        self.write(&changed)?;
        self.take_over(key).await.map(|()| format!("{key} is as it was"))
    }

    fn read(&self) -> Result<Text, String> {
        let file = self.folder.join(FILE_NAME);
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Text(text))
    }

    /// As a whole or not at all, with the permissions that the file has.
    fn write(&self, text: &str) -> Result<(), String> {
        let file = self.folder.join(FILE_NAME);
        let written = || {
            let mut half = tempfile::NamedTempFile::new_in(self.folder)?;
            half.write_all(text.as_bytes())?;
            half.as_file().set_permissions(file.metadata()?.permissions())?;
            half.as_file().sync_all()?;
            half.persist(&file).map(drop).map_err(|error| error.error)
        };
        written().map_err(|error| format!("{} cannot be written: {error}", file.display()))
    }

    async fn take_over(&self, key: &str) -> Result<(), String> {
        let operator = self.operator.upgrade().ok_or("the host is shutting down")?;
        let reloaded = operator.reload_config(self.actor).await.map_err(|error| error.to_string())?;
        let is_key = |table: &str, name: &str| format!("{table}.{name}") == key;
        match reloaded.changed.iter().any(|change| is_key(&change.table, &change.key)) {
            true => Ok(()),
            false => Err(format!("{key} did not change: it is so already, or the environment sets it")),
        }
    }
}

/// A configuration as it is written.
struct Text(String);

impl Text {
    /// The text as it is, the text with the key set, and the value that was written; null takes the key out.
    fn with(self, key: &str, value: &Value) -> Result<(String, String, Value), String> {
        let mut document: DocumentMut = self.0.parse().map_err(|error| format!("{FILE_NAME}: {error}"))?;
        let (path, name) = key.rsplit_once('.').ok_or_else(|| format!("{key:?} is no `table.key`"))?;
        let table = path.split('.').try_fold(document.as_table_mut(), |table, part| {
            let below = table.entry(part).or_insert_with(|| Item::Table(Table::new()));
            below.as_table_mut().ok_or_else(|| format!("{part:?} of {FILE_NAME} is no table"))
        })?;
        let old = table.get(name).and_then(Item::as_value).map_or(Value::Null, read);
        match written(value)? {
            Some(value) => drop(table.insert(name, Item::Value(value))),
            None => drop(table.remove(name)),
        }
        Ok((self.0, document.to_string(), old))
    }
}

/// None: null.
fn written(value: &Value) -> Result<Option<Written>, String> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(part)) => part.into(),
            (None, None) => return Err(format!("{number} is too large a number")),
        },
        Value::Array(items) if items.len() <= ITEMS_MAX => {
            let mut list = Array::new();
            for item in items {
                list.push(written(item)?.ok_or("null in a list: expected a value")?);
            }
            list.into()
        }
        Value::Array(items) => return Err(format!("{} items, expected at most {ITEMS_MAX}", items.len())),
        Value::Object(_) => return Err("an object: expected a text, a number, a flag or a list".to_owned()),
    }))
}

fn read(value: &Written) -> Value {
    match value {
        Written::String(text) => json!(text.value()),
        Written::Integer(number) => json!(number.value()),
        Written::Float(number) => json!(number.value()),
        Written::Boolean(flag) => json!(flag.value()),
        Written::Array(items) => items.iter().map(read).collect(),
        other => json!(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_changes_and_every_other_word_stays_as_it_was_written() {
        let text = "# mine\n[routing]\nwait = \"30s\" # long\n\n[cooldown]\nbase = \"1s\"\n";
        let (same, changed, old) = Text(text.to_owned()).with("routing.wait", &json!("5s")).unwrap();
        assert_eq!((same.as_str(), old), (text, json!("30s")));
        assert!(changed.contains("wait = \"5s\"") && changed.contains("# mine\n[routing]"), "{changed}");
        assert!(changed.ends_with("[cooldown]\nbase = \"1s\"\n"), "{changed}");
    }

    #[test]
    fn what_was_not_written_is_taken_out_again() {
        let (_, changed, old) = Text(String::new()).with("plugins.budget.traps", &json!([1, 2.5])).unwrap();
        assert!(changed.contains("traps = [1, 2.5]") && old.is_null(), "{changed}");
        let (_, back, old) = Text(changed).with("plugins.budget.traps", &old).unwrap();
        assert!(!back.contains("traps") && old == json!([1, 2.5]), "{back}");
        assert!(Text(String::new()).with("a.b", &json!({})).is_err());
        assert!(Text("a = 1".to_owned()).with("a.b", &json!(1)).is_err());
    }
}
