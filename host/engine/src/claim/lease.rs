//! The lease behind a claim: granted, renewed, and refused to whoever has it no more. It must not know what is said under
//! it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_store::Batch;
use patchbay_tasks::{Actor, Fence, Grant, Holder, Lease, State, Task, TaskId, What};
use patchbay_types::{Monotonic, Timestamp};

use super::{Claimant, Granted, Term, held_by, theirs};
use crate::attempt::Claimed;
use crate::budget::Allowance;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::outside::{Held, Why};
use crate::row::OpenRow;
use crate::run::Run;
use crate::shelf::{Place, Shelf};

impl Inner {
    /// The task is as it was read: somebody else may have it meanwhile, and keeps it then.
    pub(crate) async fn grant(
        self: &Arc<Self>,
        task: &Task,
        by: &Claimant,
    ) -> Result<Arc<Task>, EngineError> {
        // An attempt that was stopped, and whose worker has not come back: what it said is kept.
        if task.state == State::Ready
            && let Some(old) = self.outside.fence(task.id).filter(|old| *old <= task.fence)
        {
            self.end_for(task.id, old, Why::Released).await?;
        }
        let grant = Grant {
            fence: Fence(self.fences.next(&*self.store).await?),
            holder: Holder { incarnation: by.agent.as_str().into(), pid: by.pid, started: by.started },
            expires: self.now() + self.options.load().lease,
            plugin: None,
        };
        let (actor, fence) = (Actor::Worker(by.agent.as_str().into()), grant.fence);
        let task = self.happen(task.id, actor.clone(), What::Claimed(grant)).await?;
        // It may have been assigned to somebody else in between.
        if let Err(error) = theirs(&task, by) {
            self.happen(task.id, actor, What::WorkerReleased { fence }).await?;
            return Err(error);
        }
        Ok(task)
    }

    pub(super) fn hold(
        &self,
        task: &Arc<Task>,
        by: &Claimant,
        began: Timestamp,
        allowance: Allowance,
    ) -> Granted {
        let id = patchbay_runs::RunId { task: task.id.0, attempt: task.tally.attempts };
        let log = self.runs.begin(id);
        let run = Arc::new(Run::begin(self.clock.clone(), log, self.artifacts.clone()));
        let claimed = Claimed::outside(self, task.clone(), (by.agent.as_str().into(), began), allowance, run);
        let (now, options) = (self.clock.monotonic(), self.options.load());
        self.outside.put(task.id, Held { claimed, until: now + options.lease, renewed: now, ending: None });
        let term =
            Term { expires: began + options.lease, lasts: options.lease, heartbeat: options.heartbeat };
        Granted { task: task.clone(), attempt: task.tally.attempts, fence: task.fence, term }
    }

    /// The stored lease follows at half of each heartbeat, so that a worker who says much costs no commit for each word.
    pub(super) async fn renew_outside(&self, id: TaskId, held: &Held) -> Result<Term, EngineError> {
        let (options, now) = (self.options.load(), self.clock.monotonic());
        let term = |until: Monotonic| {
            let lasts = until.since(now);
            Term { expires: self.now() + lasts, lasts, heartbeat: options.heartbeat }
        };
        if now.since(held.renewed) < options.heartbeat / 2 {
            return Ok(term(held.until));
        }
        let fence = held.claimed.fence();
        self.store_renewed(id, fence, self.now() + options.lease).await?;
        let until = now + options.lease;
        self.outside.renew(id, fence, (until, now));
        Ok(term(until))
    }

    /// In the task's turn, so that nothing else becomes of it meanwhile.
    async fn store_renewed(&self, id: TaskId, fence: Fence, expires: Timestamp) -> Result<(), EngineError> {
        let _turn = self.turns.of(id.0).await;
        let place = Place { shelf: Shelf::LeasedOutside, order: 0, id };
        let row = self.read::<OpenRow>(&place.key()).await?;
        let lease = row.and_then(|row| Some((row.revision, row.record.lease?)));
        let Some((revision, lease)) = lease.filter(|(_, lease)| lease.fence == fence) else {
            let task = self.task(id).await?;
            return Err(self.stale(&task, fence, held_by(&task, fence)));
        };
        let renewed = OpenRow { place, lease: Some(Lease { expires, ..lease }) };
        let batch = Batch::new().require_revision::<OpenRow>(&place.key(), revision).put(&renewed)?;
        self.store.commit(batch).await?;
        Ok(())
    }

    pub(super) fn stale(&self, task: &Task, fence: Fence, reason: String) -> EngineError {
        self.stale_fences.fetch_add(1, Ordering::Relaxed);
        EngineError::StaleFence { task: task.definition.name.clone(), fence: fence.0, reason }
    }
}
