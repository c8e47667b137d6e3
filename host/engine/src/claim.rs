//! Claims from outside: somebody who is no part of this host takes a task, says what they do, and ends it. Each word
//! carries the fence of the claim; one that is stale is refused and counted. It must not know who asks, nor over what.

mod end;
mod lease;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_tasks::{Actor, Fence, State, Task, TaskName, What};
use patchbay_types::Timestamp;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::outside::{CLAIMS_MAX, Held, Why};

pub use end::EndHeard;

/// Who claims a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimant {
    /// The one to whom it is assigned, if it is.
    pub agent: String,
    /// Their process, and when it started, as their operating system counts; 0 if they do not say.
    pub pid: u32,
    pub started: u64,
}

/// A claim that was granted.
#[derive(Clone, Debug)]
pub struct Granted {
    pub task: Arc<Task>,
    pub attempt: u32,
    /// To be said with each word from now on.
    pub fence: Fence,
    pub term: Term,
}

/// How long a lease lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// When it runs out.
    pub expires: Timestamp,
    /// How long that is from now.
    pub lasts: Duration,
    /// How often it should be renewed.
    pub heartbeat: Duration,
}

impl Engine {
    /// Gives a ready task to somebody outside, who begins at once. Only work that is [not the
    /// host's](patchbay_tasks::Definition::is_outside) can be had, and what is assigned only by whom it is assigned to.
    ///
    /// # Errors
    /// If there is no such task, it is not ready, or not theirs.
    pub async fn claim(&self, name: &TaskName, by: &Claimant) -> Result<Granted, EngineError> {
        let inner = &self.inner;
        let task = self.find(name).await?;
        theirs(&task, by)?;
        if inner.stop.is_cancelled() {
            return Err(EngineError::Stopping);
        }
        if inner.outside.is_full() {
            return Err(refused(&task, by, format!("{CLAIMS_MAX} tasks are worked on outside already")));
        }
        let Some(allowance) = inner.allowance(&task).await? else {
            return Err(refused(&task, by, "its deadline has passed or its budget is used up".to_owned()));
        };
        let began = inner.now();
        let task = inner.grant(&task, by).await?;
        failpoint::at("engine.outside.claim.granted");
        let granted = inner.hold(&task, by, began, allowance);
        let started = What::Started { fence: granted.fence };
        // If that fails the lease runs out.
        let task = inner.happen(task.id, Actor::Worker(by.agent.as_str().into()), started).await?;
        failpoint::at("engine.outside.claim.after");
        Ok(Granted { task, ..granted })
    }

    /// What somebody who has a task says: lines of its log, by their stream. Without a line it is a sign of life. Either
    /// renews the lease. `from` is how many lines they have said before these: what was heard already is not written
    /// again. Without it all are new.
    ///
    /// # Errors
    /// If the fence is stale: they have to stop.
    pub async fn beat(
        &self,
        name: &TaskName,
        fence: Fence,
        from: Option<u64>,
        lines: &[(&str, String)],
    ) -> Result<Term, EngineError> {
        let inner = &self.inner;
        let (task, held) = self.held(name, fence).await?;
        let run = held.claimed.run();
        run.hear(from, lines);
        run.heartbeat();
        failpoint::at("engine.outside.beat.said");
        if held.claimed.is_over_time(inner) {
            inner.end_over_time(&held.claimed).await?;
            return Err(inner.stale(&task, fence, "its budget of time is used up".to_owned()));
        }
        if let Err(stuck) = run.stuck(&inner.options.load().clocks) {
            inner.end_for(task.id, fence, Why::Stuck(stuck)).await?;
            return Err(inner.stale(&task, fence, format!("it was ended, for it is stuck: {stuck}")));
        }
        let term = inner.renew_outside(task.id, &held).await?;
        failpoint::at("engine.outside.beat.after");
        Ok(term)
    }

    /// How many words came with a fence that was stale.
    #[must_use]
    pub fn stale_fences(&self) -> u64 {
        self.inner.stale_fences.load(Ordering::Relaxed)
    }

    async fn held(&self, name: &TaskName, fence: Fence) -> Result<(Arc<Task>, Held), EngineError> {
        let inner = &self.inner;
        let task = self.find(name).await?;
        let is_leased = matches!(task.state, State::Leased { fence: current, .. } if current == fence);
        match inner.outside.get(task.id, fence, inner.clock.monotonic()).filter(|_| is_leased) {
            Some(held) => Ok((task, held)),
            None => Err(inner.stale(&task, fence, held_by(&task, fence))),
        }
    }
}

fn theirs(task: &Task, by: &Claimant) -> Result<(), EngineError> {
    let definition = &task.definition;
    match &definition.assignee {
        Some(assignee) if *assignee != by.agent => {
            Err(refused(task, by, format!("it is assigned to {assignee}")))
        }
        None if !definition.is_outside() => {
            let name = &definition.name;
            let hint = format!("`patchbay task assign {name} {}` takes it from the host", by.agent);
            Err(refused(task, by, format!("it is the host's own work; {hint}")))
        }
        _ => Ok(()),
    }
}

fn refused(task: &Task, by: &Claimant, reason: String) -> EngineError {
    EngineError::NotTheirs { task: task.definition.name.clone(), agent: by.agent.clone(), reason }
}

/// Who has a task now, for whoever thought to have it.
fn held_by(task: &Task, fence: Fence) -> String {
    match &task.state {
        _ if fence > task.fence => "nobody was ever given it".to_owned(),
        State::Leased { fence: current, .. } if *current != fence => {
            format!("somebody else has it, with fence {current}")
        }
        State::Leased { .. } => "its lease has run out, or it was ended".to_owned(),
        State::Ready => "its attempt is over, and it waits for the next".to_owned(),
        State::Cancelled { reason } | State::Voided { reason } | State::Paused { reason, .. } => {
            let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
            format!("it is {}{reason}", task.state.name())
        }
        other => format!("it is {}", other.name()),
    }
}
