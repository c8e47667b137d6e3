//! What errors of tasks, schedules, problems and fixes come down to: kind, word, field, hint.

use patchbay_engine::{ApplyError, EngineError};
use patchbay_tasks::{DefinitionError, GraphError, Illegal, StateName};

use super::{Kind, OperatorError, commit_class};

impl From<EngineError> for OperatorError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Commit(error) => Self::Commit(error),
            EngineError::Read(error) => Self::Read(error),
            EngineError::Encode(error) => Self::Encode(error),
            EngineError::Stopping => Self::ShuttingDown,
            error => Self::Engine(Box::new(error)),
        }
    }
}

impl From<ApplyError> for OperatorError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Engine(error) => error.into(),
            error => Self::Apply(Box::new(error)),
        }
    }
}

pub(super) fn engine_class(error: &EngineError) -> (Kind, &'static str) {
    match error {
        EngineError::NoTask(_) => (Kind::Unknown, "no-task"),
        EngineError::NoProblem(_) => (Kind::Unknown, "no-problem"),
        EngineError::ManyProblems { .. } => (Kind::BadValue, "many-problems"),
        EngineError::NoFix(_) => (Kind::Unknown, "no-fix"),
        EngineError::NoSchedule(_) => (Kind::Unknown, "no-schedule"),
        EngineError::FixNotNow { .. } | EngineError::Merge { .. } | EngineError::ScheduleNotNow { .. } => {
            (Kind::Conflict, "illegal")
        }
        EngineError::OldRevision { .. } => (Kind::Conflict, "old-rev"),
        EngineError::ManyTodos { .. } => (Kind::BadValue, "too-many"),
        EngineError::ScheduleSpan { .. } => (Kind::BadValue, "bad-value"),
        EngineError::NotTheirs { .. } => (Kind::Conflict, "not-yours"),
        EngineError::StaleFence { .. } => (Kind::Conflict, "stale-fence"),
        EngineError::Illegal(
            Illegal::Definition(_) | Illegal::BigInput { .. } | Illegal::NoReason { .. },
        ) => (Kind::BadValue, "bad-value"),
        EngineError::Illegal(_) => (Kind::Conflict, "illegal"),
        EngineError::Undo(_) => (Kind::Conflict, "undo-failed"),
        EngineError::FixBusy { .. } => (Kind::Conflict, "fix-busy"),
        EngineError::Panicked(_) => (Kind::Internal, "internal"),
        EngineError::Commit(error) => commit_class(error),
        EngineError::Read(_) => (Kind::Internal, "store-unreadable"),
        EngineError::Encode(_) => (Kind::Internal, "internal"),
        EngineError::Stopping => (Kind::Stopped, "shutting-down"),
    }
}

pub(super) fn engine_field(error: &EngineError) -> Option<&'static str> {
    match error {
        EngineError::OldRevision { .. } => Some("rev"),
        EngineError::ManyTodos { .. } => Some("label"),
        EngineError::ManyProblems { .. } => Some("fingerprint"),
        EngineError::ScheduleSpan { .. } => Some("from"),
        EngineError::NotTheirs { .. } => Some("agent"),
        EngineError::StaleFence { .. } => Some("fence"),
        EngineError::Illegal(illegal) => illegal_field(illegal),
        _ => None,
    }
}

fn illegal_field(illegal: &Illegal) -> Option<&'static str> {
    match illegal {
        Illegal::NoReason { .. } => Some("reason"),
        Illegal::BigInput { .. } => Some("input"),
        Illegal::BudgetBelowUse { .. } => Some("budgets.attempts"),
        Illegal::Moved { .. } => Some("parent"),
        Illegal::Retyped { .. } => Some("type"),
        Illegal::Definition(error) => Some(definition_field(error)),
        _ => None,
    }
}

fn definition_field(error: &DefinitionError) -> &'static str {
    match error {
        DefinitionError::TooMuch { field, .. } | DefinitionError::Itself { field, .. } => field,
        DefinitionError::Attempts { .. } => "budgets.attempts",
        DefinitionError::Label { .. } => "labels",
        DefinitionError::Assignee { .. } => "assignee",
    }
}

pub(super) fn engine_hint(error: &EngineError) -> Option<String> {
    Some(match error {
        EngineError::OldRevision { task, .. } => format!("look at it with `patchbay task show {task}`"),
        EngineError::Illegal(Illegal::NotNow { task, what: "answered", state: StateName::Verifying }) => {
            format!(
                "`patchbay task approve {task}`, or `patchbay task reject {task} --remarks TEXT`, judges its work"
            )
        }
        EngineError::Illegal(Illegal::NotNow { task, .. }) => {
            format!("`patchbay task why {task}` says what it waits for")
        }
        EngineError::Illegal(Illegal::NoReason { task, what: "voided" }) => {
            format!("`patchbay task void {task} --reason TEXT`")
        }
        EngineError::Illegal(Illegal::NoReason { task, what: "approved" }) => {
            format!("`patchbay task approve {task} --reason TEXT`")
        }
        EngineError::Illegal(Illegal::Ended { task, .. } | Illegal::NoReason { task, .. }) => {
            format!("`patchbay task retry {task} --reason TEXT` begins it anew")
        }
        EngineError::ScheduleNotNow { schedule, .. } | EngineError::ScheduleSpan { schedule, .. } => {
            format!("`patchbay schedule show {schedule}` says where it stands")
        }
        EngineError::FixNotNow { fix, .. } => format!("`patchbay fix show {fix}` says where it stands"),
        _ => return None,
    })
}

pub(super) fn apply_class(error: &ApplyError) -> (Kind, &'static str) {
    match error {
        ApplyError::Many { .. } | ApplyError::Graph(GraphError::Many) => (Kind::BadValue, "too-many"),
        ApplyError::Definition(_) | ApplyError::Check { .. } | ApplyError::Schedule { .. } => {
            (Kind::BadValue, "bad-value")
        }
        ApplyError::Graph(_) => (Kind::BadValue, "bad-graph"),
        ApplyError::Skill { .. } => (Kind::BadValue, "no-skill"),
        ApplyError::Engine(error) => engine_class(error),
    }
}

/// A field of the definition that the message names.
pub(super) fn apply_field(error: &ApplyError) -> Option<&'static str> {
    Some(match error {
        ApplyError::Many { .. } | ApplyError::Graph(GraphError::Many) => "tasks",
        ApplyError::Definition(error) => definition_field(error),
        ApplyError::Graph(GraphError::Twice { .. }) => "name",
        ApplyError::Graph(GraphError::Deep { .. }) => "parent",
        // Which of the two does not matter: the message names the task and what it names.
        ApplyError::Graph(GraphError::Cycle { .. } | GraphError::Missing { .. }) => "depends_on",
        ApplyError::Skill { .. } => "skill",
        ApplyError::Check { .. } => "checks",
        ApplyError::Schedule { .. } => "schedule",
        ApplyError::Engine(error) => return engine_field(error),
    })
}

pub(super) fn apply_hint(error: &ApplyError) -> Option<String> {
    match error {
        ApplyError::Skill { .. } => Some("`patchbay slot list` shows the skills that there are".to_owned()),
        ApplyError::Engine(error) => engine_hint(error),
        _ => None,
    }
}
