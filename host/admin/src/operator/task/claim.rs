//! Tasks that somebody outside works on: claimed, heard of, ended. It must not know over what they ask.

use std::time::Duration;

use patchbay_engine::{Claimant, Done, Term};
use patchbay_tasks::{Definition, Fence};

use super::{named, subject};
use crate::OperatorError;
use crate::api::{ClaimTask, EndOutcome, EndTask, LeaseTerm, TaskClaimed, TaskHeartbeat, TaskView};
use crate::operator::{Desk, Operator};

/// Lines that are said at once.
const LINES_MAX: usize = 1_000;
/// Characters of what is said of an end.
const MESSAGE_CHARS_MAX: usize = 4_000;
/// Bytes of a class or a step.
const WORD_BYTES_MAX: usize = 100;

impl Operator {
    /// Gives a task to somebody outside.
    ///
    /// # Errors
    /// An unknown task, one that is not ready, or not theirs.
    pub async fn claim_task(
        &self,
        name: &str,
        request: ClaimTask,
        actor: &str,
    ) -> Result<TaskClaimed, OperatorError> {
        let (asked, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.claim_task(&asked, &request, &actor).await }).await
    }

    /// What somebody outside says of a task that they have. It renews their lease.
    ///
    /// # Errors
    /// An unknown task, or a fence that is stale: they have to stop.
    pub async fn heard_of_task(&self, name: &str, said: TaskHeartbeat) -> Result<LeaseTerm, OperatorError> {
        let name = named(name)?;
        self.change(|desk| async move {
            if said.lines.len() > LINES_MAX {
                let found = said.lines.len();
                return Err(OperatorError::field(
                    "lines",
                    format!("found {found}, expected at most {LINES_MAX}"),
                ));
            }
            let lines = said.lines.into_iter().map(|line| (line.stream.as_str(), line.text));
            let lines: Vec<_> = lines.collect();
            Ok(term(&desk.parts.engine.beat(&name, Fence(said.fence), said.from, &lines).await?))
        })
        .await
    }

    /// What came of the work of somebody outside.
    ///
    /// # Errors
    /// An unknown task, or a fence that is stale.
    pub async fn end_task(
        &self,
        name: &str,
        request: EndTask,
        actor: &str,
    ) -> Result<TaskView, OperatorError> {
        let (asked, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.end_task(&asked, request, &actor).await }).await?;
        self.task(name).await
    }
}

impl Desk {
    async fn claim_task(
        &self,
        name: &str,
        request: &ClaimTask,
        actor: &str,
    ) -> Result<TaskClaimed, OperatorError> {
        let (name, agent) = (named(name)?, request.agent.clone());
        if !Definition::may_be_assignee(&agent) {
            return Err(OperatorError::field("agent", "expected a word for who works, of at most 128 bytes"));
        }
        let by = Claimant { agent, pid: request.pid, started: request.started };
        let granted = self.parts.engine.claim(&name, &by).await?;
        let detail = format!("agent={} fence={}", by.agent, granted.fence);
        self.write_down(vec![self.audit(actor, "task.claim", &subject(&name), detail)]).await?;
        Ok(TaskClaimed {
            attempt: granted.attempt,
            fence: granted.fence.0,
            lease: term(&granted.term),
            definition: granted.task.definition.clone(),
            notes: granted.task.notes.clone(),
        })
    }

    async fn end_task(&self, name: &str, request: EndTask, actor: &str) -> Result<(), OperatorError> {
        let name = named(name)?;
        let (fence, again) = (Fence(request.fence), request.again);
        let word = match request.outcome {
            EndOutcome::Succeeded => "succeeded".to_owned(),
            EndOutcome::Failed => request.class.clone().unwrap_or_default(),
            EndOutcome::Released => "released".to_owned(),
        };
        let heard = self.parts.engine.end(&name, fence, done(request)?, again).await?;
        // The host may have ended before this was written down the first time.
        let known = if heard.is_known { " said again" } else { "" };
        let detail = format!("outcome={word} fence={fence}{known}");
        self.write_down(vec![self.audit(actor, "task.end", &subject(&name), detail)]).await
    }
}

fn term(term: &Term) -> LeaseTerm {
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    LeaseTerm { expires: term.expires, lease_ms: ms(term.lasts), heartbeat_ms: ms(term.heartbeat) }
}

fn done(request: EndTask) -> Result<Done, OperatorError> {
    let message: String = request.message.chars().take(MESSAGE_CHARS_MAX).collect();
    let is_failure = request.outcome == EndOutcome::Failed;
    let of_a_failure =
        [("class", request.class.is_some()), ("step", request.step.is_some()), ("again", request.again)];
    if let Some((field, _)) = of_a_failure.into_iter().find(|(_, given)| *given && !is_failure) {
        return Err(OperatorError::field(field, "only a failure has that: leave it out"));
    }
    Ok(match request.outcome {
        EndOutcome::Succeeded => Done::Succeeded { summary: message, output: request.output },
        EndOutcome::Released => Done::Cancelled,
        EndOutcome::Failed => Done::Failed {
            class: word("class", request.class.as_deref().unwrap_or_default())?,
            message,
            explicit: None,
            step: request.step.as_deref().map(|step| word("step", step)).transpose()?,
            retry_after: None,
            output: request.output,
        },
    })
}

fn word(field: &str, text: &str) -> Result<String, OperatorError> {
    let fits = (1..=WORD_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
    let expected = "expected a word of at most 100 bytes, as `exit:1`";
    if fits { Ok(text.to_owned()) } else { Err(OperatorError::field(field, expected)) }
}
