//! A plan is applied: first what it does once, then what it does to each task that waits. After a crash it goes on with
//! the action that it was at, which may be done twice. It must not know how an action is done.

use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Action, Definition, FixState, State, Task, TaskName, What, merge_patch};
use serde_json::Value;

use super::case::{Case, tell};
use super::step::Stepped;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::FixRecord;

/// Bytes of inputs that a fix's record keeps to take it back: one of any size is kept.
const INPUTS_BYTES_MAX: usize = Definition::INPUT_BYTES_MAX + 64 * 1024;
/// How often it is looked whether a task of a plan takes too long.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

pub(crate) async fn apply(engine: &Inner, case: Case, record: FixRecord) -> Result<bool, EngineError> {
    match record.fix.state {
        FixState::Applied => hand_on(engine, &case, &record).await,
        _ => carry_out(engine, &case, record).await,
    }
}

/// What was done is in the row, and is not done again.
async fn carry_out(engine: &Inner, case: &Case, mut record: FixRecord) -> Result<bool, EngineError> {
    let Some(task) = case.subject() else { return Ok(false) };
    while let Some(action) = record.fix.plan.actions.get(record.results.len()) {
        // The last one may have left while an action was done.
        if !engine.is_waited_for(&record.fix.problem).await? {
            return Ok(true);
        }
        match engine.step(action, task, &record).await? {
            Stepped::Kept(kept) => record = *kept,
            Stepped::Waits => return wait(engine, case, &record).await,
            Stepped::Failed(reason) => return fail(engine, &record, &reason).await,
            Stepped::Escalates(reason) => return escalated(engine, case, &record, &reason).await,
            Stepped::Halted => return Ok(true),
        }
    }
    finish(engine, case, task, &record).await
}

/// All was done: the tasks that wait for it go on.
async fn finish(engine: &Inner, case: &Case, task: &Task, record: &FixRecord) -> Result<bool, EngineError> {
    failpoint::at("engine.apply.before");
    let (inputs, now) = (inputs(case, record), engine.now());
    let event = engine.told_of(record, "fix.applied", "it was applied; its task runs again");
    let (watched, said) = engine.watch_of(record, task).await;
    let mut beside = Batch::new().event(event);
    if let Some(watched) = &watched {
        beside = beside.put(watched)?;
    }
    let applied = |record: &mut FixRecord| {
        record.fix.state = FixState::Applied;
        record.fix.applied = Some(now);
        record.inputs = inputs;
        record.watch = said;
    };
    engine.change_fix(record, FixState::Applying, beside, applied).await?;
    failpoint::at("engine.apply.after");
    if watched.is_some() {
        engine.watch_begun();
    }
    Ok(true)
}

/// What was done before stays in its row, so that it can be taken back.
async fn fail(engine: &Inner, record: &FixRecord, reason: &str) -> Result<bool, EngineError> {
    engine.void_subtasks(record, "the fix that it belongs to is over").await?;
    engine.fail_fix(record, reason).await?;
    Ok(true)
}

/// A task of the plan goes on: whoever waits is being fixed. It is looked at again when that task has ended, and now and
/// then.
async fn wait(engine: &Inner, case: &Case, record: &FixRecord) -> Result<bool, EngineError> {
    let fix = record.fix.id;
    for task in &case.tasks {
        if matches!(task.state.behind_a_pause(), State::FixPlanned { fix: planned, .. } if *planned == fix) {
            tell(engine, task, What::FixBegun { fix }).await?;
        }
    }
    engine.push_problem_after(record.fix.problem.clone(), LOOK_AGAIN);
    Ok(false)
}

/// The inputs that will be changed, as they are, as many as fit; those of further tasks are changed and not taken back.
fn inputs(case: &Case, record: &FixRecord) -> Vec<(TaskName, Value)> {
    if !record.fix.plan.actions.iter().any(|action| matches!(action, Action::SetInput { .. })) {
        return Vec::new();
    }
    let inputs = case.active().map(|task| (task.definition.name.clone(), task.definition.input.clone()));
    let mut room = INPUTS_BYTES_MAX;
    let fit = |(_, input): &(_, Value)| {
        let bytes = serde_json::to_vec(input).map_or(usize::MAX, |text| text.len() + TaskName::BYTES_MAX);
        let rest = room.checked_sub(bytes);
        room = rest.unwrap_or(room);
        rest.is_some()
    };
    inputs.filter(fit).collect()
}

/// Each task that waits for it goes on, with its own input changed, unless it is taken back before.
async fn hand_on(engine: &Inner, case: &Case, record: &FixRecord) -> Result<bool, EngineError> {
    let fix = record.fix.id;
    let _turn = engine.fix_turns.of(fix.0).await;
    engine.fix_in_state(fix, FixState::Applied).await?;
    let until = pause(record).map(|pause| engine.now() + pause);
    for task in &case.tasks {
        let task = match task.state.behind_a_pause() {
            State::FixPlanned { fix: planned, .. } if *planned == fix => {
                match tell(engine, task, What::FixBegun { fix }).await? {
                    Some(task) => task,
                    None => continue,
                }
            }
            State::Fixing { fix: fixing, .. } if *fixing == fix => task.clone(),
            _ => continue,
        };
        let input = patched(record, &task.definition.input);
        failpoint::at("engine.hand-on.begun");
        tell(engine, &task, What::FixApplied { fix, input, until }).await?;
        failpoint::at("engine.hand-on.between");
    }
    Ok(false)
}

fn patched(record: &FixRecord, input: &Value) -> Option<Value> {
    let mut patches = record.fix.plan.actions.iter().filter_map(|action| match action {
        Action::SetInput { patch } => Some(patch),
        _ => None,
    });
    let first = merge_patch(input, patches.next()?);
    Some(patches.fold(first, |input, patch| merge_patch(&input, patch)))
}

fn pause(record: &FixRecord) -> Option<Duration> {
    let pauses = record.fix.plan.actions.iter().filter_map(|action| match action {
        Action::Retry { after_ms } if *after_ms > 0 => Some(Duration::from_millis(*after_ms)),
        _ => None,
    });
    pauses.max()
}

/// The plan says that only a person helps.
async fn escalated(
    engine: &Inner,
    case: &Case,
    record: &FixRecord,
    reason: &str,
) -> Result<bool, EngineError> {
    engine.fail_fix(record, &format!("it asks for a person: {reason}")).await?;
    failpoint::at("engine.escalate.kept");
    for task in &case.tasks {
        tell(engine, task, What::Escalated { reason: reason.to_owned() }).await?;
    }
    Ok(false)
}
