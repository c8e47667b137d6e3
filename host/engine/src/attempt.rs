//! The steps of one attempt. Each takes what only the step before can make, so none can be left out. They must not know
//! how a skill works, nor what a failure leads to.

mod end;
mod outside;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_fingerprint::{Failure as Facts, Fingerprint as Print, Kind, Verdict};
use patchbay_runs::{Ended as LogEnded, RunId};
use patchbay_store::Batch;
use patchbay_tasks::{
    Actor, Failure, FailureKind, Fence, Fingerprint, Grant, Happening, StateName, Stuck, Task, TaskId, What,
    awaits_deadline,
};
use patchbay_types::{Digest, Monotonic, NanoUsd, Timestamp, Tokens};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::budget::{Allowance, Exhausted, over_time};
use crate::caught::caught;
use crate::engine::{Inner, Running};
use crate::error::EngineError;
use crate::port::{Doing, Done, Ended, Job};
use crate::row::{Attempt, OUTPUT_BYTES_MAX, OpenRow};
use crate::run::{Left, Run};
use crate::shelf::Place;
use crate::spending::Spending;

pub(crate) use end::{End, may_pass};
pub(crate) use outside::{Ending, Said};

/// A run that has not been heard of by then counts as begun all the same.
const BEGIN: Duration = Duration::from_millis(50);
/// How long a worker that is to end may take before it is given up: the skill's own ladder (ask, force, reap) is shorter.
const STOP: Duration = Duration::from_secs(60);

/// How soon a call of a model that has broken off is paid for.
const SETTLED_WITHIN: Duration = Duration::from_millis(100);

/// The class of work at which the host itself panicked.
const PANIC: &str = "panic";

/// Characters of a failure's class.
pub(crate) const CLASS_CHARS_MAX: usize = 64;

/// A task that can begin.
pub(crate) struct Prepared {
    task: Arc<Task>,
    allowance: Allowance,
}

/// An attempt: nobody else has the task.
#[derive(Clone)]
pub(crate) struct Claimed {
    task: Arc<Task>,
    allowance: Allowance,
    fence: Fence,
    attempt: u32,
    /// The component that does the work; none if the host or somebody outside does it.
    plugin: Option<Digest>,
    began: Timestamp,
    /// The same moment, to measure from; none if it may have begun under an earlier host.
    since: Option<Monotonic>,
    run: Arc<Run>,
    spending: Arc<Spending>,
    cancel: CancellationToken,
    actor: Actor,
}

/// What came of the work, before anybody has judged it.
pub(crate) struct Worked {
    ended: Ended,
    stuck: Option<Stuck>,
}

/// Whether all is there that it needs. What lacks something costs no attempt.
pub(crate) async fn prepare(engine: &Inner, place: Place) -> Result<Option<Prepared>, EngineError> {
    let task = engine.task(place.id).await?;
    if task.state.name() != StateName::Ready {
        return Ok(None);
    }
    let Some(allowance) = engine.allowance(&task).await? else { return Ok(None) };
    let missing = engine.skills.missing(&task).await;
    if missing.is_empty() {
        return Ok(Some(Prepared { task, allowance }));
    }
    engine.lanes.hold(place, missing);
    Ok(None)
}

impl Inner {
    /// None: the task may not begin any more, and has heard why.
    pub(crate) async fn allowance(&self, task: &Task) -> Result<Option<Allowance>, EngineError> {
        // A host that was not there may have missed it.
        let over = if awaits_deadline(task).is_some_and(|deadline| deadline <= self.now()) {
            What::DeadlinePassed
        } else {
            match self.budget_left(task).await? {
                Ok(allowance) => return Ok(Some(allowance)),
                Err(Exhausted(budget)) => What::BudgetSpent { budget },
            }
        };
        // In a box, or each attempt would have its size, which few need.
        Box::pin(self.said(task.id, over)).await?;
        Ok(None)
    }
}

