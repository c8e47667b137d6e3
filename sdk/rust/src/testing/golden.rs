//! A golden case of any world but routing: one question, what the host answers meanwhile, and what is expected. It knows
//! no plugin: whoever asked, natively or in the sandbox, brings the answer to [`GoldenCase::check`].

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::case::CaseError;
use super::fake::FakeHost;
use super::fits::fits;

/// One question and what is expected, as a file in `cases/` has it.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenCase {
    /// What the case shows, as a sentence.
    pub name: String,
    /// The operator's configuration; `{}` if left out.
    #[serde(default = "nothing_set")]
    pub config: Value,
    /// What is asked: `describe`; the world's first question if left out.
    pub ask: Option<String>,
    /// Its fields; each that is left out is the plain default.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// What the host answers.
    #[serde(default)]
    pub host: Vec<HostAnswer>,
    /// What the plugin must answer: any part of it, or `{"error": {"code": "…"}}`.
    pub expect: Value,
}

/// What the host answers to one call.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct HostAnswer {
    /// `{"ok": …}` or `{"error": {"code": "…"}}`.
    pub answer: Value,
    /// `call`, and any of its other fields.
    #[serde(flatten)]
    pub call: Map<String, Value>,
}

/// What a plugin answered: as the host's format has it, or its refusal: `code`, `message`, `retryable`,
/// `retry_after_ms`.
pub type Answered = Result<Value, Value>;

fn nothing_set() -> Value {
    json!({})
}

impl GoldenCase {
    /// Reads a case from a file.
    ///
    /// # Errors
    /// The file cannot be read, or holds no case.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| CaseError::Unreadable(path.to_owned(), error))?;
        Self::parse(&text)
    }

    /// Reads a case from JSON text.
    ///
    /// # Errors
    /// The text is no case.
    pub fn parse(json: &str) -> Result<Self, CaseError> {
        serde_json::from_str(json).map_err(CaseError::NotACase)
    }

    /// The question, in the host's format: `{"ask": "send", "message": {…}}`.
    #[must_use]
    pub fn question(&self) -> Value {
        let mut question = self.input.clone();
        question.extend(self.ask.as_ref().map(|ask| ("ask".to_owned(), json!(ask))));
        question_of(question)
    }

    /// A host that answers as the case says.
    #[must_use]
    pub fn fake_host(&self) -> FakeHost {
        fake_host(&self.host)
    }

    /// Compares what a plugin answered, and what it asked of the host, with what is expected.
    ///
    /// # Errors
    /// The difference, as text for people: a line `expected` and a line `found`, and what was asked of the host.
    pub fn check(&self, answer: &Answered, host: &FakeHost) -> Result<(), String> {
        if !self.fits(answer) {
            let found = answer.clone().unwrap_or_else(|error| json!({ "error": error }));
            return Err(format!("  expected  {}\n  found     {found}{}", self.expect, asked(host)));
        }
        match host.unused().first() {
            Some(call) => Err(format!("  expected  the call {call}\n  found     none{}", asked(host))),
            None => Ok(()),
        }
    }

    fn fits(&self, answer: &Answered) -> bool {
        match (self.expect.get("error"), answer) {
            (Some(Value::String(code)), Err(error)) => error["code"] == *code,
            (Some(wanted), Err(error)) => fits(wanted, error),
            (None, Ok(output)) => fits(&self.expect, output),
            _ => false,
        }
    }
}

/// A question as people write it: a skill's input may be any JSON, where the host's format has its text.
#[must_use]
pub fn question_of(question: Map<String, Value>) -> Value {
    let mut question = Value::Object(question);
    if let Some(input) = question.pointer_mut("/invocation/input").filter(|input| !input.is_string()) {
        *input = input.to_string().into();
    }
    question
}

/// A host that answers so.
#[must_use]
pub fn fake_host(answers: &[HostAnswer]) -> FakeHost {
    let mut host = FakeHost::new();
    for given in answers {
        host.give(given.call.clone().into(), given.answer.clone());
    }
    host
}

/// The calls, a line each, for whoever looks for the difference.
fn asked(host: &FakeHost) -> String {
    const SHOWN: usize = 20;
    host.calls().iter().take(SHOWN).map(|call| format!("\n  asked     {call}")).collect()
}

#[cfg(test)]
mod tests;
