//! How a script ended that did not return, and the outcome that people and programs read. What it returned is in
//! `lib`.

use boa_engine::JsError;
use boa_engine::error::{EngineError, RuntimeLimitError};
use patchbay_sdk::Outcome;
use serde_json::{Value, json};

use crate::desk::Stop;
use crate::limit::{CALLS_DEEP_MAX, JSON_BYTES_MAX, LOOP_TURNS_MAX};
use crate::thrown::Thrown;

#[derive(PartialEq, Debug)]
pub(crate) enum Ending {
    Cancelled,
    /// Where it is wrong; none if the engine does not say.
    Syntax {
        message: String,
        line: Option<u32>,
        column: Option<u32>,
    },
    NoFunction {
        name: String,
    },
    Threw(Thrown),
    /// It was refused something, and did not catch that.
    Denied(Thrown),
    Type {
        at: String,
        found: String,
    },
    TooLarge,
    Timeout,
    LoopLimit,
    Recursion,
    /// The promise that it returned never settles.
    Pending,
    /// A mistake of the engine.
    Engine(String),
}

impl Ending {
    /// None if the error is the script's own.
    pub(crate) fn of_engine(error: &JsError) -> Option<Self> {
        Some(match error.as_engine()? {
            EngineError::NoInstructionsRemain => Self::Timeout,
            EngineError::RuntimeLimit(RuntimeLimitError::LoopIteration) => Self::LoopLimit,
            EngineError::RuntimeLimit(RuntimeLimitError::Recursion | RuntimeLimitError::StackSize) => {
                Self::Recursion
            }
            other => Self::Engine(other.to_string()),
        })
    }

    pub(crate) fn outcome(self) -> Outcome {
        let summary = self.summary();
        match self.code() {
            Some(code) => Outcome::failed(code, summary).output(self.output()),
            None => Outcome::cancelled(summary),
        }
    }

    /// None if it is no failure.
    fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Cancelled => return None,
            Self::Syntax { .. } => "script:syntax",
            Self::NoFunction { .. } => "script:no-function",
            Self::Threw(_) => "script:threw",
            Self::Denied(_) => "script:denied",
            Self::Type { .. } => "script:type",
            Self::TooLarge => "script:too-large",
            Self::Timeout => "script:timeout",
            Self::LoopLimit => "script:loop-limit",
            Self::Recursion => "script:recursion",
            Self::Pending => "script:pending",
            Self::Engine(_) => "script:engine",
        })
    }

    fn summary(&self) -> String {
        match self {
            Self::Cancelled => "the script was ended because the run was cancelled".to_owned(),
            Self::Syntax { message, .. } => format!("the source cannot be read: {message}"),
            Self::NoFunction { name } => {
                format!(
                    "the source declares no function {name}: expected function {name}(input, host) {{ ... }}"
                )
            }
            Self::Threw(thrown) => format!("the script threw {thrown}"),
            Self::Denied(thrown) => format!("the script asked for what is not granted: {thrown}"),
            Self::Type { at, found } => {
                let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
                format!("the script returned {found}{at}, which JSON cannot say")
            }
            Self::TooLarge => format!("the script returned more than {JSON_BYTES_MAX} bytes"),
            Self::Timeout => "the script's time was up before it returned".to_owned(),
            Self::LoopLimit => {
                format!(
                    "a loop of the script turned more than {LOOP_TURNS_MAX} times, or its promises did not end"
                )
            }
            Self::Recursion => {
                format!(
                    "calls of the script lay more than {CALLS_DEEP_MAX} deep in each other, or had too many values"
                )
            }
            Self::Pending => {
                "the promise that the script returned never settles: nothing is left that could do it, or a limit was passed after an await"
                    .to_owned()
            }
            Self::Engine(message) => format!("the engine could not go on: {message}"),
        }
    }

    fn output(&self) -> Value {
        match self {
            Self::Syntax { message, line, column } => {
                json!({ "error": { "name": "SyntaxError", "message": message, "line": line, "column": column } })
            }
            Self::Threw(thrown) | Self::Denied(thrown) => {
                json!({ "error": { "name": thrown.name, "message": thrown.message, "stack": thrown.stack } })
            }
            Self::Type { at, found } => json!({ "error": { "at": at, "found": found } }),
            _ => Value::Null,
        }
    }
}

impl From<Stop> for Ending {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled => Self::Cancelled,
            Stop::Timeout => Self::Timeout,
        }
    }
}
