//! The life of a task, a schedule, a problem and a fix, kept in the store: every step is durable before the next begins, so a host
//! that is killed anywhere goes on where it was. What comes next is decided in `patchbay-tasks`; here it is stored and
//! seen to. It must not know plugins, programs, HTTP or the command line: who works, judges, thinks and acts stands
//! behind ports.

mod alarm;
mod attempt;
mod budget;
mod cache;
mod caught;
mod change;
mod claim;
mod counter;
mod create;
mod due;
mod engine;
mod error;
mod flow;
mod lane;
mod links;
mod mend;
mod merge;
mod names;
mod operate;
mod options;
mod outside;
mod port;
mod recover;
mod row;
mod run;
mod runner;
mod schedule;
mod set_back;
mod shelf;
mod spending;
mod todos;
mod turns;
mod undo;
mod verify;
mod view;
mod waited;
mod wake;
mod wall;
mod window;

pub use claim::{Claimant, EndHeard, Granted, Term};
pub use create::{Applied, Outcome as ApplyOutcome};
pub use engine::{Engine, EngineParts, WeakEngine};
pub use error::{ApplyError, EngineError};
pub use mend::RESULT_CHARS_MAX;
pub use operate::state_word;
pub use options::{ClosedHours, EngineOptions, FixOptions};
pub use port::{
    Asked, Checks, Doing, Done, Ended, FailureFacts, Hands, Job, Minds, ProblemFacts, Proposed, Skills,
    Spent, Verdict,
};
pub use row::{Attempt, FixRecord, KnownFix, LastFailure, ProblemAlias, ProblemRecord, Provenance};
pub use run::{Line, NotKept, Run, Stream};
pub use schedule::{
    ScheduleBackfill, ScheduleCounters, ScheduleGone, ScheduleId, SchedulePause, ScheduleView,
    SchedulesListed,
};
pub use spending::Spending;
pub use todos::{TaskImport, TodoRefused, TodosExported, TodosImported};
pub use view::{Listed, Query, TaskView};

#[cfg(test)]
mod tests;
