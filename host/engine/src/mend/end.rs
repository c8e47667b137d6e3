//! The ends of a problem: it is over, nobody waits for it, or only a person helps. It must not know how it came to that.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, Key, StoreExt};
use patchbay_tasks::{Fingerprint, FixState, Tried, What};
use patchbay_types::{Report, Severity};

use super::case::{Case, tell};
use super::change::NOBODY;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, ProblemRecord, WaitRow, problem_key};

/// Its tasks go on, or wait for the problem that it is part of.
pub(crate) async fn release(engine: &Inner, case: Case) -> Result<bool, EngineError> {
    let mut told = 0;
    for task in &case.tasks {
        failpoint::at("engine.release.each");
        let what = match &case.part_of {
            Some(into) => What::ProblemMerged { into: into.clone() },
            None => What::ProblemClosed,
        };
        told += usize::from(tell(engine, task, what).await?.is_some());
    }
    // More than fit into one round wait; one that cannot hear it now is told when it is asked about again.
    Ok(told > 0 && case.tasks.len() >= super::case::TOLD_MAX)
}

impl Inner {
    /// Problems that are over while somebody waits for them still: a host may have ended before it had told all.
    pub(crate) async fn go_over_waits(&self) -> Result<(), EngineError> {
        let mut range = Key::new().prefix();
        while let Some(row) = self.store.list::<WaitRow>(range.clone(), 1).await?.pop() {
            let key = problem_key(&row.record.problem);
            let problem = self.read::<ProblemRecord>(&key).await?;
            let is_over = problem.is_some_and(|row| row.record.problem.closed.is_some());
            if is_over && !self.push_problem(row.record.problem) {
                self.sweep.notify_one();
            }
            // One look for each problem, however many wait for it.
            range = range.after(&key.number(u64::MAX));
        }
        Ok(())
    }
}

/// A fix that nobody waits for and nobody judges is not needed; whoever has the problem still gets another.
pub(crate) async fn abandon(engine: &Inner, case: Case) -> Result<bool, EngineError> {
    if let Some(fix) = case.fix {
        let _turn = engine.fix_turns.of(fix.fix.id.0).await;
        let row = engine.fix_in_state(fix.fix.id, fix.fix.state).await?;
        if row.record != *fix {
            return Ok(true);
        }
        let fix = engine.settle_begun(row.record).await?;
        engine.void_subtasks(&fix, NOBODY).await?;
        engine.void_fix(&fix).await?;
    }
    Ok(true)
}

/// A fix that has ended holds its problem no longer, however it came to be its open one still.
pub(crate) async fn let_go(
    engine: &Inner,
    problem: &Fingerprint,
    record: &FixRecord,
) -> Result<bool, EngineError> {
    let (fix, plan) = (record.fix.id, record.fix.plan.digest());
    let failed = matches!(record.fix.state, FixState::Failed | FixState::Undone);
    let forget = |record: &mut ProblemRecord| {
        let problem = &mut record.problem;
        if problem.open_fix != Some(fix) {
            return false;
        }
        problem.open_fix = None;
        if !problem.tried.iter().any(|tried| tried.fix == fix) {
            problem.remember(Tried { fix, plan, failed });
        }
        true
    };
    engine.change_problem_if(problem, Batch::new(), forget).await?;
    Ok(true)
}

/// The last task has left it.
pub(crate) async fn leave(engine: &Inner, case: Case) -> Result<bool, EngineError> {
    Ok(!engine.leave_problem(case.fingerprint()).await?)
}

/// No more plans are tried until a person says so or what must be mended has changed. One report, with all that a
/// person needs.
pub(crate) async fn give_up(engine: &Inner, case: Case, reason: &str) -> Result<bool, EngineError> {
    failpoint::at("engine.give-up.before");
    let (target, now) = (engine.target_digest(), engine.now());
    // One that opened for another state of things opens anew for this one.
    if !case.record.problem.breaker.clone().seen(&target, now).is_open() {
        let beside = Batch::new().report(report(engine, &case, reason));
        let open = |record: &mut ProblemRecord| {
            let problem = &mut record.problem;
            let breaker = std::mem::take(&mut problem.breaker).seen(&target, now);
            problem.breaker = breaker.opened(reason, target, now);
            problem.closed.is_none()
        };
        engine.change_problem_if(case.fingerprint(), beside, open).await?;
    }
    failpoint::at("engine.give-up.kept");
    for task in &case.tasks {
        tell(engine, task, What::BreakerOpened { reason: reason.to_owned() }).await?;
    }
    Ok(false)
}

fn report(engine: &Inner, case: &Case, reason: &str) -> Report {
    let problem = &case.record.problem;
    let tasks: Vec<&str> = case.tasks.iter().take(20).map(|task| task.definition.name.as_str()).collect();
    let cause = problem.diagnosis.as_ref().map_or("", |found| found.cause.as_str());
    let cause = if cause.is_empty() { "not known" } else { cause };
    let first = tasks.first().copied().unwrap_or("NAME");
    Report {
        at: engine.now(),
        severity: Severity::Critical,
        subject: format!("problem/{}", problem.fingerprint),
        title: format!("No more fixes are tried: {}", problem.title),
        body: format!(
            "Why: {reason}.\nFailures: {}, plans tried: {}. Cause: {cause}.\nTasks: {}.\nLast failure:\n{}\n\nSee it: \
             patchbay problem show {}\nOnce it is mended: patchbay task retry {first}, or patchbay problem close {}",
            problem.failures,
            problem.tried.len(),
            tasks.join(", "),
            case.record.message,
            problem.fingerprint,
            problem.fingerprint,
        ),
    }
}
