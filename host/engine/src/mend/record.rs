//! What a change of a task makes of problems and fixes, in the task's own transaction. It must not know what is done
//! about a problem.

use std::collections::BTreeSet;

use patchbay_fingerprint::telling_line;
use patchbay_store::{Batch, EncodeError};
use patchbay_tasks::{
    Breaker, Effect, Failure, Fingerprint, FixId, FixState, Problem, Target, Task, Tried, Used,
};
use patchbay_types::{Digest, Event};
use tokio::sync::MutexGuard;

use super::over::Came;
use crate::cache::Kept;
use crate::change::first_line;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{
    FixRecord, LastFailure, MendRow, OpenProblem, ProblemRecord, WaitRow, fix_key, problem_key,
};

/// A problem's turn, held until what changes it is committed.
pub(crate) type Held<'a> = MutexGuard<'a, ()>;

/// Characters of a failure's message that its problem keeps.
const MESSAGE_CHARS_MAX: usize = 4_000;

impl Inner {
    /// The batch with what the change makes of problems.
    pub(crate) async fn problems_of(
        &self,
        kept: &Kept,
        task: &Task,
        effects: &[Effect],
        batch: Batch,
    ) -> Result<(Batch, Vec<Held<'_>>), EngineError> {
        let batch = waits(batch, &kept.task, task)?;
        let touched = touched(effects);
        if touched.failure.is_none() && touched.fixes.is_empty() {
            return Ok((batch, Vec::new()));
        }
        // In a box, or each change would have its size.
        Box::pin(self.problems_touched(task, touched, batch)).await
    }

    async fn problems_touched(
        &self,
        task: &Task,
        Touched { failure: attached, fixes: judged }: Touched<'_>,
        mut batch: Batch,
    ) -> Result<(Batch, Vec<Held<'_>>), EngineError> {
        let mut fixes = Vec::new();
        for (id, held) in judged {
            if let Some(row) = self.read::<FixRecord>(&fix_key(id)).await? {
                fixes.push((row.record.fix.problem, id, held));
            }
        }
        let problems = fixes.iter().map(|(problem, ..)| problem).chain(attached.map(|f| &f.fingerprint));
        let turns = self.turns_of(problems).await;
        for (problem, id, held) in &fixes {
            batch = self.judged(batch, task, (problem, *id), *held).await?;
        }
        if let Some(failure) = attached {
            // A fix of the very same problem did not hold: both are one change of its row.
            let judged =
                fixes.iter().find(|(problem, ..)| *problem == failure.fingerprint).map(|(_, id, _)| *id);
            batch = self.attached(batch, task, failure, judged).await?;
        }
        Ok((batch, turns))
    }

    /// In one order, so that two changes never wait for each other.
    pub(crate) async fn turns_of<'a>(
        &self,
        problems: impl Iterator<Item = &'a Fingerprint>,
    ) -> Vec<Held<'_>> {
        let stripes: BTreeSet<u64> =
            problems.map(|problem| crate::turns::stripe(Self::problem_turn(problem))).collect();
        let mut turns = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            turns.push(self.problem_turns.of(stripe).await);
        }
        turns
    }

    /// Whether a fix held, by the outcome of its task.
    async fn judged(
        &self,
        batch: Batch,
        task: &Task,
        (problem, id): (&Fingerprint, FixId),
        held: Option<bool>,
    ) -> Result<Batch, EngineError> {
        let Some(row) = self.read::<FixRecord>(&fix_key(id)).await? else { return Ok(batch) };
        let mut record = row.record;
        if record.fix.state != FixState::Applied {
            return Ok(batch);
        }
        record.held = held;
        record.held_by = held.map(|_| (task.id, task.tally.attempts));
        let batch = batch.require_revision::<FixRecord>(&fix_key(id), row.revision);
        if held.is_some() {
            return Ok(batch.put(&record)?);
        }
        record.fix.state = FixState::Failed;
        "the task failed again after it".clone_into(&mut record.reason);
        let batch = self.counted(batch.put(&record)?, &record, Came::Failed).await?;
        let Some(row) = self.read::<ProblemRecord>(&problem_key(problem)).await? else { return Ok(batch) };
        let mut known = row.record;
        failed(&mut known.problem, &record, self.target_digest(), self.now());
        let batch = batch.require_revision::<ProblemRecord>(&problem_key(problem), row.revision);
        let was_open = known.problem.closed.is_none();
        Ok(put_problem(batch, was_open, &known)?)
    }

    /// One more failure of a problem, which may be its first.
    async fn attached(
        &self,
        batch: Batch,
        task: &Task,
        failure: &Failure,
        judged: Option<FixId>,
    ) -> Result<Batch, EngineError> {
        let key = problem_key(&failure.fingerprint);
        let row = self.read::<ProblemRecord>(&key).await?;
        let was_open = row.as_ref().is_some_and(|row| row.record.problem.closed.is_none());
        let mut batch = match &row {
            None => batch.require_absent::<ProblemRecord>(&key),
            Some(row) => batch.require_revision::<ProblemRecord>(&key, row.revision),
        };
        let mut record = row.map_or_else(|| opened(task, failure), |row| row.record);
        if let Some(id) = judged
            && let Some(fix) = self.read::<FixRecord>(&fix_key(id)).await?
            && fix.record.fix.state == FixState::Applied
        {
            failed(&mut record.problem, &fix.record, self.target_digest(), self.now());
        }
        record.problem.attach(task.changed);
        record.message = last_characters(&failure.message, MESSAGE_CHARS_MAX);
        record.failure = Some(last(failure));
        if !was_open {
            let message = format!("{}: {}", failure.class, record.problem.title);
            batch = batch.event(Event {
                at: task.changed,
                kind: "problem.opened".to_owned(),
                subject: format!("problem/{}", failure.fingerprint),
                message,
            });
        }
        Ok(put_problem(batch, was_open, &record)?)
    }

    /// What stands for the target of a problem: another one is worth another try.
    pub(crate) fn target_digest(&self) -> Digest {
        self.minds.configuration()
    }
}

