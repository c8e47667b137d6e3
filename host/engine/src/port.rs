//! Who works, judges, thinks and acts: ports that whoever wires the host plugs in. They must not know the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use patchbay_tasks::{Action, Check, Fence, Fix, Offered, Problem, Task};
use patchbay_types::{Digest, NanoUsd, Timestamp, Tokens};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::run::Run;
use crate::spending::Spending;

/// Something that is being done.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who does the work.
pub trait Skills: Send + Sync + 'static {
    /// Whether there is such a skill. Without a word of its own a world has every skill.
    ///
    /// # Errors
    /// What there is instead.
    fn known(&self, _skill: &str) -> Result<(), String> {
        Ok(())
    }

    /// What is missing for this task to begin, one sentence each; nothing: it can.
    fn missing<'a>(&'a self, task: &'a Task) -> Doing<'a, Vec<String>>;

    /// The component that would do the work now; none if the host does it itself.
    fn digest(&self, skill: &str) -> Option<Digest>;

    /// Does the work. It ends soon after `job.cancel` is cancelled, and everything that it started is gone then.
    fn run(&self, job: Job) -> Doing<'_, Ended>;
}

/// What attempts have used together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spent {
    pub tokens: Tokens,
    pub usd: NanoUsd,
}

/// One attempt at a task.
pub struct Job {
    pub task: Arc<Task>,
    /// From 1.
    pub attempt: u32,
    pub fence: Fence,
    /// What the attempts since a person last stood behind the task have used; nothing if no budget asks for it.
    pub spent: Spent,
    /// What it says goes here.
    pub run: Arc<Run>,
    /// What models take for it goes here, as soon as it is known.
    pub spending: Arc<Spending>,
    pub cancel: CancellationToken,
}

/// How an attempt ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Ended {
    pub done: Done,
    pub tokens: Tokens,
    /// In nano-USD.
    pub cost: NanoUsd,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Done {
    Succeeded {
        summary: String,
        output: Value,
    },
    Failed {
        /// `exit:1`, `http:503`, `timeout`, `trap`.
        class: String,
        message: String,
        /// The skill's own fingerprint.
        explicit: Option<String>,
        /// The step that failed, if the skill says.
        step: Option<String>,
        retry_after: Option<Duration>,
        output: Value,
    },
    /// It ended because it was asked to.
    Cancelled,
    /// It could not begin, which costs no attempt: why.
    NotNow(String),
    /// It could not go on, because the task's budget for models is used up. That is no failure: a person is asked.
    OverBudget(String),
}

/// Who looks whether a check holds. Never the worker.
pub trait Checks: Send + Sync + 'static {
    /// Why this check could never run: one sentence that says what to do.
    ///
    /// # Errors
    /// That sentence.
    fn possible(&self, check: &Check) -> Result<(), String>;

    /// Runs every check that needs no person, until one does not hold.
    fn verify<'a>(&'a self, checks: &'a [Check], task: &'a Task, output: &'a Value) -> Doing<'a, Verdict>;

    /// The same for checks of a plan that was applied, which may be about what it has changed; the output is that of the
    /// attempt which succeeded after it.
    fn verify_plan<'a>(
        &'a self,
        checks: &'a [Check],
        task: &'a Task,
        output: &'a Value,
        _fix: &'a Fix,
    ) -> Doing<'a, Verdict> {
        self.verify(checks, task, output)
    }
}

/// What the checks say.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    pub passed: bool,
    /// One sentence a check, in their order.
    pub found: Vec<String>,
}

/// Who says what a failure means and what could mend a problem.
pub trait Minds: Send + Sync + 'static {
    /// What it means; none: nobody knows.
    fn analyze<'a>(&'a self, facts: &'a FailureFacts) -> Doing<'a, Option<Asked>>;

    /// The first plan of the chain, from the strategy of this place on.
    fn propose<'a>(&'a self, facts: &'a ProblemFacts, from: usize) -> Doing<'a, Option<Proposed>>;

    /// What stands for the configuration of those who analyze: another one is worth another diagnosis.
    fn configuration(&self) -> Digest;
}

/// What an analyzer is told.
#[derive(Clone, Debug)]
pub struct FailureFacts {
    pub id: String,
    /// `task` or `stuck`.
    pub kind: &'static str,
    pub class: String,
    pub message: String,
    pub task: Arc<Task>,
    pub attributes: Vec<(String, String)>,
}

/// What an analyzer says.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// `analyzers/llm-root-cause/3`.
    pub by: String,
    pub plugin: Option<Digest>,
    pub class: String,
    pub cause: String,
    pub retry_after: Option<Duration>,
    pub attributes: Vec<(String, String)>,
}

/// What a strategy is told.
#[derive(Clone, Debug)]
pub struct ProblemFacts {
    pub problem: Problem,
    pub title: String,
    pub cause: String,
    pub task: Arc<Task>,
    pub attributes: Vec<(String, String)>,
    /// What was tried, the oldest first.
    pub history: Vec<Fix>,
}

/// What a strategy says.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposed {
    /// The place in the chain that the next proposal would come from, if this one is refused.
    pub next: usize,
    pub by: String,
    pub plugin: Option<Digest>,
    pub plan: Offered,
    pub attributes: Vec<(String, String)>,
}

/// Who does what a plan says, beyond a task and its input.
pub trait Hands: Send + Sync + 'static {
    /// Does one action. What comes back is for the record; a sentence if it could not be done.
    fn act<'a>(
        &'a self,
        action: &'a Action,
        task: &'a Task,
        fix: &'a Fix,
    ) -> Doing<'a, Result<String, String>>;

    /// A metric that the engine does not count itself, over this time; none: this host does not know it.
    fn measure<'a>(
        &'a self,
        _metric: &'a str,
        _fix: &'a Fix,
        _since: Timestamp,
        _until: Timestamp,
    ) -> Doing<'a, Option<u64>> {
        Box::pin(async { None })
    }

    /// What an action has done that was begun and whose end nobody heard: what [`Self::act`] would have given; none: it did
    /// nothing that can be taken back. What it has left half made is cleared away.
    ///
    /// # Errors
    /// A sentence, if that cannot be seen now.
    fn find<'a>(&'a self, _action: &'a Action, _fix: &'a Fix) -> Doing<'a, Result<Option<String>, String>> {
        Box::pin(async { Ok(None) })
    }

    /// Takes back what an action did, by what [`Self::act`] gave; none: it leaves nothing to take back.
    fn undo<'a>(
        &'a self,
        _action: &'a Action,
        _result: &'a str,
        _fix: &'a Fix,
    ) -> Doing<'a, Option<Result<String, String>>> {
        Box::pin(async { None })
    }
}
