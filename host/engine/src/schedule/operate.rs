//! What an operator says of a schedule. It must not know how it was said.

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
    /// If there is no such schedule, the range is not past or too long, or a backfill is under way.
    pub async fn schedule_backfill(
        &self,
        name: &TaskName,
        (from, to): (Timestamp, Timestamp),
        by: &Actor,
    ) -> Result<ScheduleView, EngineError> {
        self.change_schedule(name, |row, now| {
            let asked = row.progress.clone().backfill(&row.schedule, (from, to), now);
            row.progress = asked.map_err(|error| not_now(row, &error))?;
            let message = format!("a backfill from {from} to {to} was asked for by {by}");
            Ok(Batch::new().event(row.event(now, "schedule.backfill", message)))
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

    /// Runs that are over go with it; one that goes on, waits for a person, or has only just ended stays as a task.
    ///
    /// # Errors
    /// If there is no such schedule. A failure of the store may come in the midst: then some of its runs are gone.
    pub async fn schedule_delete(&self, name: &TaskName, by: &Actor) -> Result<(), EngineError> {
        let inner = &self.inner;
        let id = inner.schedule_named(name).await?;
        let rows = inner.store.list::<PastRow>(schedule_key(id).prefix(), KEPT + PAGE).await?;
        for row in rows {
            inner.forget_run(id, row.record.task).await?;
        }
        inner.delete_schedule(id, by).await
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

fn not_now(row: &ScheduleRow, reason: &dyn std::error::Error) -> EngineError {
    EngineError::ScheduleNotNow { schedule: row.definition.name.clone(), reason: reason.to_string() }
}
