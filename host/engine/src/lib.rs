//! The life of a task, a schedule, a problem and a fix, kept in the store: every step is durable before the next begins, so a host
//! that is killed anywhere goes on where it was. What comes next is decided in `patchbay-tasks`; here it is stored and
//! seen to. It must not know plugins, programs, HTTP or the command line: who works, judges, thinks and acts stands
//! behind ports.

mod alarm;
mod attempt;
mod cache;
mod change;
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
mod operate;
mod options;
mod port;
mod recover;
mod row;
mod run;
mod runner;
mod schedule;
mod shelf;
mod spent;
mod turns;
mod verify;
mod view;
mod waited;
mod window;

pub use create::{Applied, Outcome as ApplyOutcome};
pub use engine::{Engine, EngineParts, WeakEngine};
pub use error::{ApplyError, EngineError};
pub use mend::RESULT_CHARS_MAX;
pub use operate::state_word;
pub use options::{ClosedHours, EngineOptions, FixOptions};
pub use port::{
    Asked, Checks, Doing, Done, Ended, FailureFacts, Hands, Job, Minds, ProblemFacts, Proposed, Skills,
    Verdict,
};
pub use row::{Attempt, FixRecord, KnownFix, ProblemAlias, ProblemRecord, Provenance};
pub use run::{Line, NotKept, Run, Stream};
pub use schedule::{ScheduleCounters, ScheduleId, SchedulePause, ScheduleView, SchedulesListed};
pub use spent::Spent;
pub use view::{Listed, Query, TaskView};

#[cfg(test)]
mod tests;
