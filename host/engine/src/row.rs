//! What lies in the store, and under which keys. It must not know what happens to it.
//!
//! | table | key | row |
//! |---|---|---|
//! | `tasks` | id | the task |
//! | `task_names` | name | its id, and whether it is a schedule's (its tables: `schedule/row`) |
//! | `task_open` | shelf, order, id | for each task that has not ended: its lease, if it has one |
//! | `task_links` | name, kind, id | who waits for the task of that name |
//! | `task_events` | id, number | one event |
//! | `attempts` | id, number | one attempt that is over |
//! | `problems` | fingerprint | the problem |
//! | `problem_open` | fingerprint | each problem that is not closed |
//! | `problem_tasks` | fingerprint, id | who waits for it |
//! | `fixes` | id | the fix |
//! | `problem_fixes` | fingerprint, fix | its fixes |
//! | `problem_aliases` | fingerprint | the problem that it is part of |
//! | `fix_tasks` | fix, id | whose next outcome judges the fix |
//! | `fix_watches` | fix | what is watched after it |
//! | `known_fixes` | fingerprint, fix | what held |
//! | `todo_bases` | name of a todos file, task | what both had in common (`todos/row`) |
//! | `task_applied` | id | what was applied last, if that is not what it was made as (`create/applied`) |
//! | `task_imports` | id | what a todos file said of the task (`todos/row`) |
//! | `task_counters` | name | the first number that was not handed out |

use std::time::Duration;

use patchbay_runs::{Artifact, Line};
use patchbay_store::{Key, Record, Table};
use patchbay_tasks::{
    Event, FailureKind, Fingerprint, Fix, FixId, Lease, Plan, Problem, Task, TaskId, TaskName,
};
use patchbay_types::{Digest, NanoUsd, Timestamp, Tokens};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shelf::Place;

/// Bytes of an attempt's output that are kept.
pub(crate) const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// Bytes of JSON of the lines that are stored with an attempt, the newest: with all else they fit into one row.
const LOG_BYTES_MAX: usize = 512 * 1024;
/// Characters of what an attempt said, the last.
const MESSAGE_CHARS_MAX: usize = 4_000;

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TaskRow(pub(crate) Task);

#[derive(Serialize, Deserialize)]
pub(crate) struct NameRow {
    pub(crate) name: TaskName,
    pub(crate) id: TaskId,
    /// It is the number of a schedule: tasks and schedules share their names and their numbers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) schedule: bool,
}

/// Beside its key it says what only a leased task has.
#[derive(Serialize, Deserialize)]
pub(crate) struct OpenRow {
    #[serde(rename = "p")]
    pub(crate) place: Place,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<Lease>,
}

/// Who waits for a task.
#[derive(Serialize, Deserialize)]
pub(crate) struct LinkRow {
    pub(crate) name: TaskName,
    pub(crate) kind: LinkKind,
    pub(crate) id: TaskId,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum LinkKind {
    /// The task with this id is a child.
    Child = 0,
    /// The task with this id depends on it.
    Dependant = 1,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct EventRow(pub(crate) Event);

/// An attempt that is over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    pub task: TaskId,
    /// From 1.
    pub number: u32,
    pub fence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Digest>,
    pub began: Timestamp,
    pub ended: Timestamp,
    /// `succeeded`, or the failure's class; `lost`, `cancelled`, `released`.
    pub outcome: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What the skill gave back; null if it was larger than 256 KiB.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    /// Of the words by which somebody outside ended it: the same, said again, are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Digest>,
    pub tokens: Tokens,
    /// In nano-USD.
    pub cost: NanoUsd,
    /// What is kept of the run's log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Line>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

/// A problem, and what its diagnosis said beside the cause.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProblemRecord {
    pub problem: Problem,
    /// As the analyzer said it: `fix`, `success-criteria`, `priority`, `problem.1`, ...
    #[serde(default)]
    pub found: Vec<(String, String)>,
    /// How many of the independent problems `problem.N` have had a plan since.
    #[serde(default)]
    pub parts_tried: u32,
    /// Of the last failure.
    pub message: String,
    /// What else is known of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<LastFailure>,
}

/// A failure as it was, whatever a diagnosis makes of its problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LastFailure {
    /// `exit:1`, `http:503`, `stuck`.
    pub class: String,
    pub kind: FailureKind,
    /// The step that failed, if its worker said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What the other side asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WaitRow {
    pub(crate) problem: Fingerprint,
    pub(crate) task: TaskId,
}

/// A problem that is not closed.
#[derive(Serialize, Deserialize)]
pub(crate) struct OpenProblem {
    pub(crate) problem: Fingerprint,
}

/// A task whose next outcome judges a fix.
#[derive(Serialize, Deserialize)]
pub(crate) struct MendRow {
    pub(crate) fix: FixId,
    pub(crate) task: TaskId,
}

/// A fix, where it came from, and what came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FixRecord {
    pub fix: Fix,
    /// The task that the next outcome is awaited of has succeeded: with checks, or without.
    #[serde(default)]
    pub held: Option<bool>,
    /// That task, and which of its attempts it was: the plan's checks look at what that one gave back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<(TaskId, u32)>,
    pub provenance: Provenance,
    /// What each action gave, in their order.
    #[serde(default)]
    pub results: Vec<String>,
    /// The action after those was begun and changes something outside, and its end is not written: it may have been done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
    /// Why it failed, waits, or was refused.
    #[serde(default)]
    pub reason: String,
    /// What is watched after it, or why nothing is; empty: nobody asked for that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub watch: String,
    /// The inputs that it has changed, as they were.
    #[serde(default)]
    pub inputs: Vec<(TaskName, Value)>,
}

