//! The todos file: read, and written so that what nobody changed stays as it was, to the byte where it can. It must not
//! know tasks.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Bytes of one file.
pub const TEXT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Entries of one file.
pub const TODOS_MAX: usize = 100_000;

/// The keys under which the list may stand, if the file is no list itself.
const LISTS: [&str; 3] = ["todos", "tasks", "items"];

/// A todos file: a list, or an object with one under `todos`, `tasks` or `items`.
#[derive(Clone, Debug, Default)]
pub struct Todos {
    /// The object around the list, in its order; the list itself is the field without value. Empty: a list alone.
    around: Vec<(String, Option<Box<RawValue>>)>,
    pub(super) todos: Vec<Todo>,
}

/// One entry: its fields in their order, as they were written.
#[derive(Clone, Debug, Default)]
pub struct Todo(Vec<(String, Box<RawValue>)>);

/// Why a text is no todos file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TodosError {
    #[error(
        "the todos file has {found} bytes, expected at most {TEXT_BYTES_MAX}: move what is done elsewhere"
    )]
    TooLarge { found: usize },
    #[error("the todos file has {found} entries, expected at most {TODOS_MAX}: move what is done elsewhere")]
    Many { found: usize },
    #[error("the todos file is broken: {reason}; resolve it there, it may be a conflict of Git")]
    Broken { reason: String },
    #[error(
        "the todos file has no list: expected one, or an object with one under `todos`, `tasks` or `items`"
    )]
    NoList,
}

/// # Errors
/// The text is too large, no JSON (line and column are said), or has no list of objects.
pub fn read(text: &str) -> Result<Todos, TodosError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(TodosError::TooLarge { found: text.len() });
    }
    let broken = |error: serde_json::Error| TodosError::Broken { reason: error.to_string() };
    let todos = match text.trim_start().starts_with('[') {
        true => Todos { around: Vec::new(), todos: serde_json::from_str(text).map_err(broken)? },
        false => within(serde_json::from_str(text).map_err(broken)?, text)?,
    };
    match todos.todos.len() {
        0..=TODOS_MAX => Ok(todos),
        found => Err(TodosError::Many { found }),
    }
}

fn within(object: Todo, text: &str) -> Result<Todos, TodosError> {
    let is_list = |(key, value): &(String, Box<RawValue>)| {
        LISTS.contains(&key.as_str()) && value.get().starts_with('[')
    };
    let at = object.0.iter().position(is_list).ok_or(TodosError::NoList)?;
    let mut todos = Vec::new();
    let mut around = Vec::new();
    for (number, (key, value)) in object.0.into_iter().enumerate() {
        if number == at {
            todos = serde_json::from_str(value.get()).map_err(|error| {
                let line = text
                    .find(value.get())
                    .map_or(0, |start| text.get(..start).unwrap_or_default().matches('\n').count());
                TodosError::Broken {
                    reason: format!("{error} of the list, which begins at line {}", line + 1),
                }
            })?;
        }
        around.push((key, (number != at).then_some(value)));
    }
    Ok(Todos { around, todos })
}

impl Todos {
    /// As it may be written: two blanks a level, and a line break at the end. Values that nobody changed are as they
    /// were.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if self.around.is_empty() {
            self.list(&mut text, 0);
            text.push('\n');
            return text;
        }
        text.push('{');
        for (number, (key, value)) in self.around.iter().enumerate() {
            text.push_str(if number == 0 { "\n  " } else { ",\n  " });
            text.push_str(&format!("{}: ", json!(key)));
            match value {
                Some(value) => text.push_str(value.get()),
                None => self.list(&mut text, 1),
            }
        }
        text.push_str("\n}\n");
        text
    }

    fn list(&self, text: &mut String, level: usize) {
        if self.todos.is_empty() {
            text.push_str("[]");
            return;
        }
        text.push('[');
        for (number, todo) in self.todos.iter().enumerate() {
            text.push_str(if number == 0 { "\n" } else { ",\n" });
            todo.write(text, level + 1);
        }
        text.push_str(&format!("\n{}]", "  ".repeat(level)));
    }
}

impl Todo {
    /// The value of a field; none if it is missing.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        let (_, raw) = self.0.iter().find(|(name, _)| name == key)?;
        serde_json::from_str(raw.get()).ok()
    }

    /// A text or a number as a text.
    pub(super) fn id(&self) -> Option<String> {
        match self.get("id")? {
            Value::String(id) if !id.is_empty() => Some(id),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// A field that has this value already stays as it was written.
    pub(super) fn set(&mut self, key: &str, value: &Value) {
        if self.get(key).as_ref() == Some(value) {
            return;
        }
        let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
        let Ok(raw) = RawValue::from_string(pretty) else { return };
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = raw,
            None => self.0.push((key.to_owned(), raw)),
        }
    }

    fn write(&self, text: &mut String, level: usize) {
        let indent = "  ".repeat(level);
        text.push_str(&format!("{indent}{{"));
        for (number, (key, value)) in self.0.iter().enumerate() {
            text.push_str(if number == 0 { "\n" } else { ",\n" });
            text.push_str(&format!("{indent}  {}: {}", json!(key), indented(value.get(), &indent)));
        }
        text.push_str(&format!("\n{indent}}}"));
    }
}

/// A value of several lines that was made here begins its lines at the margin; one that was read has its place already.
fn indented(value: &str, indent: &str) -> String {
    let at_margin = value.lines().last().is_some_and(|line| line == "}" || line == "]");
    if at_margin { value.replace('\n', &format!("\n{indent}  ")) } else { value.to_owned() }
}

impl<'de> Deserialize<'de> for Todo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Todo;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Todo, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Todo(fields))
    }
}
