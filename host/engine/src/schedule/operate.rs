//! What an operator says of a schedule. It must not know how it was said.

use patchbay_sched::BackfillError;
use patchbay_store::{Batch, StoreExt};
use patchbay_tasks::{Actor, TaskName};
use patchbay_types::Timestamp;

use super::forget::KEPT;
use super::row::{BusyRow, DueKey, PastRow, ScheduleId, ScheduleRow, past_key, schedule_key};
use super::view::ScheduleView;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::row::{NameRow, name_key};

/// Runs that are over and go in one transaction when their schedule is deleted.
const PAGE: usize = 1_000;

/// What became of the runs of a schedule that was deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleGone {
    /// They went with it.
    pub runs_gone: usize,
    /// They stay as tasks; by their names.
    pub runs_left: Vec<TaskName>,
}

impl Engine {
    /// A run more, as soon as the overlap policy lets it; also in a pause.
    ///
    /// # Errors
    /// If there is no such schedule, or too many wait that were asked for.
    pub async fn schedule_now(&self, name: &TaskName, by: &Actor) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            row.progress = row.progress.clone().ask().map_err(|error| not_now(row, &error))?;
            Ok(Batch::new().event(row.event(now, "schedule.asked", format!("a run was asked for by {by}"))))
        })
        .await
    }

    /// Runs what was due from one moment to another, both with, whether it ran or not; 1,000 times at most.
    ///
    /// # Errors
    /// If there is no such schedule, the range is not past, too long or has nothing in it, or a backfill is under way.
    pub async fn schedule_backfill(
        &self,
        name: &TaskName,
        (from, to): (Timestamp, Timestamp),
        by: &Actor,
    ) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            let asked = row.progress.clone().backfill(&row.schedule, (from, to), now);
            row.progress = asked.map_err(|error| no_backfill(row, &error))?;
            let message = format!("a backfill from {from} to {to} was asked for by {by}");
            Ok(Batch::new().event(row.event(now, "schedule.backfill", message)))
        })
        .await
    }

    /// Ends the backfill under way: what it has not started is not started any more, its runs that go on are left alone.
    ///
    /// # Errors
    /// If there is no such schedule, or no backfill is under way.
    pub async fn schedule_cancel_backfill(
        &self,
        name: &TaskName,
        by: &Actor,
    ) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            let left = row.progress.filling(&row.schedule).map_or(0, |filling| filling.left);
            let cancelled = row.progress.clone().cancel_backfill();
            row.progress = cancelled.map_err(|error| no_backfill(row, &error))?;
            let message = format!("the backfill was cancelled by {by}, with {left} runs left");
            Ok(Batch::new().event(row.event(now, "schedule.backfill-cancelled", message)))
        })
        .await
    }

    /// What is due in a pause is missed. Runs that go on are left alone. A backfill under way waits.
    ///
    /// # Errors
    /// If there is no such schedule.
    pub async fn schedule_pause(&self, name: &TaskName, by: &Actor) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            row.progress = row.progress.clone().pause(&row.schedule, now);
            Ok(Batch::new().event(row.event(now, "schedule.paused", format!("paused by {by}"))))
        })
        .await
    }

    /// Ends a pause, and forgets the failures.
    ///
    /// # Errors
    /// If there is no such schedule.
    pub async fn schedule_resume(&self, name: &TaskName, by: &Actor) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            row.progress = row.progress.clone().resume(&row.schedule, now);
            Ok(Batch::new().event(row.event(now, "schedule.resumed", format!("resumed by {by}"))))
        })
        .await
    }

    /// Runs that have been over for a minute go with it; one that goes on, waits for a person, or has only just ended
    /// stays as a task.
    ///
    /// # Errors
    /// If there is no such schedule. A failure of the store may come in the midst: then some of its runs are gone.
    pub async fn schedule_delete(&self, name: &TaskName, by: &Actor) -> Result<ScheduleGone, EngineError> {
        let inner = &self.inner;
        let id = inner.schedule_named(name).await?;
        let mut gone = ScheduleGone { runs_gone: 0, runs_left: self.schedule(name).await?.running };
        let rows = inner.store.list::<PastRow>(schedule_key(id).prefix(), KEPT + PAGE).await?;
        for row in rows {
            let run = inner.kept(row.record.task).await?;
            match inner.forget_run(id, row.record.task).await? {
                true => gone.runs_gone += 1,
                false => gone.runs_left.extend(run.map(|kept| kept.task.definition.name.clone())),
            }
        }
        inner.delete_schedule(id, by).await?;
        gone.runs_left.sort();
        Ok(gone)
    }

    async fn change_schedule(
        &self,
        name: &TaskName,
        change: impl FnOnce(&mut ScheduleRow, Timestamp) -> Result<Batch, EngineError> + Send,
    ) -> Result<ScheduleView, EngineError> {
        let id = self.inner.schedule_named(name).await?;
        let turned = self.inner.turn_schedule(id, change).await?;
        self.inner.schedule_view(&turned.row).await
    }
}

impl Inner {
    pub(crate) async fn schedule_named(&self, name: &TaskName) -> Result<ScheduleId, EngineError> {
        self.schedule_id(name).await?.ok_or_else(|| EngineError::NoSchedule(name.to_string()))
    }

    async fn delete_schedule(&self, id: ScheduleId, by: &Actor) -> Result<(), EngineError> {
        let _turn = self.schedules.turns.of(id.0).await;
        let Some(found) = self.read::<ScheduleRow>(&schedule_key(id)).await? else { return Ok(()) };
        loop {
            let rows = self.store.list::<PastRow>(schedule_key(id).prefix(), PAGE).await?;
            let gone = rows
                .iter()
                .fold(Batch::new(), |batch, row| batch.delete::<PastRow>(&past_key(id, row.record.task)));
            if rows.is_empty() {
                break;
            }
            self.store.commit(gone).await?;
        }
        let row = found.record;
        let mut batch = Batch::new()
            .require_revision::<ScheduleRow>(&schedule_key(id), found.revision)
            .delete::<ScheduleRow>(&schedule_key(id))
            .delete::<BusyRow>(&schedule_key(id))
            .delete::<NameRow>(&name_key(&row.definition.name))
            .event(row.event(self.now(), "schedule.deleted", format!("deleted by {by}")));
        if let Some(key) = row.due_key() {
            batch = batch.delete::<DueKey>(&key.key());
        }
        self.store.commit(batch).await?;
        row.due_key().into_iter().for_each(|key| self.schedules.alarm.withdraw(key));
        Ok(())
    }
}

fn no_backfill(row: &ScheduleRow, reason: &BackfillError) -> EngineError {
    match reason {
        BackfillError::UnderWay { .. } | BackfillError::NotUnderWay => not_now(row, reason),
        _ => EngineError::ScheduleSpan { schedule: row.definition.name.clone(), reason: reason.to_string() },
    }
}

fn not_now(row: &ScheduleRow, reason: &dyn std::error::Error) -> EngineError {
    EngineError::ScheduleNotNow { schedule: row.definition.name.clone(), reason: reason.to_string() }
}
