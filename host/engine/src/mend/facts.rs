//! What those who think are told of a problem. It must not know who they are.

use std::sync::Arc;

use patchbay_store::StoreExt;
use patchbay_tasks::{FailureKind, Fix, FixId, Step, Task};

use super::case::Case;
use super::part::Part;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::{FailureFacts, ProblemFacts};
use crate::row::{FixOfRow, FixRecord, KnownFix, LastFailure, ProblemRecord, fix_key, problem_key};

/// Known fixes that are told, the best.
const KNOWN_MAX: usize = 16;
/// Fixes of a problem that are told, the newest.
const HISTORY_MAX: usize = 32;

/// How long is waited at least before the next attempt, in milliseconds.
pub(super) const RETRY_AFTER: &str = "retry-after-ms";
/// The class of what shows no progress.
const STUCK: &str = "stuck";

pub(super) type Attributes = Vec<(String, String)>;

pub(super) fn word(step: Step) -> &'static str {
    match step {
        Step::RootCause { .. } => "root-cause",
        Step::FixTask => "fix-task",
        _ => "step-fix",
    }
}

pub(super) fn failure(case: &Case, task: &Arc<Task>, step: Step, log_lines: u32) -> FailureFacts {
    let problem = &case.record.problem;
    let last = last(&case.record);
    let mut attributes = about(task, step);
    attributes.extend([
        pair("fingerprint", &problem.fingerprint),
        pair("failures", problem.failures),
        pair("log-lines", log_lines),
        pair("failure-kind", kind(last.kind)),
    ]);
    attributes.extend(beside(&last));
    FailureFacts {
        id: format!("{}/{}", problem.fingerprint, problem.failures),
        kind: if last.class == STUCK { STUCK } else { "task" },
        class: last.class,
        message: case.record.message.clone(),
        task: task.clone(),
        attributes,
    }
}

impl Inner {
    pub(super) async fn problem_facts(
        &self,
        case: &Case,
        task: &Arc<Task>,
        step: Step,
        part: Option<&Part>,
    ) -> Result<ProblemFacts, EngineError> {
        let problem = case.record.problem.clone();
        let mut attributes = about(task, step);
        let last = last(&case.record);
        attributes.extend([
            pair("kind", if last.class == STUCK { STUCK } else { kind(last.kind) }),
            pair("code", &last.class),
            pair("message", &case.record.message),
            pair("target", serde_json::to_string(&problem.target).unwrap_or_default()),
        ]);
        attributes.extend(beside(&last));
        attributes.extend(case.record.found.iter().cloned());
        if let Some(part) = part {
            attributes.extend([pair("part", &part.text), pair("parts", part.parts)]);
        }
        let known = self.known(&problem.fingerprint, |known| !known.retired, KNOWN_MAX).await?;
        attributes.extend((1..).zip(&known).map(|(n, known): (u32, _)| (format!("known.{n}"), told(known))));
        let history = self.history(case).await?;
        Ok(ProblemFacts {
            title: problem.title.clone(),
            cause: problem.diagnosis.as_ref().map(|found| found.cause.clone()).unwrap_or_default(),
            problem,
            task: task.clone(),
            attributes,
            history,
        })
    }

    /// The newest fixes of a problem, the oldest of them first.
    pub(super) async fn history(&self, case: &Case) -> Result<Vec<Fix>, EngineError> {
        let newest = problem_key(case.fingerprint()).prefix().backwards();
        let rows = self.store.list::<FixOfRow>(newest, HISTORY_MAX).await?;
        let mut fixes = Vec::new();
        for row in rows.iter().rev() {
            if let Some(row) = self.read::<FixRecord>(&fix_key(row.record.fix)).await? {
                fixes.push(row.record.fix);
            }
        }
        Ok(fixes)
    }
}

/// A known fix as a strategy reads it.
fn told(known: &KnownFix) -> String {
    let KnownFix { fix: FixId(fix), plan, held, failed, .. } = known;
    let value = serde_json::json!({
        "fix": fix, "title": plan.title, "reason": plan.reason, "actions": plan.actions, "checks": plan.checks,
        "undo": plan.undo, "held": held, "failed": failed,
    });
    value.to_string()
}

/// The last failure. Of a problem from before it was kept apart, only the class is known.
fn last(record: &ProblemRecord) -> LastFailure {
    record.failure.clone().unwrap_or_else(|| LastFailure {
        class: record.problem.class.clone(),
        kind: FailureKind::Logical,
        step: None,
        retry_after: None,
    })
}

fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Transient => "transient",
        FailureKind::Logical => "logical",
        FailureKind::Environment => "environment",
    }
}

/// What not every failure says.
fn beside(last: &LastFailure) -> impl Iterator<Item = (String, String)> {
    let step = last.step.as_ref().map(|step| pair("failing-step", step));
    let wait = last.retry_after.map(|wait| pair(RETRY_AFTER, wait.as_millis()));
    step.into_iter().chain(wait)
}

fn about(task: &Task, step: Step) -> Attributes {
    let skill = task.definition.skill.as_deref().unwrap_or_default();
    vec![pair("task", &task.definition.name), pair("skill", skill), pair("step", word(step))]
}

pub(super) fn pair(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}
