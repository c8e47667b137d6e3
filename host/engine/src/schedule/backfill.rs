//! How far a backfill has come, and why it does not go on. It must not change anything.

use patchbay_sched::{Filling, Overlap};
use patchbay_tasks::TaskName;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::ScheduleRow;

/// A backfill under way. Times are milliseconds since 1970, both with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScheduleBackfill {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Runs that it has started.
    pub done: u64,
    /// Runs that it has still to start.
    pub left: u64,
    /// Why the next one does not start now, in one sentence; none: it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

/// None: there is no backfill. `running` are runs that are not over, `held_until` until when all schedules are held.
pub(super) fn backfill(
    row: &ScheduleRow,
    running: &[TaskName],
    held_until: Option<Timestamp>,
) -> Option<ScheduleBackfill> {
    let Filling { from, to, done, left } = row.progress.filling(&row.schedule)?;
    Some(ScheduleBackfill { from, to, done, left, waits: waits(row, running, held_until) })
}

fn waits(row: &ScheduleRow, running: &[TaskName], held_until: Option<Timestamp>) -> Option<String> {
    if row.progress.paused().is_some() {
        let name = &row.definition.name;
        return Some(format!("the schedule is paused: `patchbay schedule resume {name}` lets it go on"));
    }
    if let Some(until) = held_until {
        return Some(format!("all schedules are held back until {until}: the host was started too often"));
    }
    let allows = row.schedule.policy().overlap == Overlap::Allow;
    running.first().filter(|_| !allows).map(|run| format!("it waits for the end of run {run}"))
}
