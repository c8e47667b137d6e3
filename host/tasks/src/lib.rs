//! What a task is, in which state it stands, and what comes next. Pure: functions over values and over time that is
//! passed in. It must not know the store, threads, clocks, plugins, or how anything is run.

pub mod document;
mod event;
mod failure;
mod graph;
mod lease;
mod name;
mod next;
mod order;
mod problem;
mod retry;
mod state;
mod stuck;
mod task;
pub mod todos;
mod why;

pub use event::{Actor, Event, ReplayError, replay};
pub use failure::{Failure, FailureKind};
pub use graph::{DependencyState, Graph, GraphError, LEVEL_MAX, NODES_MAX, dependency_state, place_under};
pub use lease::{Grant, Holder, Lease};
pub use name::{Derived, Fence, Fingerprint, FixId, TaskId, TaskName, TaskNameError};
pub use next::{Change, Effect, Finding, Happening, Illegal, What, awaits_deadline, create, due, next};
pub use order::{KEY_BYTES, Lane, LaneConfig, LaneLoad, key, pick};
pub use problem::{
    Action, Breaker, Class, Diagnosis, Fix, FixBudgets, FixState, Gate, GateLimits, Ladder, Language, Moment,
    NotAllowed, Offered, OfferedPart, Plan, PlanError, Problem, Step, Target, TrialMode, Tried, Used,
    escalate, gate, may_execute, may_propose, merge_patch,
};
pub use retry::{BACKOFF_BASE, BACKOFF_MAX, RETRY_AFTER_MAX, TRANSIENT_TRIES_MAX, WAIT_MAX, backoff, pause};
pub use state::{Ask, AskReason, Shown, State, StateName, shown};
pub use stuck::{Clocks, Seen, Stuck, Watch};
pub use task::{
    Budgets, Check, Definition, DefinitionError, Note, NoteKind, PartsError, Place, Priority, Schedule,
    Tally, Task, TaskType,
};
pub use todos::{OLD_PRIORITIES, OldNames, old_name, priority_of_old, state_of_old, type_of_old};
pub use why::{Facts, Hold, LaneFull, Why, asked, why};
