//! Schedules: definitions that come again and again, each time as a task of their own, `NAME.000001`. What is due is
//! decided in `patchbay-sched`; here it is stored and seen to, and told how each run ended. Nothing here knows what a
//! run does.
//!
//! At rest a schedule costs nothing but its rows: the next due times lie in order in the store, and of these only the
//! first few thousand are in memory.

mod backfill;
mod clockwork;
mod end;
mod forget;
mod hold;
mod make;
mod operate;
mod read;
mod row;
mod turn;
mod view;

pub use backfill::ScheduleBackfill;
pub use operate::ScheduleGone;
pub(crate) use read::SCHEDULE_LABEL;
pub use row::ScheduleId;
pub use view::{ScheduleCounters, SchedulePause, ScheduleView, SchedulesListed};

use std::sync::{Mutex, PoisonError};

use patchbay_tasks::TaskName;
use patchbay_types::Timestamp;

use crate::alarm::Alarm;
use crate::due::Due;
use crate::turns::Turns;
use row::DueKey;
#[cfg(test)]
pub(crate) use {row::ScheduleRow, turn::stored};

/// Runs of one schedule that go on at one time: from then on nothing is planned until one ends.
pub(crate) const RUNS_MAX: usize = 1_000;
/// Runs that are made in one transaction: definitions are large, and a batch is bounded.
const RUNS_AT_ONCE: usize = 4;

/// What is known in memory of all schedules.
#[derive(Default)]
pub(crate) struct Schedules {
    pub(crate) alarm: Alarm<DueKey>,
    /// Schedules that are to be looked at.
    pub(crate) due: Due<ScheduleDue>,
    pub(crate) turns: Turns,
    /// The last starts of the host.
    starts: Mutex<Vec<Timestamp>>,
    /// How often whoever wakes them woke.
    #[cfg(test)]
    pub(crate) wakes: std::sync::atomic::AtomicU32,
}

/// Which schedule is to be looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ScheduleDue {
    Of(ScheduleId),
    Named(TaskName),
}

impl Schedules {
    /// Until when they are held back, because the host restarts too often.
    pub(crate) fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        patchbay_sched::held_until(&starts, now)
    }
}
