//! Claims: what somebody outside of the host says of a task that they work on. Each word after the claim carries its
//! fence.

use std::sync::Arc;

use patchbay_tasks::{Definition, Note};
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST /api/tasks/{name}/claim`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimTask {
    /// Who works; of a task that is assigned, whom it is assigned to.
    pub agent: String,
    /// Their process.
    #[serde(default)]
    pub pid: u32,
    /// When that started, as its operating system counts.
    #[serde(default)]
    pub started: u64,
}

/// A task is yours until `expires`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskClaimed {
    /// From 1.
    pub attempt: u32,
    pub fence: u64,
    #[serde(flatten)]
    pub lease: LeaseTerm,
    pub definition: Arc<Definition>,
    /// What is to be known of the attempts before.
    pub notes: Vec<Note>,
}

/// How long a lease lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeaseTerm {
    pub expires: Timestamp,
    /// From now on, in milliseconds.
    pub lease_ms: u64,
    /// How often it should be renewed, in milliseconds.
    pub heartbeat_ms: u64,
}

/// `POST /api/tasks/{name}/heartbeat`: a sign of life, and what was said since the last one. It renews the lease.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskHeartbeat {
    pub fence: u64,
    /// How many lines were said under this fence before these. What was heard already is not written again, so lines whose
    /// answer was lost can be said again. Without it all are new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// At most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<SaidLine>,
}

/// A line of output; of more than 64 KiB the rest is cut off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaidLine {
    #[serde(default)]
    pub stream: LineStream,
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineStream {
    #[default]
    Stdout,
    Stderr,
    /// What the worker says about the work.
    Note,
}

/// `POST /api/tasks/{name}/end`: what came of it. The same may be said again: it counts once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndTask {
    pub fence: u64,
    pub outcome: EndOutcome,
    /// Of a failure: `exit:1`, `signal:9`, `timeout`; needed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What came of it or what went wrong, in a sentence; at most 4,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The step that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What was made, for checks to look at; at most 256 KiB.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    /// Of a failure: the worker tries again by itself, so no cause is looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndOutcome {
    /// The worker says so; its checks are run by somebody else.
    Succeeded,
    Failed,
    /// Given back: it costs no attempt, and the task is ready again unless it was stopped.
    Released,
}

impl LineStream {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Note => "note",
        }
    }
}
