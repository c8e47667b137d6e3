//! What was found. It must not know how.

use serde::{Deserialize, Serialize};

use crate::text::cut;

/// Of a sentence, in characters: what was found and expected, and the last 3,000 of a program's output.
const TEXT_CHARACTERS_MAX: usize = 4_000;

/// What the checks that need no person said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// Each of them holds; so it is if there are none.
    pub passed: bool,
    /// In order, up to the first that does not hold.
    pub results: Vec<CheckResult>,
}

/// What one check said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// Its place in the list, from 1; those for people are counted too.
    pub number: usize,
    /// As a task names it: `json-path`.
    pub kind: String,
    pub ended: Ended,
    /// One sentence: what was found, what was expected. At most 4,000 characters.
    pub text: String,
    pub took_ms: u64,
}

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    Held,
    /// What is so is not what was expected.
    Failed,
    TimedOut,
    /// It could not be asked: refused, or nobody there who answers. This says nothing about the work.
    NotRun,
    /// Whoever asked wants no answer any more.
    Cancelled,
}

/// An ending and its sentence.
pub(crate) struct Finding {
    pub(crate) ended: Ended,
    pub(crate) text: String,
}

impl Verdict {
    pub(crate) fn of(results: Vec<CheckResult>) -> Self {
        Self { passed: results.iter().all(CheckResult::passed), results }
    }

    /// The check that did not hold.
    #[must_use]
    pub fn failure(&self) -> Option<&CheckResult> {
        self.results.last().filter(|result| !result.passed())
    }
}

impl CheckResult {
    #[must_use]
    pub fn passed(&self) -> bool {
        self.ended == Ended::Held
    }
}

impl Finding {
    pub(crate) fn held(text: impl Into<String>) -> Self {
        Self::of(Ended::Held, text)
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::of(Ended::Failed, text)
    }

    pub(crate) fn not_run(text: impl Into<String>) -> Self {
        Self::of(Ended::NotRun, text)
    }

    pub(crate) fn of(ended: Ended, text: impl Into<String>) -> Self {
        Self { ended, text: cut(&text.into(), TEXT_CHARACTERS_MAX) }
    }
}
