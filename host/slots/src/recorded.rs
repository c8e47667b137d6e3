//! One recorded call: everything that is needed to make it again on another machine, but for the component.

use patchbay_runtime::exchange::{Input, Output};
use patchbay_runtime::{CallFailure, FailureClass, Start, Tape};
use patchbay_types::{Digest, GenerationId, Grants, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands in the place of a value that is not kept.
const REDACTED: &str = "[redacted]";

/// A call with what it heard and said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Recorded {
    pub call: String,
    pub at: Timestamp,
    pub generation: GenerationId,
    pub digest: Digest,
    /// `name@version`.
    pub plugin: String,
    /// The configuration that it had, as JSON.
    pub config: String,
    pub grants: Grants,
    pub start: Start,
    pub input: Input,
    pub tape: Tape,
    pub answer: Answer,
    /// Its own time, in microseconds.
    pub took_us: u64,
    /// Whether values are missing, by the manifest's rules: then it cannot be made again.
    #[serde(default)]
    pub redacted: bool,
}

/// What a call ended with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Output(Output),
    Failed {
        class: FailureClass,
        message: String,
        /// Of a refusal.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        code: String,
    },
}

impl Answer {
    pub(crate) fn of(result: Result<Output, &CallFailure>) -> Self {
        match result {
            Ok(output) => Self::Output(output),
            Err(failure) => Self::Failed {
                class: failure.class(),
                message: failure.to_string(),
                code: match failure {
                    CallFailure::Refused(refusal) => refusal.code.clone(),
                    _ => String::new(),
                },
            },
        }
    }

    #[must_use]
    pub fn failure(&self) -> Option<FailureClass> {
        match self {
            Self::Output(_) => None,
            Self::Failed { class, .. } => Some(*class),
        }
    }
}

impl Recorded {
    /// Leaves out the values at the given places of `{input, tape, answer}`.
    #[must_use]
    pub(crate) fn redacted(mut self, pointers: &[String]) -> Self {
        for pointer in pointers {
            let mut whole =
                serde_json::json!({"input": self.input, "tape": self.tape, "answer": self.answer});
            let Some(value) = whole.pointer_mut(pointer) else { continue };
            *value = Value::String(REDACTED.to_owned());
            self.redacted = true;
            self.take(whole);
        }
        self
    }

    /// A place whose value is no text cannot hold the word; then the whole part is emptied rather than kept.
    fn take(&mut self, mut whole: Value) {
        match serde_json::from_value(whole["input"].take()) {
            Ok(input) => self.input = input,
            Err(_) => self.input = Input::Describe {},
        }
        self.tape = serde_json::from_value(whole["tape"].take()).unwrap_or_default();
        self.answer = serde_json::from_value(whole["answer"].take()).unwrap_or(Answer::Output(Output::Done));
    }
}
