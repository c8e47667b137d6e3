//! What is shown of schedules. It must not change anything.

use patchbay_sched::{Trigger, UPCOMING_MAX, in_words, upcoming};
use patchbay_store::{Key, StoreExt};
use patchbay_tasks::TaskName;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::backfill::{ScheduleBackfill, backfill};
use super::read::overlap_word;
use super::row::{ScheduleId, ScheduleRow, schedule_key};
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::view::LIST_MAX;

/// Runs that are named of one schedule.
const NAMED_MAX: usize = 100;

/// A schedule as it is shown. Times are milliseconds since 1970.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScheduleView {
    pub id: ScheduleId,
    pub name: TaskName,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// As it was written.
    pub when: String,
    /// `At 09:00, on Monday, Europe/Berlin`.
    pub trigger: String,
    /// The IANA name of the time zone that a cron is read in.
    pub zone: String,
    pub overlap: String,
    /// When it is looked at next: a run starts then, if no other is in its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// When the last run was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    pub counters: ScheduleCounters,
    pub failures_in_a_row: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<SchedulePause>,
    /// Until when all schedules are held back, because the host restarts too often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// The tasks of the runs that are not over; the first hundred.
    pub running: Vec<TaskName>,
    /// Due times that wait for a run to end, the oldest first.
    pub waiting: Vec<Timestamp>,
    /// The backfill under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<ScheduleBackfill>,
    /// Of the last run, from 1.
    pub number: u64,
}

/// Each due time is in one of the first four, or waits. By hand are runs that were asked for or filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScheduleCounters {
    pub fired: u64,
    pub skipped: u64,
    pub missed: u64,
    pub dropped: u64,
    pub by_hand: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SchedulePause {
    pub since: Timestamp,
    /// Failures in a row that paused it; none: somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
}

/// A page of schedules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SchedulesListed {
    pub schedules: Vec<ScheduleView>,
    /// Where the next page begins, if there may be more.
    pub next: Option<ScheduleId>,
}

impl Engine {
    /// The oldest first; 10,000 at most, after this one.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn schedules(
        &self,
        after: Option<ScheduleId>,
        limit: usize,
    ) -> Result<SchedulesListed, EngineError> {
        let (range, limit) = (Key::new().prefix(), limit.clamp(1, LIST_MAX));
        let range = after.map_or(range.clone(), |after| range.after(&schedule_key(after)));
        let rows = self.inner.store.list::<ScheduleRow>(range, limit).await?;
        let next = rows.last().filter(|_| rows.len() >= limit).map(|last| last.record.id);
        let mut schedules = Vec::with_capacity(rows.len());
        for row in rows {
            schedules.push(self.inner.schedule_view(&row.record).await?);
        }
        Ok(SchedulesListed { schedules, next })
    }

    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn schedule(&self, name: &TaskName) -> Result<ScheduleView, EngineError> {
        let row = self.inner.schedule_row(name).await?;
        self.inner.schedule_view(&row).await
    }

    /// When the next `n` runs start, 1,000 at most, if nothing is in their way; also of one that is paused.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn upcoming(&self, name: &TaskName, n: usize) -> Result<Vec<Timestamp>, EngineError> {
        let row = self.inner.schedule_row(name).await?;
        Ok(upcoming(&row.schedule, self.inner.now(), n.min(UPCOMING_MAX)))
    }
}

impl Inner {
    pub(crate) async fn schedule_row(&self, name: &TaskName) -> Result<ScheduleRow, EngineError> {
        let id = self.schedule_named(name).await?;
        let row = self.read::<ScheduleRow>(&schedule_key(id)).await?;
        row.map(|row| row.record).ok_or_else(|| EngineError::NoSchedule(name.to_string()))
    }

    pub(crate) async fn schedule_view(&self, row: &ScheduleRow) -> Result<ScheduleView, EngineError> {
        let mut running = Vec::new();
        for run in row.runs.iter().take(NAMED_MAX) {
            let task = self.kept(run.id).await?;
            running.extend(task.map(|kept| kept.task.definition.name.clone()));
        }
        let (progress, policy) = (&row.progress, row.schedule.policy());
        let (counters, held_until) = (progress.counters(), self.schedules.held_until(self.now()));
        Ok(ScheduleView {
            id: row.id,
            name: row.definition.name.clone(),
            title: row.definition.title.clone(),
            when: row.definition.schedule.as_ref().map(|written| written.when.clone()).unwrap_or_default(),
            trigger: in_words(row.schedule.trigger()),
            zone: zone(row.schedule.trigger()),
            overlap: overlap_word(policy.overlap).to_owned(),
            next: row.next,
            last: row.last,
            counters: ScheduleCounters {
                fired: counters.fired,
                skipped: counters.skipped,
                missed: counters.missed,
                dropped: counters.dropped,
                by_hand: counters.by_hand,
            },
            failures_in_a_row: progress.failures_in_a_row(),
            paused: progress
                .paused()
                .map(|paused| SchedulePause { since: paused.since, failures: paused.failures }),
            held_until,
            backfill: backfill(row, &running, held_until),
            running,
            waiting: progress.waiting().iter().copied().collect(),
            number: row.number,
        })
    }
}

fn zone(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Cron(cron) => cron.zone().to_owned(),
        Trigger::Every(_) | Trigger::Once(_) => "UTC".to_owned(),
    }
}