/// What a fix rests on.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// The task whose failure it was made for.
    pub task: Option<TaskName>,
    /// `step-fix`, `root-cause` or `fix-task`.
    pub step: String,
    /// Which of the independent problems that were found it is for; empty: for the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// The cause that was known then.
    pub cause: String,
    /// The attempt whose log shows the failure.
    pub attempt: u32,
    /// The first and the last line of that log which show it, as they are numbered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u64, u64)>,
    /// The fix that was verified before and is tried again, at no model's cost.
    #[serde(default)]
    pub known: Option<FixId>,
    /// What the diagnosis and the strategy told beside: `model`, `prompt-hash`, ...
    #[serde(default)]
    pub attributes: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct FixOfRow {
    pub(crate) problem: Fingerprint,
    pub(crate) fix: FixId,
}

/// A problem that is part of another one: its failures are that one's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProblemAlias {
    pub problem: Fingerprint,
    pub into: Fingerprint,
    pub since: Timestamp,
    /// Who said so.
    pub by: String,
}

/// What is watched after a fix. The row goes when that time is over.
#[derive(Serialize, Deserialize)]
pub(crate) struct WatchRow {
    pub(crate) fix: FixId,
    pub(crate) metric: String,
    pub(crate) skill: String,
    /// In as much time before it.
    pub(crate) before: u64,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

/// A plan that held for a fingerprint.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct KnownFix {
    pub problem: Fingerprint,
    /// The fix that it was first.
    pub fix: FixId,
    pub plan: Plan,
    pub held: u32,
    pub failed: u32,
    /// Three failures: it is not proposed any more.
    pub retired: bool,
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CounterRow {
    pub(crate) name: String,
    pub(crate) next: u64,
}

impl Attempt {
    /// What a row can hold of it, whatever the worker said: nothing may keep its outcome from being stored.
    pub(crate) fn bounded(mut self) -> Self {
        let extra = self.message.chars().count().saturating_sub(MESSAGE_CHARS_MAX);
        if extra > 0 {
            self.message = self.message.chars().skip(extra).collect();
        }
        let mut room = LOG_BYTES_MAX;
        let fits = self.log.iter().rev().take_while(|line| match room.checked_sub(json_bytes(line)) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        });
        let fitting = fits.count();
        self.log.drain(..self.log.len() - fitting);
        self
    }
}

/// With the comma behind it.
fn json_bytes(line: &Line) -> usize {
    serde_json::to_vec(line).map_or(usize::MAX, |text| text.len() + 1)
}

impl KnownFix {
    /// Failures after which it is not proposed any more.
    pub const FAILURES_MAX: u32 = 3;
}

macro_rules! record {
    ($row:ty, $table:literal, |$it:ident| $key:expr) => {
        impl Record for $row {
            const TABLE: Table = Table($table);
            const VERSION: u8 = 1;

            fn key(&self) -> Key {
                let $it = self;
                $key
            }
        }
    };
}

pub(crate) use record;

record!(TaskRow, "tasks", |row| task_key(row.0.id));
record!(NameRow, "task_names", |row| name_key(&row.name));
record!(OpenRow, "task_open", |row| row.place.key());
record!(LinkRow, "task_links", |row| link_key(&row.name, row.kind, row.id));
record!(EventRow, "task_events", |row| Key::new().number(row.0.task.0).number(row.0.seq));
record!(Attempt, "attempts", |row| attempt_key(row.task, row.number));
record!(ProblemRecord, "problems", |row| problem_key(&row.problem.fingerprint));
record!(OpenProblem, "problem_open", |row| problem_key(&row.problem));
record!(MendRow, "fix_tasks", |row| fix_key(row.fix).number(row.task.0));
record!(WaitRow, "problem_tasks", |row| problem_key(&row.problem).number(row.task.0));
record!(FixRecord, "fixes", |row| fix_key(row.fix.id));
record!(FixOfRow, "problem_fixes", |row| problem_key(&row.problem).number(row.fix.0));
record!(ProblemAlias, "problem_aliases", |row| problem_key(&row.problem));
record!(WatchRow, "fix_watches", |row| fix_key(row.fix));
record!(KnownFix, "known_fixes", |row| problem_key(&row.problem).number(row.fix.0));
record!(CounterRow, "task_counters", |row| Key::new().text(&row.name));

pub(crate) fn task_key(id: TaskId) -> Key {
    Key::new().number(id.0)
}

pub(crate) fn name_key(name: &TaskName) -> Key {
    Key::new().text(name.as_str())
}

pub(crate) fn link_key(name: &TaskName, kind: LinkKind, id: TaskId) -> Key {
    links_of(name, kind).number(id.0)
}

pub(crate) fn links_of(name: &TaskName, kind: LinkKind) -> Key {
    Key::new().text(name.as_str()).number(kind as u64)
}

pub(crate) fn attempt_key(id: TaskId, number: u32) -> Key {
    Key::new().number(id.0).number(number.into())
}

pub(crate) fn problem_key(problem: &Fingerprint) -> Key {
    Key::new().text(&problem.0)
}

pub(crate) fn fix_key(fix: FixId) -> Key {
    Key::new().number(fix.0)
}
