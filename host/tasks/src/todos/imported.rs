//! What a task that only the file knows becomes here. It must not know how two sides are merged.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{OLD_PRIORITIES, Todo, priority_of_old, type_of_old};
use crate::{Check, Priority, TaskType};

/// Fields that tell where a task's plan came from.
const PROVENANCE: [&str; 4] = ["analysis", "plan", "solution", "fix_suggestion"];

/// A task of the old system, in words of this one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Imported {
    pub description: String,
    pub kind: TaskType,
    pub priority: Priority,
    /// A criterion in words is a question to a person until somebody makes it executable.
    pub checks: Vec<Check>,
    /// `env`: `dev` or `prod`.
    pub labels: BTreeMap<String, String>,
    /// `analysis`, `plan`, `solution`, `fix_suggestion`, as far as they are there.
    pub provenance: BTreeMap<String, Value>,
    pub metrics: Option<Value>,
    pub artifacts: Option<Value>,
}

impl Imported {
    /// Priorities are numbers from 1 to 10, or P0 to P2; what cannot be read is as if it were not there.
    #[must_use]
    pub fn of(todo: &Todo) -> Self {
        let text = |key: &str| todo.get(key).and_then(|value| value.as_str().map(str::to_owned));
        let types: Vec<String> = ["type", "task_type", "log_type"].into_iter().filter_map(text).collect();
        let provenance = PROVENANCE.into_iter().filter_map(|key| Some((key.to_owned(), todo.get(key)?)));
        Self {
            description: text("description").unwrap_or_default(),
            kind: types
                .iter()
                .map(|word| type_of_old(word))
                .find(|kind| *kind != TaskType::Regular)
                .unwrap_or_default(),
            priority: todo.get("priority").and_then(|value| priority(&value)).unwrap_or_default(),
            checks: todo.get("success_criteria").map(|value| checks(&value)).unwrap_or_default(),
            labels: types.iter().find_map(|word| env(word)).into_iter().collect(),
            provenance: provenance.collect(),
            metrics: todo.get("execution_metrics"),
            artifacts: todo.get("artifacts"),
        }
    }
}

fn priority(value: &Value) -> Option<Priority> {
    priority_of_old(value, OLD_PRIORITIES).or_else(|| serde_json::from_value(value.clone()).ok())
}

fn env(word: &str) -> Option<(String, String)> {
    let env = word.strip_suffix("_task").filter(|env| matches!(*env, "dev" | "prod"))?;
    Some(("env".to_owned(), env.to_owned()))
}

/// Words, a list of words, or checks as this host has them.
fn checks(value: &Value) -> Vec<Check> {
    match value {
        Value::Array(items) => items.iter().flat_map(checks).collect(),
        Value::String(text) if !text.trim().is_empty() => vec![Check::Human { question: text.clone() }],
        Value::Object(_) => match serde_json::from_value(value.clone()) {
            Ok(check) => vec![check],
            Err(_) => vec![Check::Human { question: value.to_string() }],
        },
        _ => Vec::new(),
    }
}
