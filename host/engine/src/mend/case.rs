//! One problem as it stands: its row, its open fix, the tasks that wait for it; and what its next step is. It must not
//! know how a step is done.

use std::sync::Arc;

use patchbay_store::StoreExt;
use patchbay_tasks::{Actor, Fingerprint, FixState, State, Step, Task, What, escalate, may_propose};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, MendRow, ProblemRecord, WaitRow, fix_key, problem_key};

/// Tasks that are told at once; those beyond are told in the next round.
pub(super) const TOLD_MAX: usize = 1_000;

pub(crate) struct Case {
    pub(super) record: ProblemRecord,
    /// The open one.
    pub(super) fix: Option<Box<FixRecord>>,
    /// The problem that it is part of.
    pub(super) part_of: Option<Fingerprint>,
    /// Who waits for the problem, people's among them.
    pub(super) tasks: Vec<Arc<Task>>,
    /// The next outcome of a task judges the open fix.
    is_judged: bool,
}

/// The next step.
pub(crate) enum Stage {
    /// It is over, and somebody waits for it still.
    Closed,
    /// A fix is open that nobody waits for and nobody judges.
    Alone,
    /// Its open fix has ended.
    Over(Box<FixRecord>),
    /// No task has it any more.
    Left,
    Diagnose(Step),
    Propose(Step),
    Gate(Box<FixRecord>),
    Apply(Box<FixRecord>),
    /// Its task succeeded after the fix.
    Judge(Box<FixRecord>),
    GiveUp(String),
    /// Nothing now: something else has to happen first.
    Wait,
}

impl Case {
    /// None: there is no such problem.
    pub(crate) async fn open(engine: &Inner, problem: &Fingerprint) -> Result<Option<Self>, EngineError> {
        let Some(row) = engine.read::<ProblemRecord>(&problem_key(problem)).await? else { return Ok(None) };
        let record = row.record;
        let fix = match record.problem.open_fix {
            Some(id) => engine.read::<FixRecord>(&fix_key(id)).await?.map(|row| Box::new(row.record)),
            None => None,
        };
        let mut tasks = Vec::new();
        for row in engine.store.list::<WaitRow>(problem_key(problem).prefix(), TOLD_MAX).await? {
            tasks.push(engine.task(row.record.task).await?);
        }
        let part_of = engine.part_of(problem).await?;
        let is_judged = match record.problem.open_fix {
            Some(fix) => !engine.store.list::<MendRow>(fix_key(fix).prefix(), 1).await?.is_empty(),
            None => false,
        };
        let case = Self { record, fix, part_of, tasks, is_judged };
        Ok(Some(case.without_strays(engine).await?))
    }

    /// A task that waits for a fix which is not the open one missed its end: it is told now.
    async fn without_strays(mut self, engine: &Inner) -> Result<Self, EngineError> {
        for task in &mut self.tasks {
            let (State::FixPlanned { fix, .. } | State::Fixing { fix, .. }) = task.state.behind_a_pause()
            else {
                continue;
            };
            if self.record.problem.open_fix == Some(*fix) {
                continue;
            }
            let what = What::FixFailed { fix: *fix, reason: "that plan is over".to_owned() };
            if let Some(told) = tell(engine, task, what).await? {
                *task = told;
            }
        }
        Ok(self)
    }

    pub(crate) fn stage(&self, engine: &Inner) -> Stage {
        let problem = &self.record.problem;
        if problem.closed.is_some() || self.part_of.is_some() {
            return if self.tasks.is_empty() { Stage::Wait } else { Stage::Closed };
        }
        match &self.fix {
            Some(fix) => self.stage_of_fix(fix),
            None if self.tasks.is_empty() => Stage::Left,
            None if self.active().next().is_none() => Stage::Wait,
            None => self.stage_without_fix(engine),
        }
    }

