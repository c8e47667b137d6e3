//! `set-config`: one key of patchbay.toml is written and taken over, as if the operator had written it and said reload.
//! That it may be set was decided before. After a kill it is done again: how the key was written is kept beside the file
//! for the newest fixes. It must not know what a key is for.

mod before;

use std::io::Write;
use std::path::Path;

use patchbay_admin::{Operator, WeakOperator};
use patchbay_config::FILE_NAME;
use patchbay_engine::RESULT_CHARS_MAX;
use serde_json::{Value, json};
use toml_edit::{Array, DocumentMut, Item, Table, Value as Written};

use self::before::Before;

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
        let (text, changed, found) = Text::read(self.folder)?.with(key, value)?;
        let mut before = Before::read(self.folder);
        let was = match before.of(self.actor, key) {
            Some(was) if found == *value => was,
            _ if found == *value => return Err(format!("{key} is {value} already")),
            _ => found,
        };
        let result = result(key, value, &was);
        if result.chars().count() > RESULT_CHARS_MAX {
            return Err(format!(
                "{key}: what it is and was has more than {RESULT_CHARS_MAX} characters: a person sets it"
            ));
        }
        before.keep(self.actor, key, was);
        replace(self.folder, before::FILE, &before.text())?;
        self.write_and_take_over(key, &text, &changed).await.map(|()| result)
    }

    /// The key is written as it was. What somebody has set since stays.
    pub(super) async fn restore(&self, result: &str) -> Result<String, String> {
        let known: Value = serde_json::from_str(result).map_err(|error| error.to_string())?;
        let key = known["key"].as_str().ok_or("it is not known which key was set")?;
        let (text, changed, found) = Text::read(self.folder)?.with(key, &known["was"])?;
        if found == known["was"] {
            return Ok(format!("{key} is as it was already"));
        }
        if found != known["value"] {
            let set = &known["value"];
            return Err(format!(
                "{key} is {found} by now, and was set to {set}: somebody else has set it since"
            ));
        }
        self.write_and_take_over(key, &text, &changed).await.map(|()| format!("{key} is as it was"))
    }

    /// All or nothing: what cannot be taken over is written back.
    async fn write_and_take_over(&self, key: &str, text: &str, changed: &str) -> Result<(), String> {
        replace(self.folder, FILE_NAME, changed)?;
        let Err(reason) = self.take_over(key).await else { return Ok(()) };
        replace(self.folder, FILE_NAME, text)?;
        // The running values stayed, or become what they were.
        let _ = self.take_over(key).await;
        Err(reason)
    }

    async fn take_over(&self, key: &str) -> Result<(), String> {
        let operator = self.operator.upgrade().ok_or("the host is shutting down")?;
        operator.reload_config(self.actor).await.map_err(|error| error.to_string())?;
        obeyed(&operator, key)
    }
}

/// What [`Configuring::set`] would have given, if it was cut off after it had written the key.
pub(super) fn found(folder: &Path, fix: &str, key: &str, value: &Value) -> Result<Option<String>, String> {
    let Some(was) = Before::read(folder).of(fix, key) else { return Ok(None) };
    let (_, _, found) = Text::read(folder)?.with(key, value)?;
    Ok((found == *value).then(|| result(key, value, &was)))
}

/// What [`Configuring::restore`] takes.
fn result(key: &str, value: &Value, was: &Value) -> String {
    json!({"key": key, "value": value, "was": was}).to_string()
}

/// Whether what is written is what is in use; whoever took it over.
fn obeyed(operator: &Operator, key: &str) -> Result<(), String> {
    let settings = operator.config().map_err(|error| error.to_string())?;
    let is_key = |table: &str, name: &str| format!("{table}.{name}") == key;
    let Some(setting) = settings.iter().find(|setting| is_key(&setting.table, &setting.key)) else {
        return Err(format!("there is no key {key}: see `patchbay config show`"));
    };
    match setting.from.as_str() {
        _ if setting.restart => Err(format!("{key} is taken over by the next start only: a person sets it")),
        "file" | "default" => Ok(()),
        from => Err(format!("{key} is set by {from}, which stands above {FILE_NAME}")),
    }
}

/// A file of the host's folder: as a whole or not at all, with the permissions of the configuration.
fn replace(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let written = || {
        let mut half = tempfile::NamedTempFile::new_in(folder)?;
        half.write_all(text.as_bytes())?;
        half.as_file().set_permissions(folder.join(FILE_NAME).metadata()?.permissions())?;
        half.as_file().sync_all()?;
        half.persist(folder.join(name)).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| format!("{} cannot be written: {error}", folder.join(name).display()))
}

/// A configuration as it is written.
struct Text(String);

impl Text {
    fn read(folder: &Path) -> Result<Self, String> {
        let file = folder.join(FILE_NAME);
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self(text))
    }

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
            Some(value) => put(table, name, value),
            None => drop(table.remove(name)),
        }
        Ok((self.0, document.to_string(), old))
    }
}

/// A note behind the old value stays behind the new one.
fn put(table: &mut Table, name: &str, mut value: Written) {
    if let Some(old) = table.get(name).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    table.insert(name, Item::Value(value));
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
mod tests;
