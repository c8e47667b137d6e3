//! A host out of answers that were given beforehand: JSON in, JSON out, in the format of recordings. The native mock and
//! the sandbox of `patchbay plugin test` both ask it, so that a case means the same in both.

mod files;
mod kv;
mod process;
mod tasks;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fits::fits;
use super::whole::whole;

/// Calls that are kept: a plugin that asks in a loop must not eat the test's memory.
const CALLS_MAX: usize = 100_000;

/// Answers a plugin's calls by what it was given. `kv` is a real little store, and what a skill tells its run is taken;
/// any other call needs an answer.
#[derive(Clone, Debug, Default)]
pub struct FakeHost {
    answers: Vec<Answer>,
    kv: kv::Store,
    files: files::Tree,
    processes: process::Table,
    tasks: tasks::About,
    secrets: BTreeSet<String>,
    cancel_after: Option<u32>,
    calls: Vec<Value>,
}

/// Used once.
#[derive(Clone, Debug)]
struct Answer {
    /// Some of the call's fields.
    call: Value,
    answer: Value,
    used: bool,
}

impl FakeHost {
    /// One that has no answers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers the next call that has these fields, once. `answer` is `{"ok": …}` or `{"error": {…}}`.
    pub fn give(&mut self, call: Value, answer: Value) {
        self.answers.push(Answer { call, answer: whole(answer), used: false });
    }

    /// The answer to a call.
    pub fn answer(&mut self, call: &Value) -> Value {
        if self.calls.len() < CALLS_MAX {
            self.calls.push(call.clone());
        }
        self.told(call).or_else(|| self.real(call)).unwrap_or_else(|| not_mocked(call))
    }

    /// The calls so far, in order; at most the first 100,000.
    #[must_use]
    pub fn calls(&self) -> &[Value] {
        &self.calls
    }

    /// The calls that [`give`](Self::give) was told of.
    pub fn given(&self) -> impl Iterator<Item = &Value> + Clone {
        self.answers.iter().map(|answer| &answer.call)
    }

    /// Those of them that did not come.
    #[must_use]
    pub fn unused(&self) -> Vec<&Value> {
        self.answers.iter().filter(|answer| !answer.used).map(|answer| &answer.call).collect()
    }

    fn told(&mut self, call: &Value) -> Option<Value> {
        let answer = self.answers.iter_mut().find(|answer| !answer.used && fits(&answer.call, call))?;
        answer.used = true;
        Some(self.processes.started(answer.answer.clone()))
    }

    /// What is answered without being told.
    fn real(&mut self, call: &Value) -> Option<Value> {
        let name = call.get("call")?.as_str()?;
        let (interface, operation) = name.split_once('.')?;
        match interface {
            "kv" => self.kv.answer(operation, call),
            "files" => self.files.answer(operation, call),
            "process" => self.processes.answer(operation, call),
            "tasks" => self.tasks.answer(operation, call),
            "secrets" => self.secret(call),
            "job" => Some(self.job(operation)),
            _ => None,
        }
    }

    fn secret(&self, call: &Value) -> Option<Value> {
        let name = call.get("name")?.as_str()?;
        let known = !self.secrets.is_empty();
        known.then(|| json!({ "ok": { "flag": self.secrets.contains(name) } }))
    }

    fn job(&mut self, operation: &str) -> Value {
        if operation != "cancelled" {
            return json!({ "ok": "done" });
        }
        let now = self.cancel_after == Some(0);
        self.cancel_after = self.cancel_after.map(|times| times.saturating_sub(1));
        json!({ "ok": { "flag": now } })
    }

    pub(super) fn add_secret(&mut self, name: &str) {
        self.secrets.insert(name.to_owned());
    }

    pub(super) fn cancel_after(&mut self, times: u32) {
        self.cancel_after = Some(times);
    }

    pub(super) fn kv(&mut self) -> &mut kv::Store {
        &mut self.kv
    }

    pub(super) fn files(&mut self) -> &mut files::Tree {
        &mut self.files
    }

    pub(super) fn tasks(&mut self) -> &mut tasks::About {
        &mut self.tasks
    }
}

fn not_mocked(call: &Value) -> Value {
    let name = call.get("call").and_then(Value::as_str).unwrap_or("a call without a name");
    let message = format!("no answer was given for {name}: {call}");
    json!({ "error": { "code": "not-mocked", "message": message, "retry_after_ms": null } })
}

fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "retry_after_ms": null } })
}

#[cfg(test)]
mod tests;
