//! The same steps for an attempt that somebody outside makes: it is begun and ended by their word, and lost when they are
//! not heard of any more. It must not know how that word comes, nor who writes an end that could not be written.

use std::sync::Arc;

use patchbay_failpoint as failpoint;
use patchbay_runs::Ended as LogEnded;
use patchbay_store::CommitError;
use patchbay_tasks::{Actor, FailureKind, Fence, Happening, Stuck, Task, What};
use patchbay_types::{Digest, NanoUsd, Timestamp, Tokens};
use serde_json::json;

use super::{Claimed, End, Worked, ended, happening, record};
use crate::budget::Allowance;
use crate::engine::{Inner, Running};
use crate::error::EngineError;
use crate::port::{Done, Ended};
use crate::row::Attempt;
use crate::run::{Left, Run};

/// What somebody outside says came of their work.
pub(crate) struct Said {
    pub(crate) done: Done,
    /// They try again by themselves: no cause is looked for.
    pub(crate) again: bool,
}

/// The end of such an attempt as it is to be written. What its run has kept stays as long as this.
pub(crate) struct Ending {
    end: End,
    _left: Left,
}

impl Said {
    /// The same words have the same.
    pub(crate) fn digest(&self) -> Digest {
        let again = self.again;
        let words = match &self.done {
            Done::Succeeded { summary, output } => json!(["succeeded", summary, output]),
            Done::Failed { class, message, step, output, .. } => {
                json!(["failed", class, message, step, output, again])
            }
            Done::Cancelled => json!(["released"]),
            Done::NotNow(reason) | Done::OverBudget(reason) => json!(["released", reason]),
        };
        Digest::of(words.to_string().as_bytes())
    }
}

impl Ending {
    /// The words that made it; none: the host has ended it.
    pub(crate) fn said(&self) -> Option<Digest> {
        self.end.attempt.said
    }
}

impl Claimed {
    /// Of a task that is leased to this agent since then, and may take that long.
    pub(crate) fn outside(
        engine: &Inner,
        task: Arc<Task>,
        (agent, began): (Arc<str>, Timestamp),
        allowance: Allowance,
        run: Arc<Run>,
    ) -> Self {
        let cancel = engine.closing.child_token();
        let running = Running { fence: task.fence, run: run.clone(), cancel: cancel.clone() };
        engine.set_running(task.id, running);
        Self {
            attempt: task.tally.attempts,
            plugin: None,
            fence: task.fence,
            task,
            began,
            since: None,
            allowance,
            run,
            spending: Arc::default(),
            cancel,
            actor: Actor::Worker(agent),
        }
    }

    pub(crate) fn fence(&self) -> Fence {
        self.fence
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }
}

impl Inner {
    /// By the word of whoever makes it.
    pub(crate) async fn ending_as_said(&self, claimed: &Claimed, said: Said) -> Ending {
        let digest = said.digest();
        let worked = worked(said.done, None);
        let mut what = happening(claimed, &worked);
        if let What::WorkerFailed { failure, .. } = &mut what
            && said.again
        {
            failure.kind = FailureKind::Transient;
        }
        let mut ending = self.ending(claimed, &worked, what).await;
        ending.end.attempt.said = Some(digest);
        ending
    }

    /// By the host, which gives the task back.
    pub(crate) async fn ending_released(&self, claimed: &Claimed) -> Ending {
        let worked = worked(Done::Cancelled, None);
        self.ending(claimed, &worked, happening(claimed, &worked)).await
    }

    /// Of one that shows no progress. Whoever makes it hears of it with their next word.
    pub(crate) async fn ending_stuck(&self, claimed: &Claimed, stuck: Stuck) -> Ending {
        claimed.run.line("note", &format!("it is stuck: {stuck}; it is being ended"));
        let worked = worked(Done::Cancelled, Some(stuck));
        self.ending(claimed, &worked, happening(claimed, &worked)).await
    }

    /// Of one whose worker was not heard of for as long as its lease lasted.
    pub(crate) async fn ending_lost(&self, claimed: &Claimed) -> Ending {
        let left = claimed.run.finish(LogEnded::Lost).await;
        let what = self.lost_worker(claimed.fence);
        let attempt = Attempt {
            outcome: "lost".to_owned(),
            message: format!("{} was not heard of for as long as its lease lasted", claimed.actor),
            ..record(self, claimed, &worked(Done::Cancelled, None), &what, &left)
        };
        let happening = Happening { by: Actor::Host, what };
        Ending { end: End { task: claimed.task.id, happening, attempt }, _left: left }
    }

    async fn ending(&self, claimed: &Claimed, worked: &Worked, what: What) -> Ending {
        let (end, left) = ended(self, claimed, worked, what).await;
        Ending { end, _left: left }
    }

    /// Once: whoever has it comes back to it.
    pub(crate) async fn write_ending(&self, ending: &Ending) -> Result<(), EngineError> {
        if failpoint::fails("engine.outside.end.before") {
            return Err(CommitError::Full.into());
        }
        self.write_end(&ending.end).await?;
        failpoint::at("engine.outside.end.after");
        self.end_running(ending.end.task, Fence(ending.end.attempt.fence));
        Ok(())
    }
}

fn worked(done: Done, stuck: Option<Stuck>) -> Worked {
    Worked { ended: Ended { done, tokens: Tokens(0), cost: NanoUsd(0) }, stuck }
}