    fn stage_of_fix(&self, fix: &FixRecord) -> Stage {
        let is_alone = self.active().next().is_none();
        match fix.fix.state {
            FixState::Planned | FixState::WaitsForApproval | FixState::Applying if is_alone => Stage::Alone,
            FixState::Planned | FixState::WaitsForApproval => Stage::Gate(Box::new(fix.clone())),
            FixState::Applying => Stage::Apply(Box::new(fix.clone())),
            FixState::Applied if fix.held.is_some() => Stage::Judge(Box::new(fix.clone())),
            FixState::Applied if self.waits_for(fix) => Stage::Apply(Box::new(fix.clone())),
            FixState::Applied if !self.is_judged => Stage::Alone,
            FixState::Applied => Stage::Wait,
            FixState::Verified | FixState::Failed | FixState::Voided | FixState::Undone => {
                Stage::Over(Box::new(fix.clone()))
            }
        }
    }

    /// Whether a task has not been told yet that its fix was applied.
    fn waits_for(&self, record: &FixRecord) -> bool {
        self.tasks.iter().any(|task| {
            let state = task.state.behind_a_pause();
            matches!(state, State::FixPlanned { fix, .. } | State::Fixing { fix, .. } if *fix == record.fix.id)
        })
    }

    fn stage_without_fix(&self, engine: &Inner) -> Stage {
        let options = engine.options.load();
        let mut problem = self.record.problem.clone();
        problem.breaker = problem.breaker.seen(&engine.target_digest(), engine.now());
        let kind = self.active().next().map(|task| task.definition.kind).unwrap_or_default();
        if let Err(refusal) = may_propose(&problem, kind, &options.fixes.budgets) {
            return Stage::GiveUp(refusal.to_string());
        }
        match escalate(&problem, &options.fixes.ladder, engine.now()) {
            Step::Nothing | Step::WaitFor { .. } => Stage::Wait,
            step @ Step::StepFix => Stage::Propose(step),
            Step::FixTask | Step::OpenBreaker if self.is_amid_parts(engine) => {
                Stage::Propose(Step::RootCause { log_lines: options.fixes.ladder.log_lines })
            }
            step @ (Step::RootCause { .. } | Step::FixTask) if self.wants_diagnosis(engine) => {
                Stage::Diagnose(step)
            }
            step @ (Step::RootCause { .. } | Step::FixTask) => Stage::Propose(step),
            Step::OpenBreaker => {
                Stage::GiveUp(format!("{} failures, and no plan has mended it", problem.failures))
            }
            Step::AskPerson { .. } => Stage::GiveUp("no more plans are tried".to_owned()),
        }
    }

    /// Whether nobody has looked at it as things are now.
    pub(super) fn wants_diagnosis(&self, engine: &Inner) -> bool {
        let plugin = self.plugin(engine);
        self.record.problem.needs_diagnosis(plugin.as_ref(), &engine.minds.configuration())
    }

    pub(super) fn plugin(&self, engine: &Inner) -> Option<patchbay_types::Digest> {
        let skill = self.active().next()?.definition.skill.as_deref()?;
        engine.skills.digest(skill)
    }

    /// Those that wait for a machine.
    pub(super) fn active(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks.iter().filter(|task| {
            matches!(
                task.state.behind_a_pause(),
                State::Diagnosing { .. } | State::FixPlanned { .. } | State::Fixing { .. }
            )
        })
    }

    /// The task that stands for all that wait.
    pub(super) fn subject(&self) -> Option<&Arc<Task>> {
        self.active().next().or_else(|| self.tasks.first())
    }

    pub(super) fn fingerprint(&self) -> &Fingerprint {
        &self.record.problem.fingerprint
    }
}

/// Tells a task; none if it has nothing to do with that any more.
pub(super) async fn tell(engine: &Inner, task: &Task, what: What) -> Result<Option<Arc<Task>>, EngineError> {
    match engine.happen(task.id, Actor::Host, what).await {
        Ok(task) => Ok(Some(task)),
        Err(EngineError::Illegal(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
