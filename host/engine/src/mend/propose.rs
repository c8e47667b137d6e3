//! A plan is sought. What makes no sense, or has failed before, is refused, and the next strategy asked. It must not
//! know who proposes.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Fix, FixId, FixState, Plan, Step, Task};
use patchbay_types::{NanoUsd, Tokens};

use super::case::Case;
use super::diagnose::{bounded, number};
use super::facts::word;
use super::fix_task::fix_task;
use super::part::Part;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::Proposed;
use crate::row::{FixOfRow, FixRecord, ProblemRecord, Provenance};

/// Proposals that are looked at for one plan.
const PROPOSALS_MAX: usize = 16;

pub(crate) async fn propose(engine: &Inner, case: Case, step: Step) -> Result<bool, EngineError> {
    let Some(task) = case.active().next().cloned() else { return Ok(false) };
    // What was found out is there for every later plan, also for a step's.
    let step = if step == Step::StepFix && !case.wants_diagnosis(engine) { looked_at(engine) } else { step };
    let skill = engine.options.load().fixes.skill.clone();
    if let Some(skill) = skill.filter(|_| step == Step::FixTask) {
        return fix_task(engine, case, &task, &skill).await;
    }
    let part = case.part(engine).filter(|_| step != Step::StepFix);
    failpoint::at("engine.propose.before");
    match sensible(engine, &case, &task, step, part.as_ref()).await? {
        Some((plan, proposed)) => {
            keep(engine, &case, &task, Sought { step, part }, plan, proposed).await?;
            Ok(true)
        }
        None if part.is_some() => {
            engine.change_problem(case.fingerprint(), Batch::new(), |record| record.parts_tried += 1).await?;
            Ok(true)
        }
        None if case.wants_diagnosis(engine) => super::diagnose(engine, case, looked_at(engine)).await,
        None => super::give_up(engine, case, "nobody knows a plan that was not tried").await,
    }
}

/// What a plan is for.
pub(super) struct Sought {
    pub(super) step: Step,
    pub(super) part: Option<Part>,
}

fn looked_at(engine: &Inner) -> Step {
    Step::RootCause { log_lines: engine.options.load().fixes.ladder.log_lines }
}

/// The first plan that makes sense and has not failed here.
async fn sensible(
    engine: &Inner,
    case: &Case,
    task: &Arc<Task>,
    step: Step,
    part: Option<&Part>,
) -> Result<Option<(Plan, Proposed)>, EngineError> {
    let facts = engine.problem_facts(case, task, step, part).await?;
    let mut from = 0;
    for _ in 0..PROPOSALS_MAX {
        let Some(proposed) = engine.minds.propose(&facts, from).await else { return Ok(None) };
        from = proposed.next;
        match Plan::from_contract(&proposed.plan) {
            Ok(plan) if case.record.problem.has_failed_with(&plan.digest()) => {
                tracing::info!(by = proposed.by, problem = %case.fingerprint(), "a plan that failed was proposed again: refused");
            }
            Ok(plan) => return Ok(Some((plan, proposed))),
            Err(error) => {
                tracing::warn!(by = proposed.by, %error, "a plan that makes no sense was proposed: refused");
            }
        }
    }
    Ok(None)
}

/// The plan becomes the open fix of its problem, unless that is over by now or has another one.
pub(super) async fn keep(
    engine: &Inner,
    case: &Case,
    task: &Arc<Task>,
    sought: Sought,
    plan: Plan,
    proposed: Proposed,
) -> Result<(), EngineError> {
    let record = planned(engine, case, task, &sought, plan, proposed).await?;
    let (id, problem) = (record.fix.id, &record.fix.problem);
    let said = &record.provenance.attributes;
    let (tokens, cost) =
        (number(said, "prompt-tokens") + number(said, "completion-tokens"), number(said, "cost-nano-usd"));
    failpoint::at("engine.propose.found");
    let event = engine.told_of(&record, "fix.planned", &record.fix.plan.reason);
    let of = FixOfRow { problem: problem.clone(), fix: id };
    let beside = Batch::new().put(&record)?.put(&of)?.event(event);
    let (target, now) = (engine.target_digest(), engine.now());
    let open = |record: &mut ProblemRecord| {
        record.parts_tried += u32::from(sought.part.is_some());
        let problem = &mut record.problem;
        let is_wanted = problem.closed.is_none() && problem.open_fix.is_none();
        problem.open_fix = Some(id);
        problem.breaker = std::mem::take(&mut problem.breaker).seen(&target, now).tried();
        problem.used.tokens = Tokens(problem.used.tokens.0 + tokens);
        problem.used.usd = NanoUsd(problem.used.usd.0 + cost);
        is_wanted
    };
    engine.change_problem_if(problem, beside, open).await?;
    failpoint::at("engine.propose.kept");
    Ok(())
}

/// As it is stored first.
async fn planned(
    engine: &Inner,
    case: &Case,
    task: &Arc<Task>,
    sought: &Sought,
    plan: Plan,
    proposed: Proposed,
) -> Result<FixRecord, EngineError> {
    let fix = Fix {
        id: FixId(engine.fix_ids.next(&*engine.store).await?),
        problem: case.fingerprint().clone(),
        plan,
        state: FixState::Planned,
        executions: 0,
        made: engine.now(),
        made_by: proposed.by,
        plugin: proposed.plugin,
        approved_by: None,
        applied: None,
    };
    let provenance = provenance(engine, case, task, sought, &fix.plan, proposed.attributes).await?;
    Ok(FixRecord {
        fix,
        held: None,
        held_by: None,
        provenance,
        results: Vec::new(),
        begun: false,
        reason: String::new(),
        watch: String::new(),
        inputs: Vec::new(),
    })
}

async fn provenance(
    engine: &Inner,
    case: &Case,
    task: &Task,
    sought: &Sought,
    plan: &Plan,
    attributes: Vec<(String, String)>,
) -> Result<Provenance, EngineError> {
    let digest = plan.digest();
    let known = engine.known(case.fingerprint(), |known| known.plan.digest() == digest, 1).await?;
    let diagnosis = case.record.problem.diagnosis.as_ref();
    Ok(Provenance {
        task: Some(task.definition.name.clone()),
        step: word(sought.step).to_owned(),
        part: sought.part.as_ref().map(|part| part.text.clone()).unwrap_or_default(),
        cause: diagnosis.map(|found| found.cause.clone()).unwrap_or_default(),
        attempt: task.tally.attempts,
        lines: engine.evidence(task, &case.record.message).await?,
        known: known.first().map(|known| known.fix),
        attributes: bounded(attributes),
    })
}
