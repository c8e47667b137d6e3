//! A plan is applied: first what it does once, then what it does to each task that waits. After a crash it begins again,
//! so each action may be done twice. It must not know how an action is done.

use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Action, Definition, FixState, State, Task, TaskName, What, merge_patch};
use patchbay_types::Report;
use serde_json::Value;

use super::case::{Case, tell};
use super::subtask::Awaited;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::FixRecord;

/// Characters of an action's result that are kept. What an action needs to be taken back has to fit.
pub const RESULT_CHARS_MAX: usize = 2_000;
/// Bytes of inputs that a fix's record keeps to take it back: one of any size is kept.
const INPUTS_BYTES_MAX: usize = Definition::INPUT_BYTES_MAX + 64 * 1024;
/// How often it is looked whether a task of a plan takes too long.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

pub(crate) async fn apply(engine: &Inner, case: Case, record: FixRecord) -> Result<bool, EngineError> {
    if record.fix.state == FixState::Applied {
        hand_on(engine, &case, &record).await?;
        return Ok(false);
    }
    let Some(task) = case.subject().cloned() else { return Ok(false) };
    // What was done before a task was waited for is not done again.
    let mut results = record.results.clone();
    for action in record.fix.plan.actions.iter().skip(results.len()) {
        failpoint::at("engine.action.before");
        let done = match action {
            Action::Escalate { reason } => return escalated(engine, &case, &record, reason).await,
            Action::Subtask { task } => engine.subtask(&task.name, &record).await?,
            other => act(engine, other, &task, &record).await.map_or_else(Awaited::Failed, Awaited::Done),
        };
        failpoint::at("engine.action.after");
        match done {
            Awaited::Done(result) => results.push(result.chars().take(RESULT_CHARS_MAX).collect()),
            Awaited::Waits => return wait(engine, &case, &record, results).await,
            Awaited::Failed(reason) => {
                engine.void_subtasks(&record, "the fix that it belongs to is over").await?;
                // What was done stays in its record, so that it can be taken back.
                let record = FixRecord { results, ..record.clone() };
                engine.fail_fix(&record, &reason).await?;
                return Ok(true);
            }
        }
    }
    failpoint::at("engine.apply.before");
    let inputs = inputs(&case, &record);
    let now = engine.now();
    let event = engine.told_of(&record, "fix.applied", "it was applied; its task runs again");
    let (watched, said) = engine.watch_of(&record, &task).await;
    let mut beside = Batch::new().event(event);
    if let Some(watched) = &watched {
        beside = beside.put(watched)?;
    }
    engine
        .change_fix(&record, FixState::Applying, beside, |record| {
            record.fix.state = FixState::Applied;
            record.fix.applied = Some(now);
            record.results = results;
            record.inputs = inputs;
            record.watch = said;
        })
        .await?;
    failpoint::at("engine.apply.after");
    if watched.is_some() {
        engine.watch_begun();
    }
    Ok(true)
}

/// What is the engine's own is done here or at each task; the rest is for others.
async fn act(engine: &Inner, action: &Action, task: &Task, record: &FixRecord) -> Result<String, String> {
    match action {
        Action::Retry { .. } => Ok("the task runs again".to_owned()),
        Action::SetInput { .. } => Ok("the task's input is changed".to_owned()),
        Action::Kill { task: None } => Ok("its worker is gone already".to_owned()),
        Action::Kill { task: Some(name) } => engine.kill(name).await,
        Action::Notify { text, severity } => {
            let report = Report {
                at: engine.now(),
                severity: *severity,
                subject: format!("fix/{}", record.fix.id),
                title: crate::change::first_line(text),
                body: text.clone(),
            };
            let told = engine.store.commit(Batch::new().report(report)).await;
            told.map(|_| "a person was told".to_owned()).map_err(|error| error.to_string())
        }
        other => engine.hands.act(other, task, &record.fix).await,
    }
}

/// A task of the plan goes on: what was done is kept, and whoever waits is being fixed. It is looked at again when that
/// task has ended, and now and then.
async fn wait(
    engine: &Inner,
    case: &Case,
    record: &FixRecord,
    results: Vec<String>,
) -> Result<bool, EngineError> {
    if results.len() > record.results.len() {
        engine
            .change_fix(record, FixState::Applying, Batch::new(), |record| record.results = results)
            .await?;
    }
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

/// Each task that waits for it goes on, with its own input changed.
async fn hand_on(engine: &Inner, case: &Case, record: &FixRecord) -> Result<(), EngineError> {
    let fix = record.fix.id;
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
    Ok(())
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

impl Inner {
    /// Takes back what was done, the last first.
    pub(crate) async fn undo_each(&self, record: &FixRecord) -> Result<Vec<String>, EngineError> {
        let mut results = Vec::new();
        for (action, result) in record.fix.plan.actions.iter().zip(&record.results).rev() {
            if let Some(done) = self.hands.undo(action, result, &record.fix).await {
                results.push(done.map_err(EngineError::Undo)?);
            }
        }
        Ok(results)
    }
}
