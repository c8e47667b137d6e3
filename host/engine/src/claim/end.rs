//! The end of a claim, heard once however often it is said: an answer may be lost, and the host with it. It must not know
//! how an end is written.

use std::sync::Arc;

use patchbay_tasks::{Fence, Task, TaskName};
use patchbay_types::Digest;

use super::held_by;
use crate::attempt::Said;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::port::Done;
use crate::row::{Attempt, attempt_key};

/// Attempts that are looked at for words that were heard before, the latest.
const ATTEMPTS_MAX: usize = 16;

/// An end that counts.
#[derive(Clone, Debug)]
pub struct EndHeard {
    /// As it is now.
    pub task: Arc<Task>,
    /// The same was heard before, and nothing has changed.
    pub is_known: bool,
}

impl Engine {
    /// What came of it. With `again` the worker tries again by itself, so that no cause is looked for. What was stopped
    /// meanwhile stays stopped, but what it has said is kept. The same said again with the same fence changes nothing, if
    /// it is among the 16 latest attempts.
    ///
    /// # Errors
    /// If the fence is stale or had another end, or the store does not write; then it can be said again. What could not be
    /// written is also written by the host as soon as it can be.
    pub async fn end(
        &self,
        name: &TaskName,
        fence: Fence,
        done: Done,
        again: bool,
    ) -> Result<EndHeard, EngineError> {
        let inner = &self.inner;
        let said = Said { done, again };
        let digest = said.digest();
        let id = self.find(name).await?.id;
        let is_known = !inner.end_as_said(id, fence, said).await?;
        let task = self.find(name).await?;
        if is_known && !inner.was_ended_so(&task, fence, digest).await? {
            return Err(inner.stale(&task, fence, held_by(&task, fence)));
        }
        Ok(EndHeard { task, is_known })
    }
}

impl Inner {
    /// Fences grow with the numbers of attempts.
    async fn was_ended_so(&self, task: &Task, fence: Fence, said: Digest) -> Result<bool, EngineError> {
        let latest = task.tally.attempts;
        for number in (1..=latest).rev().take(ATTEMPTS_MAX) {
            let row = self.read::<Attempt>(&attempt_key(task.id, number)).await?;
            match row.map(|row| row.record) {
                Some(attempt) if attempt.fence == fence.0 => return Ok(attempt.said == Some(said)),
                Some(attempt) if attempt.fence < fence.0 => return Ok(false),
                // It goes on, or was not written.
                _ => {}
            }
        }
        Ok(false)
    }
}
