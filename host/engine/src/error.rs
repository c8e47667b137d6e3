//! Why something could not be done with a task. It must not know who hears it.

use std::fmt;

use patchbay_store::{CommitError, EncodeError, ReadError};
use patchbay_tasks::{DefinitionError, Fingerprint, GraphError, Illegal, TaskName};

/// Why a change of a task was refused or failed. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("there is no task {0}: `patchbay task list` names them all")]
    NoTask(String),
    #[error("there is no problem {0}: `patchbay problem list` names them all")]
    NoProblem(String),
    #[error("{given} is the beginning of several problems: {}; write more of the one that is meant", Several(.found))]
    ManyProblems {
        given: String,
        /// The first of them; more than [`NAMED_MAX`]: there are others.
        found: Vec<Fingerprint>,
    },
    #[error("problem {problem}{}: {reason}", Become(problem, into))]
    Merge { problem: String, into: String, reason: &'static str },
    #[error("there is no fix {0}: `patchbay fix list` names them all")]
    NoFix(u64),
    #[error("there is no schedule {0}: `patchbay schedule list` names them all")]
    NoSchedule(String),
    #[error("schedule {schedule}: {reason}")]
    ScheduleNotNow { schedule: TaskName, reason: String },
    #[error("schedule {schedule}: {reason}")]
    ScheduleSpan { schedule: TaskName, reason: String },
    #[error("fix {fix} is {state}, which {wanted} does not change")]
    FixNotNow { fix: u64, state: &'static str, wanted: &'static str },
    #[error(transparent)]
    Illegal(#[from] Illegal),
    #[error(
        "task {task} is at revision {found}, and the change is based on {expected}: look at it again, then change it"
    )]
    OldRevision { task: TaskName, found: u64, expected: u64 },
    #[error("task {task} cannot be claimed by {agent}: {reason}")]
    NotTheirs { task: TaskName, agent: String, reason: String },
    #[error("fence {fence} does not hold task {task} any more: {reason}; stop working on it")]
    StaleFence { task: TaskName, fence: u64, reason: String },
    #[error(
        "more than {max} tasks would stand in the todos file: name a label of those that shall come into it"
    )]
    ManyTodos { max: usize },
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error("it could not be done: {0}")]
    Undo(String),
    #[error(
        "fix {fix} is in the middle of something that did not end within {seconds} s: try again, or see `patchbay fix \
         show {fix}`"
    )]
    FixBusy { fix: u64, seconds: u64 },
    #[error("the host panicked at it: {0}; this is a mistake in Patchbay, please report it")]
    Panicked(String),
    #[error("the host is shutting down: try again once it is back")]
    Stopping,
}

/// Why tasks were not taken in: none of them was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{found} tasks at once, expected at most {max}: give them in parts")]
    Many { found: usize, max: usize },
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error("task {task} names skill {skill:?}, which this host does not have: {hint}")]
    Skill { task: TaskName, skill: String, hint: String },
    #[error("check {number} of task {task} cannot run: {reason}")]
    Check { task: TaskName, number: usize, reason: String },
    #[error("schedule of task {task}: {reason}")]
    Schedule { task: TaskName, reason: String },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Problems that an error names.
pub(crate) const NAMED_MAX: usize = 10;

struct Several<'a>(&'a [Fingerprint]);

impl fmt::Display for Several<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.0.iter().take(NAMED_MAX).map(|found| &*found.0).collect();
        let more = if self.0.len() > NAMED_MAX { " and others" } else { "" };
        write!(f, "{}{more}", named.join(", "))
    }
}

/// Of one alone it says nothing.
struct Become<'a>(&'a str, &'a str);

impl fmt::Display for Become<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(problem, into) = self;
        if problem == into { Ok(()) } else { write!(f, " cannot become part of {into}") }
    }
}

impl From<ReadError> for ApplyError {
    fn from(error: ReadError) -> Self {
        Self::Engine(error.into())
    }
}
