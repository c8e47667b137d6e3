//! The fields of one task, one after the other, so that each can be blamed. It must not know YAML.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::DocumentError;
use super::locate::spot;
use super::nearest::nearest;
use super::tree::{Entry, Node, Place, Tree};
use super::words;
use crate::{Check, Definition, PartsError};

const FIELDS: [&str; 14] = [
    "name",
    "title",
    "description",
    "type",
    "priority",
    "parent",
    "depends_on",
    "skill",
    "input",
    "checks",
    "schedule",
    "deadline",
    "budgets",
    "labels",
];
const BUDGETS: [&str; 5] = ["attempts", "tokens", "usd", "wall", "wall_ms"];
const SCHEDULE: [&str; 9] =
    ["when", "cron", "every", "at", "zone", "overlap", "catch_up", "jitter", "pause_after"];

/// What is known while a task is read.
struct Reader<'a> {
    text: &'a str,
    /// As far as it is known; for messages.
    task: String,
}

pub(super) fn definition(text: &str, node: &Node) -> Result<Definition, DocumentError> {
    let Tree::Map(entries) = &node.tree else {
        return Err(DocumentError::NotATask { at: spot(text, node.place), found: node.tree.kind() });
    };
    let name = node.entry("name").and_then(|entry| entry.value.to_json().as_str().map(str::to_owned));
    let reader = Reader { text, task: name.unwrap_or_default() };
    let mut object = Map::new();
    for entry in entries {
        if !FIELDS.contains(&entry.key.as_str()) {
            return Err(reader.unknown(entry, "", &FIELDS));
        }
        let value = reader.field(entry)?;
        object.insert(entry.key.clone(), value);
    }
    if !object.contains_key("name") {
        let hint = "a task is known by it: letters, digits, `.`, `_` and `-`";
        return Err(DocumentError::Missing {
            at: reader.at(node.place),
            task: String::new(),
            field: "name".into(),
            hint,
        });
    }
    let whole = serde_json::from_value(Value::Object(object));
    whole.map_err(|error| reader.wrong(node.place, "name", error.to_string()))
}

pub(super) fn not_a_list(text: &str, place: Place, found: &Tree) -> DocumentError {
    let reason = format!("found {}, expected a list of tasks", found.kind());
    DocumentError::Wrong { at: spot(text, place), task: String::new(), field: "tasks".into(), reason }
}

pub(super) fn beside_tasks(text: &str, place: Place, key: &str) -> DocumentError {
    let hint = "a document is either one task or `tasks:` and a list: put it into a task".to_owned();
    DocumentError::Unknown { at: spot(text, place), task: String::new(), field: key.to_owned(), hint }
}

