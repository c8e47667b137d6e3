//! Schedules are made and edited, together with the tasks of the same file. It must not know files.

use patchbay_sched::{Progress, Schedule};
use patchbay_store::Batch;
use patchbay_tasks::{Actor, Definition};

use super::read::schedule_of;
use super::row::{ScheduleId, ScheduleRow, schedule_key};
use super::turn::stored;
use crate::create::{Applied, Outcome};
use crate::engine::Inner;
use crate::error::{ApplyError, EngineError};
use crate::row::{NameRow, name_key};

/// A definition with a schedule, and the schedule that it is about, if there is one.
pub(crate) struct ScheduleWanted {
    definition: Definition,
    schedule: Schedule,
    there: Option<ScheduleId>,
}

impl Inner {
    /// The schedules among these definitions, each given with the row of its name. What makes no sense is said before anything is written.
    pub(crate) async fn schedules_wanted(
        &self,
        definitions: &[Definition],
        names: &[Option<NameRow>],
    ) -> Result<Vec<ScheduleWanted>, ApplyError> {
        let mut wanted = Vec::new();
        for (definition, found) in definitions.iter().zip(names) {
            let wrong = |reason: &str| ApplyError::Schedule {
                task: definition.name.clone(),
                reason: reason.to_owned(),
            };
            match (&definition.schedule, found) {
                (None, Some(row)) if row.schedule => {
                    return Err(wrong(
                        "it is a schedule, and this has none: delete the schedule first, or take another name",
                    ));
                }
                (Some(_), Some(row)) if !row.schedule => {
                    return Err(wrong(
                        "there is a task of this name without one: a schedule is no task, take another name",
                    ));
                }
                (Some(_), found) => {
                    let there = found.as_ref().map(|row| ScheduleId(row.id.0));
                    let schedule = schedule_of(definition)?;
                    self.check_depends(definition, definitions).await?;
                    wanted.push(ScheduleWanted { definition: definition.clone(), schedule, there });
                }
                (None, _) => {}
            }
        }
        Ok(wanted)
    }

    /// What each run is to wait for has to be a task.
    async fn check_depends(&self, definition: &Definition, beside: &[Definition]) -> Result<(), ApplyError> {
        for name in &definition.depends_on {
            let is_made = beside.iter().any(|other| other.name == *name && other.schedule.is_none());
            if !is_made && self.find(name).await?.is_none() {
                let reason = format!("`depends_on` names {name}, and there is no such task: make it first");
                return Err(ApplyError::Schedule { task: definition.name.clone(), reason });
            }
        }
        Ok(())
    }

    pub(crate) async fn apply_schedule(
        &self,
        wanted: ScheduleWanted,
        draft: bool,
        by: &Actor,
    ) -> Result<Applied, ApplyError> {
        let name = wanted.definition.name.clone();
        let outcome = match wanted.there {
            Some(id) => self.edit_schedule(id, wanted, by).await?,
            None => {
                self.make_schedule(wanted, draft, by).await?;
                Outcome::Created
            }
        };
        Ok(Applied { name, task: None, outcome })
    }

    async fn make_schedule(
        &self,
        wanted: ScheduleWanted,
        draft: bool,
        by: &Actor,
    ) -> Result<(), EngineError> {
        let number = self.task_ids.next(&*self.store).await?;
        let (id, now) = (ScheduleId(number), self.now());
        let progress = Progress::new(now);
        let progress = if draft { progress.pause(&wanted.schedule, now) } else { progress };
        let mut row = ScheduleRow {
            id,
            definition: wanted.definition,
            schedule: wanted.schedule,
            progress,
            next: None,
            number: 0,
            last: None,
            starts: std::collections::VecDeque::new(),
            runs: Vec::new(),
        };
        self.plan_schedule(&mut row, now);
        let name = row.definition.name.clone();
        let key = name_key(&name);
        let named = NameRow { name, id: patchbay_tasks::TaskId(number), schedule: true };
        let batch = Batch::new().require_absent::<NameRow>(&key).put(&named)?;
        let batch = batch.event(row.event(now, "schedule.created", format!("made by {by}")));
        self.store.commit(stored(batch, None, &row)?).await?;
        row.due_key().into_iter().for_each(|key| self.schedules.alarm.offer(key));
        Ok(())
    }

    /// Its counters stay, and its runs go on; what was due before is dealt with as it was.
    async fn edit_schedule(
        &self,
        id: ScheduleId,
        wanted: ScheduleWanted,
        by: &Actor,
    ) -> Result<Outcome, EngineError> {
        let there = self.read::<ScheduleRow>(&schedule_key(id)).await?;
        if there.is_some_and(|there| there.record.definition == wanted.definition) {
            return Ok(Outcome::Unchanged);
        }
        let edit = |row: &mut ScheduleRow, now| {
            if row.schedule != wanted.schedule {
                self.plan_schedule(row, now);
                row.progress = row.progress.clone().edited(now);
            }
            (row.definition, row.schedule) = (wanted.definition, wanted.schedule);
            let event = row.event(now, "schedule.edited", format!("edited by {by}"));
            Ok(Batch::new().event(event))
        };
        self.turn_schedule(id, edit).await?;
        Ok(Outcome::Changed)
    }
}
