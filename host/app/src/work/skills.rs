//! Work by skill plugins: what lacks before it begins, and one run. It must not know what a failure leads to.

use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::{Doing, Done, Ended, Job, Skills};
use patchbay_runtime::CallFailure;
use patchbay_runtime::exchange::{Input, Invocation, Outcome, Output};
use patchbay_slots::{Pinned, Question, Unanswered};
use patchbay_tasks::{NoteKind, Task};
use patchbay_types::{Digest, Grants, NanoUsd, Tokens};
use serde_json::Value;

use super::listen::Listener;
use super::live::Alive;
use super::{Shared, chain, preflight};
use crate::capability::Work;
use crate::capability::used::{Left, Used};

pub(super) struct PluginSkills(pub(super) Arc<Shared>);

impl Skills for PluginSkills {
    fn known(&self, skill: &str) -> Result<(), String> {
        match chain::is_known(&self.0.slots, skill) {
            true => Ok(()),
            false => Err(chain::there_are(&self.0.slots)),
        }
    }

    fn missing<'a>(&'a self, task: &'a Task) -> Doing<'a, Vec<String>> {
        Box::pin(missing(&self.0, task))
    }

    fn digest(&self, skill: &str) -> Option<Digest> {
        chain::component(&self.0.slots, skill)
    }

    fn run(&self, job: Job) -> Doing<'_, Ended> {
        Box::pin(async move {
            let used = Arc::new(Used::within(left(&job), Some(job.spending.clone())));
            let done = match job.task.definition.skill.clone() {
                Some(skill) => run(&self.0, &skill, &job, used.clone()).await,
                None => Done::Succeeded {
                    summary: "all that it waited for is done".to_owned(),
                    output: Value::Null,
                },
            };
            Ended { done: within_budget(done, &used), tokens: used.tokens(), cost: used.cost() }
        })
    }
}

/// What the attempts before have left of the task's budgets.
fn left(job: &Job) -> Left {
    let (budgets, spent) = (job.task.definition.budgets, job.spent);
    Left {
        tokens: budgets.tokens.map(|tokens| Tokens(tokens.0.saturating_sub(spent.tokens.0))),
        usd: budgets.usd.map(|usd| NanoUsd(usd.0.saturating_sub(spent.usd.0))),
    }
}

/// What failed because no model answered it any more did not fail by itself.
fn within_budget(done: Done, used: &Used) -> Done {
    match done {
        Done::Failed { message, .. } if used.was_refused() => Done::OverBudget(message),
        done => done,
    }
}

async fn missing(shared: &Shared, task: &Task) -> Vec<String> {
    let Some(skill) = task.definition.skill.as_deref() else { return Vec::new() };
    let Some((pin, _)) = chain::skilled(&shared.slots, skill, "").await else {
        return vec![chain::lacking(&shared.slots, skill)];
    };
    preflight::missing(skill, pin.grants(), &task.definition.input, &shared.egress, &shared.secrets)
}

async fn run(shared: &Shared, skill: &str, job: &Job, used: Arc<Used>) -> Done {
    let id = format!("{}/{}", job.task.definition.name, job.attempt);
    let Some((pin, _)) = chain::skilled(&shared.slots, skill, &id).await else {
        return Done::NotNow(format!("a plugin with the skill `{skill}`"));
    };
    let invocation = Invocation {
        id: id.clone(),
        skill: skill.to_owned(),
        input: job.task.definition.input.to_string(),
        attempt: job.attempt,
        attributes: notes(&job.task),
    };
    let listener = Listener { run: job.run.clone(), cancel: job.cancel.clone() };
    let alive = Alive::begin(&shared.live, used.clone());
    let told = alive.as_ref().map(|alive| alive.environment(job.task.definition.name.as_str(), job.attempt));
    let environment = told.unwrap_or_default();
    let work = Work { run: Arc::new(listener), used, environment, ..Work::default() };
    ask(shared, &pin, &id, Input::Run { invocation }, work, None).await
}

/// One run of a skill, for whatever reason.
pub(super) async fn ask(
    shared: &Shared,
    pin: &Pinned,
    id: &str,
    input: Input,
    work: Work,
    granted: Option<Grants>,
) -> Done {
    let mut scope = pin.scope(id);
    if let Some(granted) = &granted {
        scope.grants = granted.clone();
    }
    let session = shared.capabilities.session_with(&scope, work);
    let question = Question { id, input: &input, session: Some(session), time: None, granted };
    match pin.ask(question).await {
        Ok(Output::Outcome(outcome)) => ended(outcome),
        Ok(other) => failed("invalid-answer", format!("the skill answered something else: {other:?}")),
        Err(error) => unanswered(&error),
    }
}

/// What the next attempt shall know of those before.
fn notes(task: &Task) -> Vec<(String, String)> {
    let word = |kind| match kind {
        NoteKind::Output => "output",
        NoteKind::Failure => "failure",
        NoteKind::Remark => "remark",
        NoteKind::Answer => "answer",
    };
    let numbered = (1..).zip(&task.notes);
    let mut notes: Vec<(String, String)> = numbered
        .map(|(n, note): (u32, _)| (format!("note.{n}"), format!("{}: {}", word(note.kind), note.text)))
        .collect();
    notes.push(("task".to_owned(), task.definition.name.to_string()));
    notes
}

fn ended(outcome: Outcome) -> Done {
    let output = serde_json::from_str(&outcome.output).unwrap_or(Value::String(outcome.output));
    let said = |name: &str| {
        outcome.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    match outcome.status.as_str() {
        "succeeded" => Done::Succeeded { summary: outcome.summary, output },
        "cancelled" => Done::Cancelled,
        _ => Done::Failed {
            class: if outcome.code.is_empty() { "failed".to_owned() } else { outcome.code },
            message: outcome.summary,
            explicit: said("fingerprint"),
            step: said("step"),
            retry_after: said("retry-after-ms").and_then(|ms| ms.parse().ok()).map(Duration::from_millis),
            output,
        },
    }
}

fn unanswered(error: &Unanswered) -> Done {
    let Unanswered::Failed(failure) = error else { return Done::NotNow(error.to_string()) };
    match failure {
        CallFailure::Busy(_) => Done::NotNow(failure.to_string()),
        CallFailure::Refused(refusal) => Done::Failed {
            class: refusal.code.clone(),
            message: refusal.message.clone(),
            explicit: None,
            step: None,
            retry_after: refusal.retry_after_ms.map(Duration::from_millis),
            output: Value::Null,
        },
        other => failed(other.class().as_str(), other.to_string()),
    }
}

pub(super) fn failed(class: &str, message: String) -> Done {
    Done::Failed {
        class: class.to_owned(),
        message,
        explicit: None,
        step: None,
        retry_after: None,
        output: Value::Null,
    }
}

#[cfg(test)]
mod tests;
