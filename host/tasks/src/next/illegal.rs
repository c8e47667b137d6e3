//! Why something cannot happen to a task now. It must not know who hears it.

use patchbay_types::Timestamp;

use crate::{DefinitionError, Fence, FixId, StateName, TaskName};

/// A happening that was refused. Nothing has changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Illegal {
    #[error(
        "`{what}` of task {task} carries fence {given}, but {current} is the latest: somebody else has the task; stop"
    )]
    StaleFence { task: TaskName, what: &'static str, given: Fence, current: Fence },
    #[error(
        "a claim of task {task} brings fence {given}, expected more than {current}: take the next one of the counter"
    )]
    OldFence { task: TaskName, given: Fence, current: Fence },
    #[error("a claim of task {task} expires at {expires}, which is past: nobody could hold it")]
    DeadLease { task: TaskName, expires: Timestamp },
    #[error("task {task} is {state}: {}", cannot(what, "now"))]
    NotNow { task: TaskName, what: &'static str, state: StateName },
    #[error(
        "task {task} has ended as {state}: {}; an operator may retry it or void it, with a reason",
        cannot(what, "any more")
    )]
    Ended { task: TaskName, what: &'static str, state: StateName },
    #[error("task {task} has ended, and is {what} only with a reason: say why, it is written down")]
    NoReason { task: TaskName, what: &'static str },
    #[error("{by} may not say `{what}` of task {task}: {expected}")]
    NotTheirs { task: TaskName, what: &'static str, by: String, expected: &'static str },
    #[error("`{what}` of task {task} is due at {until}, not before")]
    TooEarly { task: TaskName, what: &'static str, until: Timestamp },
    #[error("task {task} has no deadline that could pass")]
    NoDeadline { task: TaskName },
    #[error("task {task} is about fix {current}, and `{what}` is about fix {given}: that one was replaced")]
    OtherFix { task: TaskName, what: &'static str, given: FixId, current: FixId },
    #[error("task {task} has used its {budget} attempts: retry it, or raise budgets.attempts")]
    Attempts { task: TaskName, budget: u32 },
    #[error("task {task} was given {found} attempts, but {charged} are used: expected at least as many")]
    BudgetBelowUse { task: TaskName, found: u32, charged: u32 },
    #[error("task {task} is to be called {found}: a name is for ever, make another task")]
    Renamed { task: TaskName, found: TaskName },
    #[error("task {task} is to have another parent: move it by making it anew")]
    Moved { task: TaskName },
    #[error("task {task} is to become a fix, or to be one no more: make another task instead")]
    Retyped { task: TaskName },
    #[error(
        "the new input of task {task} has {found} bytes of JSON, expected at most {max}: name a file instead"
    )]
    BigInput { task: TaskName, found: usize, max: usize },
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

/// `it cannot be paused now`; what nobody says, but happens, by its own word.
fn cannot(what: &str, when: &str) -> String {
    const SAID: [&str; 11] = [
        "published",
        "claimed",
        "approved",
        "rejected",
        "answered",
        "edited",
        "paused",
        "resumed",
        "cancelled",
        "voided",
        "retried",
    ];
    match SAID.contains(&what) {
        true => format!("it cannot be {what} {when}"),
        false => format!("`{what}` cannot happen to it {when}"),
    }
}
