//! Schedules as the operator's API says them. How a schedule is written down is a task's definition (`task`).

use patchbay_tasks::TaskName;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use patchbay_engine::{
    ScheduleBackfill, ScheduleCounters, ScheduleId, SchedulePause, ScheduleView, SchedulesListed,
};

/// Which schedules are listed, the oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleQuery {
    /// Where the page before said that this one begins.
    pub after: Option<u64>,
    /// Default 1,000, at most 10,000.
    pub limit: Option<usize>,
}

/// How many of the next runs are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpcomingQuery {
    /// Default 10, at most 1,000.
    pub count: Option<usize>,
}

/// What goes with a word about a schedule.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleCommand {
    /// Only of `backfill`, both with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// For the audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A schedule that was deleted, and what became of its runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScheduleRemoved {
    pub removed: TaskName,
    /// Runs that went with it.
    pub runs_gone: usize,
    /// Runs that stay as tasks: they go on, wait for a person, or ended within the last minute.
    pub runs_left: Vec<TaskName>,
}
