//! How the runs of a schedule end, and what that means for it. It must not know how a task gets to its end.

use patchbay_sched::ended;
use patchbay_store::Batch;
use patchbay_tasks::{StateName, Task};
use patchbay_types::{Report, Severity, Timestamp};

use super::ScheduleDue;
use super::read::SCHEDULE_LABEL;
use super::row::{PastRow, RunOf, ScheduleRow};
use crate::change::is_settled;
use crate::engine::Inner;
use crate::error::EngineError;

/// What an end says about the schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Held,
    Failed,
    /// Somebody took it back: that is neither.
    Nothing,
}

impl Inner {
    /// A task is over, or needs a person: if it was a run, its schedule has to hear it.
    pub(crate) fn told_schedule(&self, task: &Task) {
        let Some(name) = task.definition.labels.get(SCHEDULE_LABEL) else { return };
        let Ok(name) = name.parse() else { return };
        if !self.schedules.due.push(ScheduleDue::Named(name)) {
            self.sweep.notify_one();
        }
    }

    /// Takes the runs that are over out of a schedule; how many there were, and what becomes true with it.
    pub(crate) async fn take_ended(
        &self,
        row: &mut ScheduleRow,
        now: Timestamp,
    ) -> Result<(usize, Batch), EngineError> {
        let (mut batch, mut taken) = (Batch::new(), 0);
        for run in std::mem::take(&mut row.runs) {
            let task = self.kept(run.id).await?.map(|kept| kept.task.clone());
            if task.as_ref().is_some_and(|task| !is_settled(task.state.name())) {
                row.runs.push(run);
                continue;
            }
            taken += 1;
            if let Some(task) = task {
                batch = tell(batch, row, run, &task, now);
                batch = batch.put(&PastRow { schedule: row.id, task: run.id })?;
            }
        }
        Ok((taken, batch))
    }
}

fn tell(batch: Batch, row: &mut ScheduleRow, run: RunOf, task: &Task, now: Timestamp) -> Batch {
    let said = said(task.state.name());
    if run.cancel || said == Said::Nothing {
        return batch;
    }
    let was_paused = row.progress.paused().is_some();
    row.progress = ended(&row.schedule, &row.progress, said == Said::Failed, now);
    match row.progress.paused().and_then(|paused| paused.failures) {
        Some(failures) if !was_paused => told_of_pause(batch, row, failures, task, now),
        _ => batch,
    }
}

fn said(state: StateName) -> Said {
    match state {
        StateName::Succeeded => Said::Held,
        StateName::Dead | StateName::NeedsHuman => Said::Failed,
        _ => Said::Nothing,
    }
}

fn told_of_pause(batch: Batch, row: &ScheduleRow, failures: u32, task: &Task, now: Timestamp) -> Batch {
    let (name, run) = (&row.definition.name, &task.definition.name);
    let title = format!("Schedule {name} is paused: {failures} runs failed in a row");
    let filling = row.progress.filling(&row.schedule);
    let left = filling.map(|filling| format!(" Its backfill waits, with {} runs left.", filling.left));
    let body = format!(
        "The last was {run}.{}\n\nSee why: patchbay task show {run}\nGo on: patchbay schedule resume {name}",
        left.unwrap_or_default()
    );
    let event = row.event(now, "schedule.paused", title.clone());
    let subject = event.subject.clone();
    batch.event(event).report(Report { at: now, severity: Severity::Warning, subject, title, body })
}
