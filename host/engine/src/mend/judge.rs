//! Whether a fix has helped: its task has succeeded after it, and its own checks hold. Only what was verified is
//! remembered. It must not know how a check is run.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Action, Check, FixState, Task, Tried};
use serde_json::Value;

use super::case::Case;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{Attempt, FixRecord, attempt_key};

pub(crate) async fn judge(engine: &Inner, case: Case, record: FixRecord) -> Result<bool, EngineError> {
    failpoint::at("engine.judge.before");
    let mut judged = record.clone();
    let verified = match own_checks(engine, &case, &record).await? {
        Some(Ok(())) => true,
        Some(Err(reason)) => {
            judged.fix.state = FixState::Failed;
            judged.reason = format!("its task succeeded, but a check of the plan does not hold: {reason}");
            false
        }
        None => record.held == Some(true),
    };
    let mut beside = Batch::new();
    let kind = match (verified, judged.fix.state) {
        (true, _) => {
            judged.fix.state = FixState::Verified;
            beside = remember(engine, beside, &judged).await?;
            "fix.verified"
        }
        (false, FixState::Failed) => {
            beside = engine.counted(beside, &judged, false).await?;
            "fix.failed"
        }
        (false, _) => {
            "its task succeeded without a check: unverified, and not remembered"
                .clone_into(&mut judged.reason);
            "fix.unverified"
        }
    };
    let tried = Tried { fix: record.fix.id, plan: record.fix.plan.digest(), failed: kind == "fix.failed" };
    let beside = beside.event(engine.told_of(&judged, kind, &judged.fix.plan.reason));
    let now = engine.now();
    engine
        .put_fix(record.fix.state, &judged, beside, |record| {
            let problem = &mut record.problem;
            problem.remember(tried);
            problem.breaker = std::mem::take(&mut problem.breaker).held();
            problem.close(now);
        })
        .await?;
    failpoint::at("engine.judge.after");
    Ok(true)
}

/// The plan's own checks; none: it has none that a machine can run.
async fn own_checks(
    engine: &Inner,
    case: &Case,
    record: &FixRecord,
) -> Result<Option<Result<(), String>>, EngineError> {
    let checks: Vec<Check> =
        record.fix.plan.checks.iter().filter(|check| !check.is_human()).cloned().collect();
    if checks.is_empty() {
        return Ok(None);
    }
    let Some((task, output)) = succeeded(engine, case, record).await? else { return Ok(None) };
    let judging = engine.checks.verify_plan(&checks, &task, &output, &record.fix);
    let verdict = engine.unless_closing(judging).await?;
    let found = verdict.found.last().cloned().unwrap_or_default();
    Ok(Some(if verdict.passed { Ok(()) } else { Err(found) }))
}

/// Whose success judges the fix, and what that attempt gave back.
async fn succeeded(
    engine: &Inner,
    case: &Case,
    record: &FixRecord,
) -> Result<Option<(Arc<Task>, Value)>, EngineError> {
    let (task, number) = match (record.held_by, &record.provenance.task) {
        (Some((id, number)), _) => (Some(engine.task(id).await?), Some(number)),
        (None, Some(name)) => (engine.find(name).await?, None),
        (None, None) => (case.subject().cloned(), None),
    };
    let Some(task) = task else { return Ok(None) };
    let attempt = attempt_key(task.id, number.unwrap_or(task.tally.attempts));
    let output = engine.read::<Attempt>(&attempt).await?.map(|row| row.record.output);
    Ok(Some((task, output.unwrap_or_default())))
}

/// Kept for its fingerprint, and tried first the next time; not a plan with tasks, whose names are used up.
async fn remember(engine: &Inner, batch: Batch, record: &FixRecord) -> Result<Batch, EngineError> {
    if record.fix.plan.actions.iter().any(|action| matches!(action, Action::Subtask { .. })) {
        return Ok(batch);
    }
    engine.counted(batch, record, true).await
}
