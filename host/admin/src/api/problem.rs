//! Problems and fixes: what the operator says of them, and is told.

use patchbay_engine::{FixRecord, KnownFix, ProblemRecord};
use patchbay_tasks::{Breaker, Class, Fingerprint, FixId, FixState, Target, TaskName};
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::task::TaskRow;

/// `GET /api/problems`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemQuery {
    /// Only those that are not closed.
    #[serde(default)]
    pub open: bool,
}

/// A problem in a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProblemRow {
    pub fingerprint: Fingerprint,
    /// `open` or `closed`.
    pub state: String,
    /// Of the last failure: `exit:1`.
    pub class: String,
    pub title: String,
    pub target: Target,
    /// Since it was opened.
    pub failures: u32,
    pub first: Timestamp,
    pub last: Timestamp,
    /// As the diagnosis found it.
    pub cause: Option<String>,
    pub breaker: Breaker,
    pub open_fix: Option<FixId>,
    pub closed: Option<Timestamp>,
}

/// One problem, whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProblemView {
    #[serde(flatten)]
    pub row: ProblemRow,
    /// With the diagnosis, the plans that were tried, and what was used.
    pub record: ProblemRecord,
    /// Those that wait for it.
    pub tasks: Vec<TaskRow>,
    /// The oldest first.
    pub fixes: Vec<FixRow>,
    /// What was verified for it before.
    pub known: Vec<KnownFix>,
}

/// `GET /api/fixes`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixQuery {
    /// A fingerprint, or its beginning.
    #[serde(default)]
    pub problem: Option<String>,
    /// States with commas between them: `planned,waits-for-approval`.
    #[serde(default)]
    pub state: Option<String>,
}

/// A fix in a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FixRow {
    pub id: FixId,
    pub problem: Fingerprint,
    pub state: FixState,
    /// How far its plan reaches.
    pub class: Class,
    pub title: String,
    /// The task whose failure it was made for.
    pub task: Option<TaskName>,
    /// How often it was applied.
    pub executions: u32,
    pub made: Timestamp,
    pub made_by: String,
    /// Why it failed, waits, or was refused.
    pub reason: String,
}

/// One fix, whole, with what it rests on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FixView {
    #[serde(flatten)]
    pub row: FixRow,
    pub record: FixRecord,
}

/// `POST /api/problems/{fingerprint}/close` and `POST /api/fixes/{id}/{verb}`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MendCommand {
    /// For the audit; to `reject` it is what the record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<&ProblemRecord> for ProblemRow {
    fn from(record: &ProblemRecord) -> Self {
        let problem = &record.problem;
        Self {
            fingerprint: problem.fingerprint.clone(),
            state: if problem.closed.is_none() { "open" } else { "closed" }.to_owned(),
            class: problem.class.clone(),
            title: problem.title.clone(),
            target: problem.target.clone(),
            failures: problem.failures,
            first: problem.first,
            last: problem.last,
            cause: problem.diagnosis.as_ref().map(|found| found.cause.clone()),
            breaker: problem.breaker.clone(),
            open_fix: problem.open_fix,
            closed: problem.closed,
        }
    }
}

impl From<&FixRecord> for FixRow {
    fn from(record: &FixRecord) -> Self {
        let fix = &record.fix;
        Self {
            id: fix.id,
            problem: fix.problem.clone(),
            state: fix.state,
            class: fix.plan.class(),
            title: fix.plan.title.clone(),
            task: record.provenance.task.clone(),
            executions: fix.executions,
            made: fix.made,
            made_by: fix.made_by.clone(),
            reason: record.reason.clone(),
        }
    }
}
