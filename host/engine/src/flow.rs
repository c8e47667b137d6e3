//! The two walks, from top to bottom. Each step is durable before the next begins: a host that dies between two goes on
//! with the second when it is back.
//!
//! A task: prepare (is all there that it needs) -> claim (lease, fence) -> execute (the skill) -> settle (what came of it)
//! -> verify (somebody else looks) -> done, or a failure, which is a problem's.
//!
//! A problem: diagnose -> propose -> gate -> apply -> the task runs again -> judge -> closed, or the next plan, or a person.

use std::sync::Arc;

use patchbay_store::CommitError;
use patchbay_tasks::TaskId;

use crate::attempt::{Claimed, claim, execute, prepare, settle};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::mend::{self, Case, MendDue, Stage};
use crate::shelf::Place;
use crate::verify;

/// Steps of one problem without a pause; more are a mistake, and the rest is done later.
const STEPS_MAX: usize = 32;

/// One attempt at a task that has got a place.
pub(crate) async fn attempt(engine: &Arc<Inner>, place: Place) -> Result<(), EngineError> {
    let Some(prepared) = prepare(engine, place).await? else { return Ok(()) };
    let claimed = claim(engine, prepared).await?;
    work(engine, claimed).await
}

/// The rest of an attempt once its task is claimed.
pub(crate) async fn work(engine: &Arc<Inner>, claimed: Claimed) -> Result<(), EngineError> {
    let worked = execute(engine, &claimed).await;
    settle(engine, claimed, worked).await
}

/// What others say of work that is done.
pub(crate) async fn verify(engine: &Inner, id: TaskId) -> Result<(), EngineError> {
    let Some(claim) = verify::claim_of(engine, id).await? else { return Ok(()) };
    let verdict = verify::look(engine, &claim).await?;
    verify::say(engine, claim, verdict).await
}

/// As far as one problem gets now.
pub(crate) async fn mend(engine: &Inner, due: &MendDue) -> Result<(), EngineError> {
    let Some(problem) = mend::problem_of(engine, due).await? else { return Ok(()) };
    for _ in 0..STEPS_MAX {
        let Some(case) = Case::open(engine, &problem).await? else { return Ok(()) };
        let goes_on = match case.stage(engine) {
            Stage::Closed => mend::release(engine, case).await,
            Stage::Alone => mend::abandon(engine, case).await,
            Stage::Over(fix) => mend::let_go(engine, &problem, &fix).await,
            Stage::Left => mend::leave(engine, case).await,
            Stage::Diagnose(step) => mend::diagnose(engine, case, step).await,
            Stage::Propose(step) => mend::propose(engine, case, step).await,
            Stage::Gate(fix) => mend::gate(engine, case, *fix).await,
            Stage::Apply(fix) => mend::apply(engine, case, *fix).await,
            Stage::Judge(fix) => mend::judge(engine, case, *fix).await,
            Stage::GiveUp(reason) => mend::give_up(engine, case, &reason).await,
            Stage::Wait => Ok(false),
        };
        match goes_on {
            Ok(false) => return Ok(()),
            // Somebody has changed it meanwhile: it is looked at anew.
            Ok(true) | Err(EngineError::Commit(CommitError::Conflict { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    tracing::warn!(%problem, "more than {STEPS_MAX} steps at once: the rest follows later");
    engine.sweep.notify_one();
    Ok(())
}
