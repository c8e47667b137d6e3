//! What to do now about one schedule. Pure: the same arguments give the same plan. It must not know tasks, stores or
//! threads.

mod turn;

use patchbay_types::Timestamp;

use crate::progress::Progress;
use crate::schedule::Schedule;
use turn::Turn;

/// What to do, in this order, after `progress` is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    pub act: Vec<Act>,
    /// As it is after the acts. The same as before if nothing was due.
    pub progress: Progress,
    /// When to plan again, also without anything happening. None: only after [`ended`](crate::ended), a change of the
    /// schedule, a resume or an ask.
    pub next: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Cancel all runs of the schedule that go now. How each ends is told to [`ended`](crate::ended) as usual.
    CancelRunning,
    /// Start a run for the time that it was due.
    Start { due: Timestamp, because: Because },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Because {
    /// On time.
    Due,
    /// Late, but within the window; it stands for all that were missed before it.
    CaughtUp,
    /// It waited for another to end.
    Buffered,
    /// Somebody asked for it.
    Now,
    /// A backfill.
    Backfill,
}

/// What is to be done now. `running` is how many runs of the schedule go at this moment.
///
/// Call it when the last plan's `next` has come, after a run has [`ended`](crate::ended), after a change, and at least
/// once after the clock of the machine was set. It does not matter how often or how late it is called.
#[must_use]
pub fn plan(schedule: &Schedule, progress: &Progress, now: Timestamp, running: u32) -> Plan {
    let mut turn = Turn::new(schedule, progress.clone(), now, running);
    turn.give_back();
    turn.start_asked();
    turn.start_waiting();
    turn.deal_with_due();
    turn.start_backfill();
    turn.done()
}

#[cfg(test)]
mod tests;
