//! What a plugin answers when it cannot do what it was asked.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A refusal that the host can act on: the call failed, the plugin did not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PluginError {
    /// A stable word for programs, in lower case with dashes: `bad-config`, `unknown-model`.
    pub code: String,
    /// A sentence for people: what was found, what was expected, what to do.
    pub message: String,
    /// Milliseconds after which the same call may succeed; none if it never will.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

impl PluginError {
    /// An error that will not go away by itself.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), retry_after_ms: None }
    }

    /// The same error, worth another try after this many milliseconds.
    #[must_use]
    pub fn retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// The same error, worth another try after this time.
    #[must_use]
    pub fn retry_after(self, time: Duration) -> Self {
        self.retry_after_ms(milliseconds(time))
    }
}

/// A time in the contract's unit.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for PluginError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for PluginError {}

/// The code is `failed`.
impl From<String> for PluginError {
    fn from(message: String) -> Self {
        Self::new("failed", message)
    }
}

/// The code is `failed`.
impl From<&str> for PluginError {
    fn from(message: &str) -> Self {
        Self::new("failed", message)
    }
}

/// The code is `failed`.
impl From<Box<dyn std::error::Error>> for PluginError {
    fn from(error: Box<dyn std::error::Error>) -> Self {
        Self::new("failed", error.to_string())
    }
}

/// The code is `bad-json`.
impl From<serde_json::Error> for PluginError {
    fn from(error: serde_json::Error) -> Self {
        Self::new("bad-json", error.to_string())
    }
}

/// The code is `bad-number`.
impl From<std::num::ParseIntError> for PluginError {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::new("bad-number", error.to_string())
    }
}

/// The code is `bad-number`.
impl From<std::num::ParseFloatError> for PluginError {
    fn from(error: std::num::ParseFloatError) -> Self {
        Self::new("bad-number", error.to_string())
    }
}

/// The code is `bad-text`.
impl From<std::str::Utf8Error> for PluginError {
    fn from(error: std::str::Utf8Error) -> Self {
        Self::new("bad-text", error.to_string())
    }
}

/// The code is `bad-text`.
impl From<std::string::FromUtf8Error> for PluginError {
    fn from(error: std::string::FromUtf8Error) -> Self {
        error.utf8_error().into()
    }
}
