//! `process`: children that say their lines and end. One is started by the answer `{"ok": {"child": {"lines": […],
//! "exit": {"code": 0}}}}`; an answer with a number leaves its lines and its end to other answers.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::testing::whole::whole;

#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<Child>);

#[derive(Clone, Debug)]
struct Child {
    number: usize,
    lines: VecDeque<Value>,
    exit: Value,
    killed: bool,
}

impl Table {
    /// The answer that the plugin gets: a number in the place of a child that is described.
    pub(super) fn started(&mut self, answer: Value) -> Value {
        let Some(child) = answer.pointer("/ok/child").filter(|child| child.is_object()) else {
            return answer;
        };
        let lines =
            whole(json!({ "ok": { "lines": child.get("lines").cloned().unwrap_or_else(|| json!([])) } }));
        let exit = child.get("exit").cloned().unwrap_or_else(|| json!({ "code": 0 }));
        let exit = whole(json!({ "ok": { "exit": exit } }));
        let number = self.0.len() + 1;
        self.0.push(Child {
            number,
            lines: lines["ok"]["lines"].as_array().cloned().unwrap_or_default().into(),
            exit: exit["ok"]["exit"].clone(),
            killed: false,
        });
        json!({ "ok": { "child": number } })
    }

    pub(super) fn answer(&mut self, operation: &str, call: &Value) -> Option<Value> {
        let number = call.get("child")?.as_u64()?;
        let child = self.0.iter_mut().find(|child| child.number as u64 == number)?;
        match operation {
            "lines" => {
                let count = call.get("count")?.as_u64()?.min(child.lines.len() as u64);
                let lines: Vec<Value> = (0..count).filter_map(|_| child.lines.pop_front()).collect();
                Some(json!({ "ok": { "lines": lines } }))
            }
            "wait" => Some(json!({ "ok": { "exit": child.end() } })),
            "kill" => {
                child.kill();
                Some(json!({ "ok": "done" }))
            }
            _ => None,
        }
    }
}

impl Child {
    /// It runs until its lines were heard.
    fn end(&self) -> Value {
        if self.lines.is_empty() { self.exit.clone() } else { Value::Null }
    }

    fn kill(&mut self) {
        if !self.killed {
            self.killed = true;
            self.lines.clear();
            self.exit = json!({ "code": null, "signal": 15, "attributes": [] });
        }
    }
}
