//! One thing that a plugin tries, and what it must be told.

use serde_json::Value;

pub(super) struct Attempt {
    pub(super) name: String,
    /// As `guests/asker` reads it.
    pub(super) call: Value,
    /// What is right, any of it: codes of errors, or `=` and what the answer is: `refused|invalid`, `=302`, `=null`.
    pub(super) expected: &'static str,
}

impl Attempt {
    pub(super) fn new(name: impl Into<String>, expected: &'static str, call: Value) -> Self {
        Self { name: name.into(), call, expected }
    }

    pub(super) fn holds(&self, answer: &Value) -> bool {
        let found = self.found(answer);
        self.expected.split('|').any(|right| right == found)
    }

    /// In a word: the error's code, or what came back.
    pub(super) fn found(&self, answer: &Value) -> String {
        match (&answer["error"], &answer["ok"]) {
            (Value::String(code), _) => code.clone(),
            (_, ok) if ok["status"].is_u64() => format!("={}", ok["status"]),
            (_, ok) if ok["code"].is_i64() => format!("={}", ok["code"]),
            (_, ok) => format!("={ok}"),
        }
    }
}
