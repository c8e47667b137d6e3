//! The task that a failure or a problem is about. Which one that is, the host knows. No grant: analyzers and strategies
//! have it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Attributes, PluginError, host, json_text, step};

/// A task.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// The host's own.
    pub id: String,
    /// For people.
    pub name: String,
    /// What does it.
    pub skill: String,
    /// `ready`, `running`, `backoff`, ...
    pub state: String,
    /// As JSON; [`input`](Self::input()) reads it.
    pub input: String,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

impl Task {
    /// The input, read into your own type.
    ///
    /// # Errors
    /// `bad-json`, with the place, if the JSON does not fit `T`.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        Ok(serde_json::from_str(&self.input)?)
    }
}

/// One try of a task.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// How it ended: `succeeded`, or a word for what failed.
    pub state: String,
    /// Milliseconds since 1970, UTC.
    pub started_ms: u64,
    /// Milliseconds since 1970, UTC; none while it runs.
    pub ended_ms: Option<u64>,
    /// What it failed with.
    pub error: Option<String>,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// Something that was found out: a failed check, an exit status, what a probe saw.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// What sort of thing it is, as a word.
    pub kind: String,
    /// For people and models.
    pub text: String,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// A fix that was tried for the same problem.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PastFix {
    /// Who proposed it.
    pub strategy: String,
    /// In a few words.
    pub title: String,
    /// `verified`, `failed`, `undone`, `voided`, ...
    pub outcome: String,
    /// The plan's actions, as JSON; [`steps`](Self::steps()) reads them.
    pub actions: String,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

impl PastFix {
    /// Outcomes of fixes that did not help. One that waits, or that its problem's end made void, has not failed.
    const FAILED: [&str; 3] = ["failed", "undone", "rejected"];

    /// Whether it was tried and did not help, or was refused or taken back.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        Self::FAILED.contains(&self.outcome.as_str())
    }

    /// The plan's actions, [flat](step::flat); nothing if they cannot be read.
    #[inline]
    #[must_use]
    pub fn steps(&self) -> Vec<Value> {
        let actions = json_text::read(&self.actions).unwrap_or_default();
        actions.as_array().into_iter().flatten().map(step::flat).collect()
    }
}

/// What people wrote down for such a problem.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Runbook {
    /// In a few words.
    pub title: String,
    /// All of it.
    pub text: String,
}

/// The task; none when it is about no task.
///
/// # Errors
/// The host's own.
pub fn current() -> Result<Option<Task>, PluginError> {
    host::tasks::current()
}

/// The task's attempts, the newest last; at most 100.
///
/// # Errors
/// The host's own.
pub fn attempts() -> Result<Vec<Attempt>, PluginError> {
    host::tasks::attempts()
}

/// The last lines of the task's log; at most 1,000.
///
/// # Errors
/// The host's own.
pub fn log_tail(lines: u32) -> Result<Vec<String>, PluginError> {
    host::tasks::log_tail(lines)
}

/// What was found out about the task.
///
/// # Errors
/// The host's own.
pub fn findings() -> Result<Vec<Finding>, PluginError> {
    host::tasks::findings()
}

/// What was tried for this problem, the newest last.
///
/// # Errors
/// The host's own.
pub fn history() -> Result<Vec<PastFix>, PluginError> {
    host::tasks::history()
}

/// The actions of each plan that [has failed](PastFix::has_failed) for this problem, [plain](step::plain): what a strategy
/// must not propose again, because the host refuses it.
///
/// # Errors
/// The host's own.
#[inline]
pub fn failed_plans() -> Result<Vec<Vec<Value>>, PluginError> {
    let failed = history()?.into_iter().filter(PastFix::has_failed);
    Ok(failed.map(|fix| step::plain(&fix.steps())).collect())
}

/// What people wrote down for such a problem.
///
/// # Errors
/// The host's own.
pub fn runbooks() -> Result<Vec<Runbook>, PluginError> {
    host::tasks::runbooks()
}