pub(crate) async fn claim(engine: &Arc<Inner>, prepared: Prepared) -> Result<Claimed, EngineError> {
    let claim = Claim::of(engine, &prepared.task, prepared.allowance).await?;
    failpoint::at("engine.claim.fenced");
    let task = engine.happen_with(prepared.task.id, claim.happening(engine), Batch::new()).await?;
    failpoint::at("engine.claim.after");
    Ok(claim.granted(engine, task))
}

/// What is claimed before it is granted.
pub(crate) struct Claim {
    allowance: Allowance,
    fence: Fence,
    plugin: Option<Digest>,
    began: Timestamp,
    since: Monotonic,
}

impl Claim {
    pub(crate) async fn of(engine: &Inner, task: &Task, allowance: Allowance) -> Result<Self, EngineError> {
        let fence = Fence(engine.fences.next(&*engine.store).await?);
        let plugin = task.definition.skill.as_deref().and_then(|skill| engine.skills.digest(skill));
        Ok(Self { allowance, fence, plugin, began: engine.now(), since: engine.clock.monotonic() })
    }

    pub(crate) fn happening(&self, engine: &Inner) -> Happening {
        let expires = self.began + engine.options.load().lease;
        let Self { fence, plugin, .. } = *self;
        let grant = Grant { fence, holder: engine.holder.clone(), expires, plugin };
        Happening { by: actor(engine), what: What::Claimed(grant) }
    }

    /// The task is leased, and that is durable.
    pub(crate) fn granted(self, engine: &Inner, task: Arc<Task>) -> Claimed {
        let Self { allowance, fence, plugin, began, since } = self;
        let attempt = task.tally.attempts;
        let log = engine.runs.begin(RunId { task: task.id.0, attempt });
        let run = Arc::new(Run::begin(engine.clock.clone(), log, engine.artifacts.clone()));
        let cancel = engine.closing.child_token();
        engine.set_running(task.id, Running { fence, run: run.clone(), cancel: cancel.clone() });
        let actor = actor(engine);
        let (since, spending) = (Some(since), Arc::default());
        Claimed { attempt, plugin, task, allowance, fence, began, since, run, spending, cancel, actor }
    }
}

fn actor(engine: &Inner) -> Actor {
    Actor::Worker(engine.holder.incarnation.clone())
}

/// Works, renews the lease, and ends what is stuck or not wanted any more.
pub(crate) async fn execute(engine: &Arc<Inner>, claimed: &Claimed) -> Worked {
    let job = Job {
        task: claimed.task.clone(),
        attempt: claimed.attempt,
        fence: claimed.fence,
        spent: claimed.allowance.spent,
        run: claimed.run.clone(),
        spending: claimed.spending.clone(),
        cancel: claimed.cancel.clone(),
    };
    failpoint::at("engine.run.before");
    let mut work = in_any_case(engine, claimed, job);
    let mut begun = false;
    let mut renewed = engine.clock.monotonic();
    loop {
        let wait = if begun { look_again(engine, claimed, renewed) } else { BEGIN };
        let wait = wait.min(claimed.time_left(engine).unwrap_or(wait));
        tokio::select! {
            // Work that is done at once needs no timer.
            biased;
            ended = &mut work => return Worked { ended, stuck: None },
            () = claimed.cancel.cancelled() => return Worked { ended: stopped(work).await, stuck: None },
            () = claimed.run.signed(), if !begun => {}
            () = tokio::time::sleep(wait) => {}
        }
        if !begun {
            begun = true;
            let started = What::Started { fence: claimed.fence };
            // In a box, as is all that work which is done at once does not need.
            if Box::pin(engine.said_by(claimed.task.id, &claimed.actor, started)).await.is_err() {
                claimed.cancel.cancel();
            }
        }
        if claimed.is_over_time(engine) {
            if let Err(error) = Box::pin(engine.end_over_time(claimed)).await {
                tracing::warn!(task = %claimed.task.definition.name, %error, "nobody could be told that its time is used up");
            }
            claimed.cancel.cancel();
            continue;
        }
        if let Err(stuck) = claimed.run.stuck(&engine.options.load().clocks) {
            claimed.run.line("note", &format!("it is stuck: {stuck}; it is being ended"));
            claimed.cancel.cancel();
            return Worked { ended: stopped(work).await, stuck: Some(stuck) };
        }
        let now = engine.clock.monotonic();
        if now.since(renewed) >= engine.options.load().heartbeat {
            renewed = now;
            if let Err(error) = engine.renew(claimed).await {
                tracing::warn!(task = %claimed.task.definition.name, %error, "the lease could not be renewed");
            }
        }
    }
}

