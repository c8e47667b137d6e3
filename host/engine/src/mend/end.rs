//! The ends of a problem: it is over, nobody waits for it, or only a person helps. It must not know how it came to that.

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::What;
use patchbay_types::{Report, Severity};

use super::case::{Case, tell};
use crate::engine::Inner;
use crate::error::EngineError;

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

/// A fix that was not begun is not needed.
pub(crate) async fn leave(engine: &Inner, case: Case) -> Result<bool, EngineError> {
    if let Some(fix) = &case.fix {
        engine.void_subtasks(fix, "nobody waits for it any more").await?;
        engine.void_fix(fix).await?;
    }
    Ok(false)
}

/// No more plans are tried until a person says so or what must be mended has changed. One report, with all that a
/// person needs.
pub(crate) async fn give_up(engine: &Inner, case: Case, reason: &str) -> Result<bool, EngineError> {
    failpoint::at("engine.give-up.before");
    let (target, now) = (engine.target_digest(), engine.now());
    // One that opened for another state of things opens anew for this one.
    if !case.record.problem.breaker.clone().seen(&target, now).is_open() {
        let beside = Batch::new().report(report(engine, &case, reason));
        engine
            .change_problem(case.fingerprint(), beside, |record| {
                let problem = &mut record.problem;
                let breaker = std::mem::take(&mut problem.breaker).seen(&target, now);
                problem.breaker = breaker.opened(reason, target, now);
            })
            .await?;
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
