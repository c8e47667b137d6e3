//! Whether a fix has helped: its task has succeeded after it, and its own checks hold. Only what was verified is
//! remembered. It must not know how a check is run.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Action, Check, FixState, Task, Tried};
use serde_json::Value;

use super::case::Case;
use super::over::Came;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{Attempt, FixRecord, ProblemRecord, attempt_key};

/// What came of a fix.
struct Judged {
    state: FixState,
    /// As it is told.
    kind: &'static str,
    came: Came,
    /// Why, if that is to be said.
    reason: Option<String>,
}

pub(crate) async fn judge(engine: &Inner, case: Case, record: FixRecord) -> Result<bool, EngineError> {
    failpoint::at("engine.judge.before");
    let judged = judged(&record, own_checks(engine, &case, &record).await?);
    let failed = judged.state == FixState::Failed;
    let tried = Tried { fix: record.fix.id, plan: record.fix.plan.digest(), failed };
    let beside = Batch::new().event(engine.told_of(&record, judged.kind, &record.fix.plan.reason));
    let now = engine.now();
    let fix = |record: &mut FixRecord| {
        record.fix.state = judged.state;
        judged.reason.iter().for_each(|reason| record.reason.clone_from(reason));
    };
    let problem = |record: &mut ProblemRecord| {
        let problem = &mut record.problem;
        problem.remember(tried);
        problem.breaker = std::mem::take(&mut problem.breaker).held();
        problem.close(now);
    };
    engine.end_fix(&record, judged.came, beside, fix, problem).await?;
    failpoint::at("engine.judge.after");
    Ok(true)
}

fn judged(record: &FixRecord, own_checks: Option<Result<(), String>>) -> Judged {
    match own_checks {
        Some(Err(found)) => Judged {
            state: FixState::Failed,
            kind: "fix.failed",
            came: Came::Failed,
            reason: Some(format!("its task succeeded, but a check of the plan does not hold: {found}")),
        },
        None if record.held != Some(true) => Judged {
            state: record.fix.state,
            kind: "fix.unverified",
            came: Came::Nothing,
            reason: Some("its task succeeded without a check: unverified, and not remembered".to_owned()),
        },
        _ => {
            Judged { state: FixState::Verified, kind: "fix.verified", came: remembered(record), reason: None }
        }
    }
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
fn remembered(record: &FixRecord) -> Came {
    match record.fix.plan.actions.iter().any(|action| matches!(action, Action::Subtask { .. })) {
        true => Came::Nothing,
        false => Came::Held,
    }
}