impl Claimed {
    pub(crate) fn is_over_time(&self, engine: &Inner) -> bool {
        self.time_left(engine) == Some(Duration::ZERO)
    }

    /// What is left of its budget of time, if it has one.
    fn time_left(&self, engine: &Inner) -> Option<Duration> {
        Some(self.allowance.left?.saturating_sub(self.elapsed(engine)))
    }

    /// As it was measured, however the clock was set meanwhile, if this host has seen it begin.
    fn elapsed(&self, engine: &Inner) -> Duration {
        match self.since {
            Some(since) => engine.clock.monotonic().since(since),
            None => engine.now().since(self.began),
        }
    }
}

impl Inner {
    pub(crate) async fn end_over_time(&self, claimed: &Claimed) -> Result<(), EngineError> {
        let Exhausted(budget) = over_time(&claimed.task);
        self.said(claimed.task.id, What::BudgetSpent { budget }).await
    }
}

/// The work of a worker; one that panics has failed, and says so.
fn in_any_case<'a>(engine: &'a Inner, claimed: &'a Claimed, job: Job) -> Doing<'a, Ended> {
    Box::pin(async move {
        caught(async { engine.skills.run(job).await }).await.unwrap_or_else(|said| {
            tracing::error!(task = %claimed.task.definition.name, said, "a worker panicked");
            panicked(&said)
        })
    })
}

fn panicked(said: &str) -> Ended {
    let done = Done::Failed {
        class: PANIC.to_owned(),
        message: format!(
            "the host panicked at this work: {said}; this is a mistake in Patchbay, please report it"
        ),
        explicit: None,
        step: None,
        retry_after: None,
        output: Value::Null,
    };
    Ended { done, tokens: Tokens(0), cost: NanoUsd(0) }
}

/// When the next clock of a run, or its lease, wants a look.
fn look_again(engine: &Inner, claimed: &Claimed, renewed: Monotonic) -> Duration {
    let options = engine.options.load();
    let now = engine.clock.monotonic();
    let renew = (renewed + options.heartbeat).since(now);
    let clock = claimed.run.stuck(&options.clocks).map_or(Duration::ZERO, |look| look.since(now));
    renew.min(clock).max(Duration::from_millis(1))
}

/// Waits until it is gone; the skill's own ladder ends what it has started.
async fn stopped(work: Doing<'_, Ended>) -> Ended {
    let none = Ended { done: Done::Cancelled, tokens: Tokens(0), cost: NanoUsd(0) };
    if let Ok(ended) = tokio::time::timeout(STOP, work).await {
        return ended;
    }
    // What it had asked of a model breaks off with it, and is settled then.
    tokio::time::sleep(SETTLED_WITHIN).await;
    none
}

/// Writes what came of it, with what the run has said; then the place is free.
pub(crate) async fn settle(engine: &Arc<Inner>, claimed: Claimed, worked: Worked) -> Result<(), EngineError> {
    failpoint::at("engine.settle.before");
    let what = happening(&claimed, &worked);
    let end = ended(engine, &claimed, &worked, what).await;
    let told = engine.keep_end(&end.0).await;
    settled(engine, &worked, &end.0, told)
}

