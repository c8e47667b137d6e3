//! Tasks: what the operator says of them, and is told. A task file's own form is a [`Definition`].

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_engine::{Attempt, FixRecord, Line, ProblemRecord, TaskImport};
use patchbay_tasks::{Definition, Lease, Note, Priority, State, Tally, TaskName, TaskType, Why};
use patchbay_types::{Digest, NanoUsd, Timestamp, Tokens};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST /api/tasks/apply`: all of them are taken in, or none.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyTasks {
    /// At most 10,000.
    pub tasks: Vec<Definition>,
    /// Those that are made wait for `publish`.
    #[serde(default)]
    pub draft: bool,
}

/// What became of one definition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskApplied {
    pub name: TaskName,
    pub outcome: ApplyOutcome,
    /// As in [`TaskRow`]; of what is a schedule and no task: `schedule`.
    pub state: String,
    /// Of a schedule: 0.
    pub rev: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyOutcome {
    Created,
    Changed,
    /// It said the same already.
    Unchanged,
}

/// `GET /api/tasks`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// States with commas between them: `ready,running`. None: all.
    #[serde(default)]
    pub state: Option<String>,
    /// `KEY=VALUE`.
    #[serde(default)]
    pub label: Option<String>,
    /// Only what is assigned to this one.
    #[serde(default)]
    pub assignee: Option<String>,
    /// The `id` of the last task of the page before.
    #[serde(default)]
    pub after: Option<u64>,
    /// 1 to 1,000; 100 if not given.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// A task in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskRow {
    pub id: u64,
    pub name: TaskName,
    pub title: String,
    /// `running`, or the state's own name: `needs-human`.
    pub state: String,
    /// Only of one that has succeeded: false, there was no check.
    pub verified: Option<bool>,
    #[serde(rename = "type")]
    pub kind: TaskType,
    pub priority: Priority,
    pub parent: Option<TaskName>,
    /// 1 for a task without parent.
    pub level: u8,
    pub skill: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Who alone may claim it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    pub attempts: u32,
    pub failures: u32,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub rev: u64,
}

/// One task, whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TaskView {
    /// As in [`TaskRow`].
    pub state: String,
    pub verified: Option<bool>,
    #[serde(flatten)]
    pub definition: Arc<Definition>,
    pub id: u64,
    pub rev: u64,
    pub level: u8,
    /// The topmost parent.
    pub root: TaskName,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// How often it was claimed; the number of the latest attempt.
    pub attempts: u32,
    pub failures: u32,
    pub tally: Tally,
    /// The state with what belongs to it: what a person is asked, until when it waits.
    pub stands: State,
    /// What holds it, or that nothing does.
    pub why: Why,
    /// What the next attempt is told of those before.
    pub notes: Vec<Note>,
    pub lease: Option<Lease>,
    /// How many direct children it has.
    pub children: usize,
    /// The latest that are over, the oldest first; at most 5, without what they gave back.
    pub last_attempts: Vec<AttemptView>,
    /// The latest that is over, with what it gave back.
    pub last_attempt: Option<AttemptView>,
    /// The one that it waits for.
    pub problem: Option<ProblemRecord>,
    /// The one that is open for that problem, or that its next outcome judges.
    pub fix: Option<FixRecord>,
    /// What a todos file said of it that the host does not know by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<TaskImport>,
}

/// An attempt that is over. Its lines are in the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttemptView {
    pub number: u32,
    pub fence: u64,
    /// The skill's component.
    pub plugin: Option<Digest>,
    pub began: Timestamp,
    pub ended: Timestamp,
    /// `succeeded`, or the failure's class; `lost`, `cancelled`, `released`.
    pub outcome: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    pub tokens: Tokens,
    /// In nano-USD.
    pub cost_nano_usd: NanoUsd,
    /// Lines of its log that are kept.
    pub lines: usize,
}

/// `GET /api/tasks/{name}/log`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// The one that runs, or else the latest, if not given.
    #[serde(default)]
    pub attempt: Option<u32>,
    /// Only lines with a greater number.
    #[serde(default)]
    pub after: Option<u64>,
    /// 1 to 10,000; 1,000 if not given.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Only so many of the last lines.
    #[serde(default)]
    pub tail: Option<usize>,
}

/// A part of a run's log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogView {
    /// 0: there was none yet.
    pub attempt: u32,
    /// As in [`TaskRow`], of the moment before the lines were read.
    pub state: String,
    /// Nothing more comes before a person says something: it has ended, or waits for one.
    pub over: bool,
    /// Why it does not run, in one sentence; none: it runs, is about to, or has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    pub lines: Vec<Line>,
}

/// `GET /api/tasks/{name}/tree`: a task and all below it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskTree {
    /// Each after its parent, before its parent's next child.
    pub tasks: Vec<TreeRow>,
    /// There are more: at most 10,000 are told.
    pub cut: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TreeRow {
    /// 0 for the task that was asked for.
    pub depth: u8,
    #[serde(flatten)]
    pub task: TaskRow,
}

/// `POST /api/tasks/{name}/{verb}`, with the fields that the verb takes; each may be left out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskCommand {
    /// Why, for the history; what has ended is changed with a reason only. To `reject`: the remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// To `answer`: what the next attempt shall know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// To `answer`: fields of the input, an object. To `priority`: `P0`, `P1` or `P2`. To `assign`:
    /// who alone may claim it; left out: nobody, it is the host's again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Value>,
    /// Refuses the change unless this is still the task's revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
    /// To `pause`, `resume`, `cancel` and `void`: all below it that has not ended, too; of whom it cannot be said stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub children: bool,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            fence: attempt.fence,
            plugin: attempt.plugin,
            began: attempt.began,
            ended: attempt.ended,
            outcome: attempt.outcome,
            message: attempt.message,
            output: attempt.output,
            tokens: attempt.tokens,
            cost_nano_usd: attempt.cost,
            lines: attempt.log.len(),
        }
    }
}
