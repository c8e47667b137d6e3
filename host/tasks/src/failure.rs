//! How an attempt failed, as far as it decides what comes next. It must not know how a failure was recognised.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// One failed attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// A word: `timeout`, `exit:1`, `stuck`, `check-failed`.
    pub class: String,
    pub kind: FailureKind,
    pub fingerprint: Fingerprint,
    /// For people; its last [`crate::Note::CHARS_MAX`] characters are kept.
    pub message: String,
    /// The step that failed, if the worker says; at most [`Failure::STEP_CHARS_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The first pause of this class, if the operator set one.
    pub base: Option<Duration>,
    /// What the other side asked for.
    pub retry_after: Option<Duration>,
}

/// What a failure needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It may pass by itself.
    Transient,
    /// Something must be mended.
    Logical,
    /// Something outside is missing that only a person can bring: a module, a path, a permission.
    Environment,
}

impl FailureKind {
    /// The kind of a class that nobody said more about.
    #[must_use]
    pub fn of_class(class: &str) -> Self {
        match class {
            "crash" | "kill" | "lost" | "timeout" | "connection" | "rate-limit" | "http:429" => {
                Self::Transient
            }
            "environment" | "missing-module" | "missing-path" | "permission" => Self::Environment,
            _ if class.starts_with("http:5") => Self::Transient,
            _ => Self::Logical,
        }
    }
}

impl Failure {
    /// Characters of the step that failed.
    pub const STEP_CHARS_MAX: usize = 500;

    /// The third loss in a row.
    pub(crate) fn lost(times: u32) -> Self {
        Self {
            class: "lost".to_owned(),
            kind: FailureKind::Transient,
            fingerprint: Fingerprint("lost".into()),
            message: format!("the worker was lost with its host {times} times in a row"),
            step: None,
            base: None,
            retry_after: None,
        }
    }
}
