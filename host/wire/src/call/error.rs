//! Why a body is no call.

use serde_json::value::RawValue;

use super::DEPTH_MAX;

/// As many characters of a wrong value are shown.
const SHOWN_MAX: usize = 60;

/// Why a body is no call. The client's to mend; each message is meant for it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallError {
    #[error("the request body is empty: expected a JSON object with a `model`")]
    Empty,
    /// `reason` names the place too.
    #[error("the request body is not JSON: {reason}")]
    NotJson { reason: String, line: usize, column: usize },
    #[error("the request body is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("the request body is not a JSON object: expected {{\"model\": …}}")]
    NotAnObject,
    #[error("the request body has no `{param}`: expected {expected}")]
    Missing { param: &'static str, expected: &'static str },
    #[error("the request body has more than one `{param}`: send it once")]
    Duplicate { param: &'static str },
    #[error("`{param}` is {found}: expected {expected}")]
    Wrong { param: &'static str, found: String, expected: &'static str },
}

impl CallError {
    /// The field of the body that is to blame.
    #[must_use]
    pub fn param(&self) -> Option<&'static str> {
        match self {
            Self::Missing { param, .. } | Self::Duplicate { param } | Self::Wrong { param, .. } => {
                Some(param)
            }
            Self::Empty | Self::NotJson { .. } | Self::TooDeep | Self::NotAnObject => None,
        }
    }

    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        if error.is_data() {
            return Self::NotAnObject;
        }
        Self::NotJson { reason: error.to_string(), line: error.line(), column: error.column() }
    }

    pub(super) fn not_utf8(body: &[u8], valid: usize) -> Self {
        let before = body.get(..valid).unwrap_or(body);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Self::NotJson { reason: format!("invalid UTF-8 at line {line} column {column}"), line, column }
    }

    pub(super) fn wrong(param: &'static str, found: &RawValue, expected: &'static str) -> Self {
        let found = match found.get().char_indices().nth(SHOWN_MAX) {
            Some((end, _)) => format!("{}…", &found.get()[..end]),
            None => found.get().to_owned(),
        };
        Self::Wrong { param, found, expected }
    }
}