/// The end as it is to be written; what the run has kept stays until it is.
async fn ended(engine: &Inner, claimed: &Claimed, worked: &Worked, what: What) -> (End, Left) {
    let what = engine.shaped(what).await;
    if matches!(what, What::WorkerFailed { .. }) {
        engine.count_failure(&claimed.task);
    }
    let left = claimed.run.finish(log_ended(worked)).await;
    failpoint::at("engine.settle.logged");
    let attempt = record(engine, claimed, worked, &what, &left);
    let happening = Happening { by: claimed.actor.clone(), what };
    (End { task: claimed.task.id, happening, attempt }, left)
}

fn settled(
    engine: &Inner,
    worked: &Worked,
    end: &End,
    told: Result<Option<Arc<Task>>, EngineError>,
) -> Result<(), EngineError> {
    if let Ok(Some(task)) = &told {
        not_now(engine, worked, task);
    }
    failpoint::at("engine.settle.after");
    engine.end_running(end.task, Fence(end.attempt.fence));
    told.map(drop)
}

/// What could not begin waits like what lacks something, or it would be tried without a pause.
fn not_now(engine: &Inner, worked: &Worked, task: &Task) {
    if let (Done::NotNow(reason), Some(place)) = (&worked.ended.done, Place::of(task)) {
        engine.lanes.hold(place, vec![reason.clone()]);
    }
}

fn happening(claimed: &Claimed, worked: &Worked) -> What {
    let fence = claimed.fence;
    if let Some(stuck) = worked.stuck {
        return What::WorkerFailed { fence, failure: stuck_failure(claimed, stuck) };
    }
    match &worked.ended.done {
        Done::Succeeded { summary, .. } => What::WorkerSucceeded { fence, summary: summary.clone() },
        // Before the next attempt a person is asked.
        Done::Cancelled | Done::NotNow(_) | Done::OverBudget(_) => What::WorkerReleased { fence },
        Done::Failed { class, message, explicit, step, retry_after, .. } => {
            let facts = Told { class, message, explicit: explicit.as_deref(), step: step.as_deref() };
            What::WorkerFailed { fence, failure: failure(&facts, &claimed.run.last_words(), *retry_after) }
        }
    }
}

/// What a worker or a check says of a failure.
pub(crate) struct Told<'a> {
    pub(crate) class: &'a str,
    pub(crate) message: &'a str,
    pub(crate) explicit: Option<&'a str>,
    pub(crate) step: Option<&'a str>,
}

/// What it is: its fingerprint, and whether waiting, mending or a person helps.
pub(crate) fn failure(told: &Told<'_>, last_words: &str, retry_after: Option<Duration>) -> Failure {
    let text = if last_words.is_empty() { told.message } else { last_words };
    let facts = Facts { explicit: told.explicit, code: told.class, text, step: told.step, in_app: &[] };
    let kind = match Verdict::of(&facts).kind {
        Kind::Transient => FailureKind::Transient,
        Kind::Logical => FailureKind::Logical,
        Kind::Environment => FailureKind::Environment,
    };
    let message = match last_words.is_empty() || told.message.contains(last_words) {
        true => told.message.to_owned(),
        false => format!("{}\n{last_words}", told.message),
    };
    Failure {
        class: told.class.chars().take(CLASS_CHARS_MAX).collect(),
        kind,
        fingerprint: Fingerprint(Print::v1(&facts).to_string().into()),
        message,
        step: told.step.map(|step| step.chars().take(Failure::STEP_CHARS_MAX).collect()),
        base: None,
        retry_after,
    }
}

/// It is a problem, whatever its words: waiting alone has been tried for as long as the clocks allow.
fn stuck_failure(claimed: &Claimed, stuck: Stuck) -> Failure {
    let skill = claimed.task.definition.skill.as_deref().unwrap_or_default();
    let explicit = format!("stuck:{skill}:{}", claimed.task.definition.name);
    let told = Told { class: "stuck", message: &stuck.to_string(), explicit: Some(&explicit), step: None };
    Failure { kind: FailureKind::Logical, ..failure(&told, &claimed.run.last_words(), None) }
}

