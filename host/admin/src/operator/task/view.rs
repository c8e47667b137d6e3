//! Tasks as the API shows them. It must not change anything.

use patchbay_engine::{Attempt, FixRecord, ProblemRecord, TaskView as Seen};
use patchbay_tasks::{State, Task, Why};

use crate::api::{AttemptView, TaskRow, TaskView};

/// What stands around a task.
pub(super) struct Around {
    pub(super) why: Why,
    pub(super) children: usize,
    /// The oldest first.
    pub(super) attempts: Vec<Attempt>,
    pub(super) problem: Option<ProblemRecord>,
    pub(super) fix: Option<FixRecord>,
}

pub(in crate::operator) fn row(seen: &Seen) -> TaskRow {
    let (task, definition) = (&*seen.task, &seen.task.definition);
    TaskRow {
        id: task.id.0,
        name: definition.name.clone(),
        title: definition.title.clone(),
        state: seen.state.to_owned(),
        verified: seen.verified,
        kind: definition.kind,
        priority: definition.priority,
        parent: definition.parent.clone(),
        level: task.place.level,
        skill: definition.skill.clone(),
        labels: definition.labels.clone(),
        attempts: task.tally.attempts,
        failures: task.tally.failures,
        created: task.created,
        changed: task.changed,
        rev: task.rev,
    }
}

pub(super) fn whole(seen: Seen, around: Around) -> TaskView {
    let Around { why, children, attempts, problem, fix } = around;
    let task: &Task = &seen.task;
    let last_attempt = attempts.last().cloned().map(AttemptView::from);
    TaskView {
        state: seen.state.to_owned(),
        verified: seen.verified,
        definition: task.definition.clone(),
        id: task.id.0,
        rev: task.rev,
        level: task.place.level,
        root: task.place.root.clone(),
        created: task.created,
        changed: task.changed,
        attempts: task.tally.attempts,
        failures: task.tally.failures,
        tally: task.tally,
        stands: task.state.clone(),
        why,
        notes: task.notes.clone(),
        lease: seen.lease.clone(),
        children,
        last_attempts: attempts.into_iter().map(without_output).collect(),
        last_attempt,
        problem,
        fix,
    }
}

pub(super) fn without_output(attempt: Attempt) -> AttemptView {
    AttemptView { output: serde_json::Value::Null, ..attempt.into() }
}

/// The fix that a task waits for, or that its next outcome judges.
pub(super) fn fix_of(task: &Task) -> Option<patchbay_tasks::FixId> {
    match task.state.behind_a_pause() {
        State::FixPlanned { fix, .. } | State::Fixing { fix, .. } => Some(*fix),
        _ => task.tally.mend,
    }
}
