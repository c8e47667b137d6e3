//! Runs that are over and old are forgotten, so that the store does not grow for ever. It must not know why they ran.

use patchbay_store::{Batch, Key, Record, StoreExt};
use patchbay_tasks::{Task, TaskId};

use super::row::{PastRow, ScheduleId, past_key, schedule_key};
use crate::create::AppliedRow;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{
    Attempt, EventRow, LinkKind, LinkRow, NameRow, TaskRow, attempt_key, link_key, name_key, task_key,
};

/// Runs that are over and are kept, of each schedule.
pub(crate) const KEPT: usize = 100;
/// Runs that are looked at beyond these: some may wait for a person.
const LOOKED_AT_MAX: usize = 1_000;
/// Runs that are forgotten at once; the others follow with the next end.
const FORGOTTEN_MAX: usize = 8;
/// Events and attempts that go in one transaction; an attempt has at most its output and its log.
const PAGE: usize = 64;
/// Tasks below a run that go with it; one that has more stays.
const BELOW_MAX: usize = 100;
/// How long an end has to be over: problems and dependants have seen it by then.
const SETTLED_MS: u64 = 60_000;

impl Inner {
    /// All but the last hundred.
    pub(crate) async fn forget_past_runs(&self, id: ScheduleId) -> Result<(), EngineError> {
        let rows = self.store.list::<PastRow>(schedule_key(id).prefix(), KEPT + LOOKED_AT_MAX).await?;
        let old = rows.iter().take(rows.len().saturating_sub(KEPT));
        let mut forgotten = 0;
        for row in old {
            if forgotten >= FORGOTTEN_MAX {
                break;
            }
            forgotten += usize::from(self.forget_run(id, row.record.task).await?);
        }
        Ok(())
    }

    /// Whether a run could be forgotten: it is over, and so is all below it.
    pub(crate) async fn forget_run(&self, id: ScheduleId, run: TaskId) -> Result<bool, EngineError> {
        let Some(kept) = self.kept(run).await? else {
            let gone = Batch::new().delete::<PastRow>(&past_key(id, run));
            self.store.commit(gone).await?;
            return Ok(true);
        };
        let below = self.children(&kept.task.definition.name, BELOW_MAX + 1).await?;
        if below.len() > BELOW_MAX || !self.is_past(&kept.task) {
            return Ok(false);
        }
        for child in &below {
            // One level: what has children of its own stays.
            let Some(child) = self.kept(*child).await? else { continue };
            let has_more = !self.children(&child.task.definition.name, 1).await?.is_empty();
            if has_more || !self.is_past(&child.task) {
                return Ok(false);
            }
        }
        for child in below {
            self.forget_task(child, Batch::new()).await?;
        }
        self.forget_task(run, Batch::new().delete::<PastRow>(&past_key(id, run))).await?;
        Ok(true)
    }

    fn is_past(&self, task: &Task) -> bool {
        let since = u64::try_from(self.now().since(task.changed).as_millis()).unwrap_or(u64::MAX);
        task.state.is_end() && since >= SETTLED_MS
    }

    /// Its events and attempts first: the task is there until nothing else is.
    async fn forget_task(&self, id: TaskId, beside: Batch) -> Result<(), EngineError> {
        let _turn = self.turns.of(id.0).await;
        let Some(kept) = self.kept(id).await? else { return Ok(()) };
        self.forget_rows::<EventRow>(id, |row| task_key(id).number(row.0.seq)).await?;
        self.forget_rows::<Attempt>(id, |row| attempt_key(id, row.number)).await?;
        let definition = &kept.task.definition;
        let mut batch = beside
            .require_revision::<TaskRow>(&task_key(id), kept.revision)
            .delete::<TaskRow>(&task_key(id))
            .delete::<AppliedRow>(&task_key(id))
            .delete::<NameRow>(&name_key(&definition.name));
        if let Some(parent) = &definition.parent {
            batch = batch.delete::<LinkRow>(&link_key(parent, LinkKind::Child, id));
        }
        for name in &definition.depends_on {
            batch = batch.delete::<LinkRow>(&link_key(name, LinkKind::Dependant, id));
        }
        self.store.commit(batch).await?;
        self.cache.forget(id);
        Ok(())
    }

    async fn forget_rows<R: Record + Send>(
        &self,
        id: TaskId,
        key: impl Fn(&R) -> Key + Send + Sync,
    ) -> Result<(), EngineError> {
        loop {
            let rows = self.store.list::<R>(task_key(id).prefix(), PAGE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let gone = rows.iter().fold(Batch::new(), |batch, row| batch.delete::<R>(&key(&row.record)));
            self.store.commit(gone).await?;
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }
}