fn record(engine: &Inner, claimed: &Claimed, worked: &Worked, what: &What, left: &Left) -> Attempt {
    let (outcome, message, output) = match (&worked.ended.done, what) {
        (_, What::WorkerFailed { failure, .. }) => {
            (failure.class.clone(), failure.message.clone(), failed_output(&worked.ended.done))
        }
        (Done::Succeeded { summary, output }, _) => ("succeeded".to_owned(), summary.clone(), output.clone()),
        (Done::NotNow(reason), _) => ("released".to_owned(), reason.clone(), Value::Null),
        (Done::OverBudget(reason), _) => ("budget".to_owned(), reason.clone(), Value::Null),
        _ => ("cancelled".to_owned(), String::new(), Value::Null),
    };
    let fits = serde_json::to_string(&output).is_ok_and(|text| text.len() <= OUTPUT_BYTES_MAX);
    // Whoever was given up has said nothing of it.
    let spent = claimed.spending.so_far();
    let attempt = Attempt {
        task: claimed.task.id,
        number: claimed.attempt,
        fence: claimed.fence.0,
        plugin: claimed.plugin,
        began: claimed.began,
        ended: claimed.began + claimed.elapsed(engine),
        outcome,
        message,
        output: if fits { output } else { Value::Null },
        said: None,
        tokens: worked.ended.tokens.max(spent.tokens),
        cost: worked.ended.cost.max(spent.usd),
        log: left.lines.clone(),
        artifacts: left.artifacts.clone(),
    };
    attempt.bounded()
}

fn log_ended(worked: &Worked) -> LogEnded {
    match &worked.ended.done {
        _ if worked.stuck.is_some() => LogEnded::Failed,
        Done::Succeeded { .. } => LogEnded::Succeeded,
        Done::Failed { .. } | Done::OverBudget(_) => LogEnded::Failed,
        Done::Cancelled => LogEnded::Cancelled,
        Done::NotNow(_) => LogEnded::Skipped,
    }
}

fn failed_output(done: &Done) -> Value {
    match done {
        Done::Failed { output, .. } | Done::Succeeded { output, .. } => output.clone(),
        Done::Cancelled | Done::NotNow(_) | Done::OverBudget(_) => Value::Null,
    }
}

impl Inner {
    /// The newest attempt counts, whoever is late.
    pub(crate) fn set_running(&self, id: TaskId, running: Running) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&id).is_none_or(|known| known.fence <= running.fence) {
            all.insert(id, running);
        }
    }

    /// The attempt of this fence is over. A later one goes on.
    pub(crate) fn end_running(&self, id: TaskId, fence: Fence) {
        let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&id).is_some_and(|known| known.fence == fence) {
            all.remove(&id);
        }
    }

    async fn said_by(&self, id: TaskId, by: &Actor, what: What) -> Result<(), EngineError> {
        self.happen(id, by.clone(), what).await.map(drop)
    }

    /// The lease goes on, if it is still this attempt's.
    async fn renew(&self, claimed: &Claimed) -> Result<(), EngineError> {
        let place = Place { shelf: crate::shelf::Shelf::Leased, order: 0, id: claimed.task.id };
        let Some(row) = self.read::<OpenRow>(&place.key()).await? else { return Ok(()) };
        let Some(lease) = row.record.lease.filter(|lease| lease.fence == claimed.fence) else {
            return Ok(());
        };
        let expires = self.now() + self.options.load().lease;
        let row_now = OpenRow { place, lease: Some(patchbay_tasks::Lease { expires, ..lease }) };
        let batch = Batch::new().require_revision::<OpenRow>(&place.key(), row.revision).put(&row_now)?;
        if failpoint::fails("engine.renew.before") {
            return Err(patchbay_store::CommitError::Full.into());
        }
        self.store.commit(batch).await?;
        failpoint::at("engine.renew.after");
        Ok(())
    }
}
