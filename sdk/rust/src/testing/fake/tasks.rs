//! `tasks`: what was said of a task, once something was.

use std::collections::BTreeMap;

use serde_json::{Value, json};

#[derive(Clone, Debug, Default)]
pub(in crate::testing) struct About {
    task: Option<Value>,
    /// By the reply's name: `attempts`, `findings`, ...
    lists: BTreeMap<&'static str, Vec<Value>>,
}

impl About {
    pub(in crate::testing) fn task(&mut self, task: Value) {
        self.task = Some(task);
    }

    pub(in crate::testing) fn add(&mut self, list: &'static str, value: Value) {
        self.lists.entry(list).or_default().push(value);
    }

    pub(super) fn answer(&self, operation: &str, call: &Value) -> Option<Value> {
        let known = self.task.is_some() || !self.lists.is_empty();
        let list = |name: &str| self.lists.get(name).cloned().unwrap_or_default();
        let reply = match operation {
            "current" => json!({ "task": self.task }),
            "log-tail" => {
                let lines = list("log-tail");
                let wanted = call.get("lines").and_then(Value::as_u64).unwrap_or(0);
                let first = lines.len().saturating_sub(usize::try_from(wanted).unwrap_or(usize::MAX));
                json!({ "log-tail": lines.get(first..) })
            }
            "attempts" | "findings" | "history" | "runbooks" => json!({ operation: list(operation) }),
            _ => return None,
        };
        known.then(|| json!({ "ok": reply }))
    }
}