impl Reader<'_> {
    fn at(&self, place: Place) -> super::Spot {
        spot(self.text, place)
    }

    fn wrong(&self, place: Place, field: &str, reason: String) -> DocumentError {
        DocumentError::Wrong { at: self.at(place), task: self.task.clone(), field: field.to_owned(), reason }
    }

    fn unknown(&self, entry: &Entry, within: &str, known: &[&str]) -> DocumentError {
        let hint = match nearest(&entry.key, known) {
            Some(word) => format!("did you mean `{within}{word}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let field = format!("{within}{}", entry.key);
        DocumentError::Unknown { at: self.at(entry.place), task: self.task.clone(), field, hint }
    }

    /// As JSON, in the form of a [`Definition`], and known to be right.
    fn field(&self, entry: &Entry) -> Result<Value, DocumentError> {
        let node = &entry.value;
        let read = |words: fn(&Value) -> Result<Value, String>| {
            words(&node.to_json()).map_err(|reason| self.wrong(node.place, &entry.key, reason))
        };
        match entry.key.as_str() {
            "deadline" => read(words::deadline),
            "budgets" => self.budgets(node),
            "schedule" => self.schedule(node),
            "checks" => self.checks(node),
            "depends_on" => self.each(node, "depends_on", words::name),
            "labels" => self.labels(node),
            "name" => read(words::name),
            "parent" => read(words::optional_name),
            "type" => read(words::kind),
            "priority" => read(words::priority),
            "title" | "description" => read(words::text),
            "skill" => read(words::optional_text),
            _ => Ok(node.to_json()),
        }
    }

    fn each(
        &self,
        node: &Node,
        field: &str,
        words: fn(&Value) -> Result<Value, String>,
    ) -> Result<Value, DocumentError> {
        let read = |(number, item): (usize, &Node)| {
            words(&item.to_json())
                .map_err(|reason| self.wrong(item.place, &format!("{field}[{number}]"), reason))
        };
        self.list(node, field)?.iter().enumerate().map(read).collect()
    }

    fn list<'n>(&self, node: &'n Node, field: &str) -> Result<&'n [Node], DocumentError> {
        match &node.tree {
            Tree::List(items) => Ok(items),
            Tree::Null => Ok(&[]),
            other => Err(self.wrong(node.place, field, format!("found {}, expected a list", other.kind()))),
        }
    }

    fn map<'n>(&self, node: &'n Node, field: &str, known: &[&str]) -> Result<&'n [Entry], DocumentError> {
        let Tree::Map(entries) = &node.tree else {
            let reason = format!("found {}, expected a map", node.tree.kind());
            return Err(self.wrong(node.place, field, reason));
        };
        let unknown = entries.iter().find(|entry| !known.is_empty() && !known.contains(&entry.key.as_str()));
        match unknown {
            Some(entry) => Err(self.unknown(entry, &format!("{field}."), known)),
            None => Ok(entries),
        }
    }

    fn labels(&self, node: &Node) -> Result<Value, DocumentError> {
        let read = |entry: &Entry| match words::text(&entry.value.to_json()) {
            Ok(value) => Ok((entry.key.clone(), value)),
            Err(reason) => Err(self.wrong(entry.value.place, &format!("labels.{}", entry.key), reason)),
        };
        let pairs: Result<Map<_, _>, _> = self.map(node, "labels", &[])?.iter().map(read).collect();
        pairs.map(Value::Object)
    }

    fn budgets(&self, node: &Node) -> Result<Value, DocumentError> {
        let mut budgets = Map::new();
        for entry in self.map(node, "budgets", &BUDGETS)? {
            let (key, value) = words::budget(&entry.key, &entry.value.to_json())
                .map_err(|reason| self.wrong(entry.value.place, &format!("budgets.{}", entry.key), reason))?;
            budgets.insert(key.to_owned(), value);
        }
        self.known_as::<crate::Budgets>(node, "budgets", Value::Object(budgets))
    }

    fn schedule(&self, node: &Node) -> Result<Value, DocumentError> {
        if let Tree::Map(_) = node.tree {
            self.map(node, "schedule", &SCHEDULE)?;
        }
        let value =
            words::schedule(&node.to_json()).map_err(|reason| self.wrong(node.place, "schedule", reason))?;
        self.known_as::<Option<crate::Schedule>>(node, "schedule", value)
    }

    fn checks(&self, node: &Node) -> Result<Value, DocumentError> {
        let items = self.list(node, "checks")?.iter().enumerate();
        items.map(|(number, item)| self.check(item, &format!("checks[{number}]"))).collect()
    }

    fn check(&self, node: &Node, field: &str) -> Result<Value, DocumentError> {
        self.map(node, field, &[])?;
        let mut arguments = node.to_json();
        let kind = arguments.as_object_mut().and_then(|object| object.remove("kind"));
        let Some(kind) = kind.as_ref().and_then(Value::as_str) else {
            let reason =
                "it has no `kind`: expected command, http, file, json-path, skill, llm-judge or human";
            return Err(self.wrong(node.place, field, reason.to_owned()));
        };
        match Check::from_parts(kind, &arguments.to_string()) {
            Ok(check) => Ok(serde_json::to_value(check).unwrap_or_default()),
            Err(PartsError::Field { field: inner, reason, .. }) => {
                let place = node.entry(&inner).map_or(node.place, |entry| entry.value.place);
                Err(self.wrong(place, &format!("{field}.{inner}"), reason))
            }
            Err(error) => Err(self.wrong(node.place, field, error.to_string())),
        }
    }

    fn known_as<T: DeserializeOwned>(
        &self,
        node: &Node,
        field: &str,
        value: Value,
    ) -> Result<Value, DocumentError> {
        match serde_json::from_value::<T>(value.clone()) {
            Ok(_) => Ok(value),
            Err(error) => Err(self.wrong(node.place, field, error.to_string())),
        }
    }
}
