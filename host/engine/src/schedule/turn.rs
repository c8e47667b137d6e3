//! The one way in which a schedule changes: what ended, what somebody says, what is due now, the new runs: one
//! transaction, then what follows from it. A host that is killed before it has decided nothing, one that is killed after
//! it goes on with what is stored. It must not know why it is looked at.

use std::sync::Arc;

use patchbay_sched::{Act, plan};
use patchbay_store::{Batch, Revision};
use patchbay_tasks::{Actor, Place as Standing, TaskId, What};
use patchbay_types::{Event, Timestamp};

use super::read::run_of;
use super::row::{BusyRow, DueKey, RunOf, ScheduleId, ScheduleRow, Start, schedule_key};
use super::{RUNS_AT_ONCE, RUNS_MAX, ScheduleDue};
use crate::create::NewTask;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{NameRow, name_key};

/// Names that are tried for one run: those before may be somebody else's tasks.
const NAMES_TRIED_MAX: u64 = 1_000;
/// Before a schedule is looked at again that is still due after its turn.
const AGAIN_MS: u64 = 1_000;
/// Why a run is cancelled.
const REPLACED: &str = "the next run of its schedule took its place";

/// What one turn did.
pub(crate) struct Turned {
    pub(crate) row: Arc<ScheduleRow>,
    /// Runs that were found to be over.
    pub(crate) ended: usize,
}

impl Inner {
    /// One turn of a schedule. `change` is what somebody says about it, and what becomes true with that.
    ///
    /// # Cancel safety
    /// What is committed stands; what follows from it is found again after the next start at the latest.
    pub(crate) async fn turn_schedule(
        &self,
        id: ScheduleId,
        change: impl FnOnce(&mut ScheduleRow, Timestamp) -> Result<Batch, EngineError> + Send,
    ) -> Result<Turned, EngineError> {
        let _turn = self.schedules.turns.of(id.0).await;
        let found = self.read::<ScheduleRow>(&schedule_key(id)).await?;
        let found = found.ok_or_else(|| EngineError::NoSchedule(format!("number {}", id.0)))?;
        let (before, now) = (found.record, self.now());
        let mut row = before.clone();
        let (ended, batch) = self.take_ended(&mut row, now).await?;
        let batch = batch.and(change(&mut row, now)?);
        self.plan_schedule(&mut row, now);
        let (new, batch) = self.new_runs(&mut row, now, batch).await?;
        if row != before {
            let condition = Batch::new().require_revision::<ScheduleRow>(&schedule_key(id), found.revision);
            let batch = stored(condition.and(batch), Some(&before), &row)?;
            let revision = self.store.commit(batch).await?;
            self.begin_runs(new, revision);
        }
        self.follow_schedule(before.due_key(), &row).await?;
        Ok(Turned { row: Arc::new(row), ended })
    }

    /// What is to be done now, as decided by `patchbay-sched`.
    pub(crate) fn plan_schedule(&self, row: &mut ScheduleRow, now: Timestamp) {
        if let Some(until) = self.schedules.held_until(now) {
            row.next = Some(until);
            return;
        }
        if row.runs.len() + row.starts.len() >= RUNS_MAX {
            // The end of a run is the next turn.
            row.next = None;
            return;
        }
        let plan = plan(&row.schedule, &row.progress, now, row.running());
        row.progress = plan.progress;
        row.next = plan.next.map(|next| if next > now { next } else { Timestamp(now.0 + AGAIN_MS) });
        for act in plan.act {
            match act {
                Act::Start { due, .. } => row.starts.push_back(Start { due, cancel: false }),
                Act::CancelRunning => {
                    row.runs.iter_mut().for_each(|run| run.cancel = true);
                    row.starts.iter_mut().for_each(|start| start.cancel = true);
                }
            }
        }
    }

    /// The first of the runs that are to be made.
    async fn new_runs(
        &self,
        row: &mut ScheduleRow,
        now: Timestamp,
        mut batch: Batch,
    ) -> Result<(Vec<NewTask>, Batch), EngineError> {
        let mut made = Vec::new();
        while made.len() < RUNS_AT_ONCE
            && row.can_start()
            && let Some(start) = row.starts.pop_front()
        {
            let (new, more) = self.new_run(row, start).await?;
            row.runs.push(RunOf { id: new.task.id, cancel: start.cancel });
            row.last = Some(now);
            made.push(new);
            batch = batch.and(more);
        }
        Ok((made, batch))
    }

    async fn new_run(&self, row: &mut ScheduleRow, start: Start) -> Result<(NewTask, Batch), EngineError> {
        for _ in 0..NAMES_TRIED_MAX {
            row.number += 1;
            let name = row.definition.name.clone();
            let run = run_of(&row.definition, row.number, start.due)
                .map_err(|reason| EngineError::ScheduleNotNow { schedule: name, reason })?;
            if self.read::<NameRow>(&name_key(&run.name)).await?.is_none() {
                let standing = Standing { root: run.name.clone(), level: 1 };
                let waits = !run.depends_on.is_empty();
                return self.new_task(run, standing, (false, waits), &Actor::Host).await;
            }
        }
        Err(EngineError::ScheduleNotNow {
            schedule: row.definition.name.clone(),
            reason: format!("{NAMES_TRIED_MAX} names for its next run are taken: rename those tasks"),
        })
    }

    pub(crate) fn begin_runs(&self, new: Vec<NewTask>, revision: Revision) {
        new.into_iter().for_each(|new| drop(self.begin(new, revision)));
    }

    /// What a turn asks for beyond its transaction.
    async fn follow_schedule(&self, before: Option<DueKey>, row: &ScheduleRow) -> Result<(), EngineError> {
        let key = row.due_key();
        before
            .filter(|before| Some(*before) != key)
            .into_iter()
            .for_each(|old| self.schedules.alarm.withdraw(old));
        // Also if it did not change: whoever woke it has taken it out.
        key.into_iter().for_each(|key| self.schedules.alarm.offer(key));
        for run in row.runs.iter().filter(|run| run.cancel) {
            self.cancel_run(run.id).await?;
        }
        if row.can_start() && !self.schedules.due.push(ScheduleDue::Of(row.id)) {
            self.sweep.notify_one();
        }
        Ok(())
    }

    async fn cancel_run(&self, id: TaskId) -> Result<(), EngineError> {
        self.said(id, What::Cancelled { reason: REPLACED.to_owned() }).await
    }
}

impl ScheduleRow {
    pub(crate) fn event(&self, at: Timestamp, kind: &str, message: String) -> Event {
        Event { at, kind: kind.to_owned(), subject: format!("schedule/{}", self.definition.name), message }
    }
}

/// The row of a schedule, and where it is found.
pub(crate) fn stored(
    batch: Batch,
    before: Option<&ScheduleRow>,
    row: &ScheduleRow,
) -> Result<Batch, EngineError> {
    let (old, new) = (before.and_then(ScheduleRow::due_key), row.due_key());
    let mut batch = batch.put(row)?;
    if old != new {
        batch = old.iter().fold(batch, |batch, old| batch.delete::<DueKey>(&old.key()));
        batch = match &new {
            Some(new) => batch.put(new)?,
            None => batch,
        };
    }
    let was_busy = before.is_some_and(ScheduleRow::is_busy);
    Ok(match (was_busy, row.is_busy()) {
        (false, true) => batch.put(&BusyRow { id: row.id })?,
        (true, false) => batch.delete::<BusyRow>(&schedule_key(row.id)),
        _ => batch,
    })
}
