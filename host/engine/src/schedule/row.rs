//! What of schedules lies in the store, and under which keys. It must not know what happens to it.
//!
//! | table | key | row |
//! |---|---|---|
//! | `schedules` | id | the schedule, how far it has come, and its runs that are not over |
//! | `schedule_times` | time, id | each schedule that is due some time |
//! | `schedule_open` | id | each schedule with runs that are not over |
//! | `schedule_runs` | id, task | its runs that are over and are still there |
//! | `host_starts` | `starts` | when the host was started |

use std::collections::VecDeque;

use patchbay_sched::{Progress, Schedule};
use patchbay_store::{Key, Record, Table};
use patchbay_tasks::{Definition, TaskId};
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::RUNS_MAX;
use crate::alarm::Awaits;
use crate::row::record;

/// A schedule's number, out of those of the tasks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(pub u64);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct ScheduleRow {
    pub(crate) id: ScheduleId,
    pub(crate) definition: Definition,
    pub(crate) schedule: Schedule,
    pub(crate) progress: Progress,
    /// Where it lies in `schedule_times`.
    pub(crate) next: Option<Timestamp>,
    /// Of the last run.
    pub(crate) number: u64,
    /// When the last run was made.
    #[serde(default)]
    pub(crate) last: Option<Timestamp>,
    /// Runs that are decided and counted, and not made yet. At most what one plan starts.
    #[serde(default)]
    pub(crate) starts: VecDeque<Start>,
    /// Runs that are not over; at most [`RUNS_MAX`].
    #[serde(default)]
    pub(crate) runs: Vec<RunOf>,
}

/// A run that is to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    #[serde(rename = "d")]
    pub(crate) due: Timestamp,
    /// Another one has taken its place.
    #[serde(rename = "c", default)]
    pub(crate) cancel: bool,
}

/// A run that is not over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RunOf {
    #[serde(rename = "i")]
    pub(crate) id: TaskId,
    /// It is to be cancelled: another one has taken its place.
    #[serde(rename = "c", default)]
    pub(crate) cancel: bool,
}

/// A schedule that is due some time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct DueKey {
    #[serde(rename = "a")]
    pub(crate) at: Timestamp,
    #[serde(rename = "i")]
    pub(crate) id: ScheduleId,
}

/// A schedule with runs that are not over.
#[derive(Serialize, Deserialize)]
pub(crate) struct BusyRow {
    #[serde(rename = "i")]
    pub(crate) id: ScheduleId,
}

/// A run that is over.
#[derive(Serialize, Deserialize)]
pub(crate) struct PastRow {
    #[serde(rename = "s")]
    pub(crate) schedule: ScheduleId,
    #[serde(rename = "t")]
    pub(crate) task: TaskId,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct StartsRow {
    /// The oldest first.
    pub(crate) starts: Vec<Timestamp>,
}

record!(ScheduleRow, "schedules", |row| schedule_key(row.id));
record!(DueKey, "schedule_times", |row| row.key());
record!(BusyRow, "schedule_open", |row| schedule_key(row.id));
record!(PastRow, "schedule_runs", |row| past_key(row.schedule, row.task));
record!(StartsRow, "host_starts", |_row| starts_key());

pub(crate) fn schedule_key(id: ScheduleId) -> Key {
    Key::new().number(id.0)
}

pub(crate) fn past_key(schedule: ScheduleId, task: TaskId) -> Key {
    schedule_key(schedule).number(task.0)
}

pub(crate) fn starts_key() -> Key {
    Key::new().text("starts")
}

impl DueKey {
    pub(crate) fn key(&self) -> Key {
        Key::new().number(self.at.0).number(self.id.0)
    }
}

impl Awaits for DueKey {
    fn moment(&self) -> Timestamp {
        self.at
    }
}

impl ScheduleRow {
    pub(crate) fn due_key(&self) -> Option<DueKey> {
        self.next.map(|at| DueKey { at, id: self.id })
    }

    /// Something goes on, or is to be made.
    pub(crate) fn is_busy(&self) -> bool {
        !self.runs.is_empty() || !self.starts.is_empty()
    }

    /// Whether a run that was decided can be made now.
    pub(crate) fn can_start(&self) -> bool {
        !self.starts.is_empty() && self.runs.len() < RUNS_MAX
    }

    /// As `patchbay-sched` counts them: those that are to be cancelled go no more.
    pub(crate) fn running(&self) -> u32 {
        let runs = self.runs.iter().filter(|run| !run.cancel).count();
        let starts = self.starts.iter().filter(|start| !start.cancel).count();
        u32::try_from(runs + starts).unwrap_or(u32::MAX)
    }
}
