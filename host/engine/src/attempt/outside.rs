//! The same steps for an attempt that somebody outside makes: it is begun and ended by their word, and lost when they are
//! not heard of any more. It must not know how that word comes.

use std::sync::Arc;

use patchbay_runs::Ended as LogEnded;
use patchbay_tasks::{Actor, FailureKind, Fence, Happening, Stuck, Task, TaskId, What};
use patchbay_types::{NanoUsd, Timestamp, Tokens};

use super::{Claimed, End, Worked, ended, happening, record, settled};
use crate::budget::Allowance;
use crate::engine::{Inner, Running};
use crate::error::EngineError;
use crate::port::{Done, Ended};
use crate::row::Attempt;
use crate::run::Run;

impl Claimed {
    /// Of a task that is leased to this agent since then, and may take that long.
    pub(crate) fn outside(
        engine: &Inner,
        task: Arc<Task>,
        (agent, began): (String, Timestamp),
        allowance: Allowance,
        run: Arc<Run>,
    ) -> Self {
        let cancel = engine.closing.child_token();
        let running = Running { fence: task.fence, run: run.clone(), cancel: cancel.clone() };
        engine.set_running(task.id, Some(running));
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
    /// Writes what came of it. With `again` the worker tries again by itself: no cause is looked for.
    pub(crate) async fn settle_outside(
        self: &Arc<Self>,
        claimed: Claimed,
        done: Done,
        again: bool,
    ) -> Result<(), EngineError> {
        let worked = Worked { ended: Ended { done, tokens: Tokens(0), cost: NanoUsd(0) }, stuck: None };
        let mut what = happening(&claimed, &worked);
        if let What::WorkerFailed { failure, .. } = &mut what
            && again
        {
            failure.kind = FailureKind::Transient;
        }
        self.settle_now(&claimed, &worked, what).await
    }

    /// Ends one that shows no progress. Whoever makes it hears of it with their next word.
    pub(crate) async fn settle_stuck(
        self: &Arc<Self>,
        claimed: Claimed,
        stuck: Stuck,
    ) -> Result<(), EngineError> {
        claimed.run.line("note", &format!("it is stuck: {stuck}; it is being ended"));
        let ended = Ended { done: Done::Cancelled, tokens: Tokens(0), cost: NanoUsd(0) };
        let worked = Worked { ended, stuck: Some(stuck) };
        let what = happening(&claimed, &worked);
        self.settle_now(&claimed, &worked, what).await
    }

    /// Once: whoever says it says it again.
    async fn settle_now(&self, claimed: &Claimed, worked: &Worked, what: What) -> Result<(), EngineError> {
        let end = ended(self, claimed, worked, what).await;
        let told = self.write_end(&end.0).await;
        settled(self, worked, &end.0, told)
    }

    /// Takes back a task whose worker was not heard of for as long as its lease lasted.
    pub(crate) async fn lose_outside(&self, id: TaskId, fence: Fence) -> Result<(), EngineError> {
        let Some(held) = self.outside.take(id, fence) else { return Ok(()) };
        let lost = self.lose_claimed(&held.claimed).await;
        match lost {
            Ok(()) => self.set_running(id, None),
            // Nobody else would come back to it.
            Err(_) => self.outside.put(id, held),
        }
        lost
    }

    async fn lose_claimed(&self, claimed: &Claimed) -> Result<(), EngineError> {
        let left = claimed.run.finish(LogEnded::Lost).await;
        let ended = Ended { done: Done::Cancelled, tokens: Tokens(0), cost: NanoUsd(0) };
        let what = self.lost_worker(claimed.fence);
        let attempt = Attempt {
            outcome: "lost".to_owned(),
            message: format!("{} was not heard of for as long as its lease lasted", claimed.actor),
            ..record(self, claimed, &Worked { ended, stuck: None }, &what, &left)
        };
        let happening = Happening { by: Actor::Host, what };
        self.write_end(&End { task: claimed.task.id, happening, attempt }).await.map(drop)
    }
}
