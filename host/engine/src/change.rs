//! One change of a task as one transaction, and what follows from it. It must not know why it changes.

use patchbay_store::Batch;
use patchbay_tasks::{AskReason, Change, Effect, Event, State, StateName, Task};
use patchbay_types::{Event as Told, Report, Severity};

use crate::cache::Kept;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::links::Link;
use crate::mend::{fix_of, mends};
use crate::row::{EventRow, OpenRow, TaskRow, task_key};
use crate::shelf::{Place, Shelf};

/// A change that is to be committed.
pub(crate) struct Written {
    /// As it will be.
    pub(crate) task: Task,
    pub(crate) batch: Batch,
    pub(crate) effects: Vec<Effect>,
}

impl Written {
    /// The task as it will be, and the batch that makes it so, but for what it makes of problems.
    pub(crate) fn of(kept: &Kept, change: Change, beside: Batch) -> Result<Self, EngineError> {
        let Change { event, effects } = change;
        let mut task = (*kept.task).clone();
        task.apply(&event);
        let batch = beside.require_revision::<TaskRow>(&task_key(task.id), kept.revision);
        let batch = shelve(batch, Some(&kept.task), &task, &effects)?;
        let batch = told(batch, &kept.task, &task);
        let (task, batch) = put(batch, task, event)?;
        Ok(Self { task, batch, effects })
    }
}

impl Inner {
    /// What a change asks for beyond its transaction. Nothing here waits; what does not fit is found again in the store.
    pub(crate) fn follow(&self, before: &Task, task: &Task, effects: &[Effect]) {
        if let Some(place) = Place::of(before).filter(|place| Some(*place) != Place::of(task)) {
            match place.shelf {
                Shelf::ReadyFix | Shelf::ReadyRegular => self.lanes.withdraw(place),
                Shelf::Backoff => self.alarm.withdraw(place),
                _ => {}
            }
        }
        for effect in effects {
            self.see_to(task, effect);
        }
        self.follow_deadline(Place::deadline(before), task);
        if let Some(fix) = mends(before).filter(|fix| mends(task) != Some(*fix))
            && !self.push_fix(fix)
        {
            self.sweep.notify_one();
        }
        if is_settled(task.state.name()) && !is_settled(before.state.name()) {
            self.told_schedule(task);
        }
    }

    pub(crate) fn follow_deadline(&self, before: Option<Place>, task: &Task) {
        let now = Place::deadline(task);
        if before != now {
            before.into_iter().for_each(|place| self.deadlines.withdraw(place));
            now.into_iter().for_each(|place| self.deadlines.offer(place));
        }
    }

    pub(crate) fn see_to(&self, task: &Task, effect: &Effect) {
        let fits = match effect {
            Effect::CheckDependencies => self.links.push(Link::Dependencies(task.id)),
            Effect::LookAtDependants => {
                !self.concerns_anybody(task) || self.links.push(Link::Dependants(task.id))
            }
            Effect::RunChecks { .. } => self.verifying.push(task.id),
            Effect::Diagnose { problem }
            | Effect::ProposeFix { problem }
            | Effect::LeaveProblem { problem } => self.push_problem(problem.clone()),
            Effect::Attach(failure) => self.push_problem(failure.fingerprint.clone()),
            Effect::GateFix { .. } => {
                task.state.problem().is_none_or(|problem| self.push_problem(problem.clone()))
            }
            Effect::FixHeld { fix, .. } | Effect::FixDidNotHold { fix } => self.push_fix(*fix),
            Effect::WakeLane => self.offer(task),
            Effect::WakeAt { .. } => {
                Place::of(task).into_iter().for_each(|place| self.alarm.offer(place));
                true
            }
            Effect::StopWorker { fence } => {
                let running = self.running(task.id).filter(|running| running.fence == *fence);
                running.into_iter().for_each(|running| running.cancel.cancel());
                true
            }
            Effect::GrantLease(_) | Effect::EndLease { .. } | Effect::AskPerson(_) => true,
        };
        if !fits {
            self.sweep.notify_one();
        }
    }

    /// Work of somebody outside has no lane.
    fn offer(&self, task: &Task) -> bool {
        let place = Place::of(task).filter(|place| place.shelf != Shelf::ReadyOutside);
        place.into_iter().for_each(|place| self.lanes.offer(place));
        true
    }
}

/// Puts a task on its shelf, with its lease if it has just got one.
pub(crate) fn shelve(
    batch: Batch,
    before: Option<&Task>,
    task: &Task,
    effects: &[Effect],
) -> Result<Batch, EngineError> {
    let (old, new) = (before.and_then(Place::of), Place::of(task));
    let mut batch = shelve_deadline(batch, before, task)?;
    if old != new {
        if let Some(old) = old {
            batch = batch.delete::<OpenRow>(&old.key());
        }
        if let Some(place) = new {
            let lease = effects.iter().find_map(|effect| match effect {
                Effect::GrantLease(lease) => Some(lease.clone()),
                _ => None,
            });
            batch = batch.put(&OpenRow { place, lease })?;
        }
    }
    if effects.iter().any(|effect| matches!(effect, Effect::StopWorker { .. })) {
        batch = batch.put(&OpenRow { place: Place::stopping(task.id), lease: None })?;
    }
    Ok(batch)
}

fn shelve_deadline(batch: Batch, before: Option<&Task>, task: &Task) -> Result<Batch, EngineError> {
    let (old, new) = (before.and_then(Place::deadline), Place::deadline(task));
    if old == new {
        return Ok(batch);
    }
    let batch = old.iter().fold(batch, |batch, old| batch.delete::<OpenRow>(&old.key()));
    Ok(match new {
        Some(place) => batch.put(&OpenRow { place, lease: None })?,
        None => batch,
    })
}

/// The task's row and its event.
pub(crate) fn put(batch: Batch, task: Task, event: Event) -> Result<(Task, Batch), EngineError> {
    let row = TaskRow(task);
    let batch = batch.put(&row)?.put(&EventRow(event))?;
    batch.measure()?;
    Ok((row.0, batch))
}

/// What people have to hear, in the transaction that made it so.
fn told(batch: Batch, before: &Task, task: &Task) -> Batch {
    if before.state.name() == task.state.name() {
        return batch;
    }
    match &task.state {
        // One report for a problem, whoever waits for it.
        State::NeedsHuman { ask } if ask.why == AskReason::Breaker => batch,
        // Its fix hears of it, and seeks another plan.
        State::NeedsHuman { ask } if ask.why == AskReason::Dependency && fix_of(task).is_some() => batch,
        State::NeedsHuman { ask } => {
            let name = &task.definition.name;
            let body = format!(
                "{}\n\nSee it: patchbay task show {name}\nAnswer it: patchbay task answer {name} --note TEXT, or --set \
                 KEY=VALUE for its input",
                ask.text
            );
            batch.report(Report {
                at: task.changed,
                severity: Severity::Warning,
                subject: format!("task/{name}"),
                title: format!("Task {name} needs a person: {}", first_line(&ask.text)),
                body,
            })
        }
        State::Dead { reason } => {
            let message = format!("task {} was given up: {}", task.definition.name, first_line(reason));
            batch.event(event(task, "task.dead", message))
        }
        _ => batch,
    }
}

pub(crate) fn event(task: &Task, kind: &str, message: String) -> Told {
    Told {
        at: task.changed,
        kind: kind.to_owned(),
        subject: format!("task/{}", task.definition.name),
        message,
    }
}

pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

/// Whether a task of this state lets others go on, or never will.
pub(crate) fn is_settled(state: StateName) -> bool {
    state.is_end() || state == StateName::NeedsHuman
}
