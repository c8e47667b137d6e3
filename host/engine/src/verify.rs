//! The checks of a task, run by somebody else than its worker. It must not know how a check is run.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Actor, Check, Fence, State, Task, TaskId, What};
use serde_json::Value;

use crate::attempt::{Told, failure};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::Verdict;
use crate::row::{Attempt, attempt_key};

/// What is looked at.
pub(crate) struct Claim {
    task: Arc<Task>,
    fence: Fence,
    checks: Vec<Check>,
    output: Value,
}

/// None: nobody waits for a verdict any more.
pub(crate) async fn claim_of(engine: &Inner, id: TaskId) -> Result<Option<Claim>, EngineError> {
    let task = engine.task(id).await?;
    let State::Verifying { fence, checked: false, .. } = *task.state.behind_a_pause() else {
        return Ok(None);
    };
    let attempt = engine.read::<Attempt>(&attempt_key(id, task.tally.attempts)).await?;
    let output = attempt.map_or(Value::Null, |attempt| attempt.record.output);
    let checks = task.definition.checks.iter().filter(|check| !check.is_human()).cloned().collect();
    Ok(Some(Claim { task, fence, checks, output }))
}

/// Once the engine closes it is left to the next host.
pub(crate) async fn look(engine: &Inner, claim: &Claim) -> Result<Verdict, EngineError> {
    failpoint::at("engine.verify.before");
    let looking = engine.checks.verify(&claim.checks, &claim.task, &claim.output);
    let verdict = engine.unless_closing(looking).await?;
    failpoint::at("engine.verify.after");
    Ok(verdict)
}

/// The verdict, in the name of the host.
pub(crate) async fn say(engine: &Inner, claim: Claim, verdict: Verdict) -> Result<(), EngineError> {
    let fence = claim.fence;
    let what = if verdict.passed {
        What::ChecksPassed { fence }
    } else {
        let message = verdict.found.last().cloned().unwrap_or_else(|| "a check did not hold".to_owned());
        let told = Told { class: "check-failed", message: &message, explicit: None, step: None };
        What::ChecksFailed { fence, failure: failure(&told, "", None) }
    };
    match engine.happen(claim.task.id, Actor::Host, engine.shaped(what).await).await {
        Ok(_) | Err(EngineError::Illegal(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
