//! Which run it is. It must not know what a task is: numbers are all that is needed here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One attempt of one task. A number of an attempt is never used twice for a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RunId {
    pub task: u64,
    pub attempt: u32,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} of task {}", self.attempt, self.task)
    }
}