/// A problem's row; while it is open it is found without a look at those that are closed.
pub(crate) fn put_problem(
    batch: Batch,
    was_open: bool,
    record: &ProblemRecord,
) -> Result<Batch, EncodeError> {
    let batch = batch.put(record)?;
    let problem = &record.problem.fingerprint;
    match (was_open, record.problem.closed.is_none()) {
        (false, true) => batch.put(&OpenProblem { problem: problem.clone() }),
        (true, false) => Ok(batch.delete::<OpenProblem>(&problem_key(problem))),
        _ => Ok(batch),
    }
}

/// The fix that the next outcome of a task judges.
pub(crate) fn mends(task: &Task) -> Option<FixId> {
    task.tally.mend.filter(|_| !task.state.is_end())
}

/// What effects say of problems.
struct Touched<'a> {
    failure: Option<&'a Failure>,
    /// Fixes, and whether they held with a check; none: they did not hold.
    fixes: Vec<(FixId, Option<bool>)>,
}

fn touched(effects: &[Effect]) -> Touched<'_> {
    let failure = effects.iter().find_map(|effect| match effect {
        Effect::Attach(failure) => Some(failure),
        _ => None,
    });
    let fixes = effects.iter().filter_map(|effect| match effect {
        Effect::FixHeld { fix, verified } => Some((*fix, Some(*verified))),
        Effect::FixDidNotHold { fix } => Some((*fix, None)),
        _ => None,
    });
    Touched { failure, fixes: fixes.collect() }
}

/// Who judges which fix is what their tallies say.
fn judges(batch: Batch, before: &Task, task: &Task) -> Result<Batch, EngineError> {
    let (old, new) = (mends(before), mends(task));
    if old == new {
        return Ok(batch);
    }
    let gone = old.map(|fix| fix_key(fix).number(task.id.0));
    let batch = gone.iter().fold(batch, |batch, key| batch.delete::<MendRow>(key));
    Ok(match new {
        Some(fix) => batch.put(&MendRow { fix, task: task.id })?,
        None => batch,
    })
}

/// Who waits for which problem is what their states say.
fn waits(batch: Batch, before: &Task, task: &Task) -> Result<Batch, EngineError> {
    let mut batch = judges(batch, before, task)?;
    let (old, new) = (before.state.problem(), task.state.problem());
    if old == new {
        return Ok(batch);
    }
    if let Some(old) = old {
        batch = batch.delete::<WaitRow>(&problem_key(old).number(task.id.0));
    }
    if let Some(new) = new {
        batch = batch.put(&WaitRow { problem: new.clone(), task: task.id })?;
    }
    Ok(batch)
}

fn opened(task: &Task, failure: &Failure) -> ProblemRecord {
    let problem = Problem {
        fingerprint: failure.fingerprint.clone(),
        class: failure.class.clone(),
        title: title(&failure.message),
        target: Target::TaskInput { task: task.definition.name.clone() },
        failures: 0,
        first: task.changed,
        last: task.changed,
        diagnosis: None,
        open_fix: None,
        tried: Vec::new(),
        used: Used::default(),
        breaker: Breaker::Closed,
        closed: None,
        left: false,
    };
    ProblemRecord { problem, found: Vec::new(), parts_tried: 0, message: String::new(), failure: None }
}

fn last(failure: &Failure) -> LastFailure {
    LastFailure {
        class: failure.class.clone(),
        kind: failure.kind,
        step: failure.step.clone(),
        retry_after: failure.retry_after,
    }
}

fn title(message: &str) -> String {
    match first_line(&telling_line(message)) {
        nothing if nothing.is_empty() => "it says nothing".to_owned(),
        line => line,
    }
}

/// A plan did not help.
pub(super) fn failed(
    problem: &mut Problem,
    record: &FixRecord,
    target: Digest,
    now: patchbay_types::Timestamp,
) {
    if problem.open_fix == Some(record.fix.id) {
        problem.open_fix = None;
        problem.remember(Tried { fix: record.fix.id, plan: record.fix.plan.digest(), failed: true });
        problem.breaker = std::mem::take(&mut problem.breaker).failed(target, now);
    }
}

fn last_characters(text: &str, count: usize) -> String {
    text.chars().skip(text.chars().count().saturating_sub(count)).collect()
}
