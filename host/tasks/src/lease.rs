//! Who may write for a task, and until when. It must not know how a lease is renewed or what its holder does.

use std::sync::Arc;

use patchbay_types::{Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Fence, TaskId};

/// The right to work on a task. Kept apart from it: renewing a lease is no event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lease {
    pub task: TaskId,
    /// From 1.
    pub attempt: u32,
    pub fence: Fence,
    pub holder: Holder,
    pub expires: Timestamp,
}

/// A process, told apart from a later one with the same number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// The host's id since its start.
    pub incarnation: Arc<str>,
    pub pid: u32,
    /// When the process started, as its operating system counts.
    pub started: u64,
}

/// What a claim asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Fresh from the counter.
    pub fence: Fence,
    pub holder: Holder,
    pub expires: Timestamp,
    /// Of the skill's component.
    pub plugin: Option<Digest>,
}

impl Lease {
    /// Whether its holder still has the task.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}
