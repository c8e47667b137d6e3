//! The tasks that were used last, so that a change need not read first. It must not know what is true: what it holds was
//! committed, and whoever changes a task has its turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_store::Revision;
use patchbay_tasks::{Task, TaskId};

/// Tasks of one half; at most twice as many are held.
const HALF: usize = 8_192;

/// A task as it is stored.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) task: Arc<Task>,
    pub(crate) revision: Revision,
}

/// Two halves: when the young one is full it becomes the old one, and the old one is forgotten.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    young: HashMap<TaskId, Arc<Kept>>,
    old: HashMap<TaskId, Arc<Kept>>,
    /// How often a task was forgotten.
    forgotten: u64,
    /// How often the young half became the old one.
    turned: u64,
}

/// Before a read of the store: what is changed while it goes on is in the cache, unless it was forgotten since, or the
/// halves have turned twice: it is young when it is changed, and then old.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    forgotten: u64,
    turned: u64,
}

impl Cache {
    pub(crate) fn get(&self, id: TaskId) -> Option<Arc<Kept>> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = halves.young.get(&id) {
            return Some(kept.clone());
        }
        let kept = halves.old.remove(&id)?;
        halves.put(id, kept.clone());
        Some(kept)
    }

    pub(crate) fn put(&self, kept: Arc<Kept>) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.old.remove(&kept.task.id);
        halves.put(kept.task.id, kept);
    }

    pub(crate) fn has(&self, id: TaskId) -> bool {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.young.contains_key(&id) || halves.old.contains_key(&id)
    }

    pub(crate) fn moment(&self) -> Moment {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Moment { forgotten: halves.forgotten, turned: halves.turned }
    }

    /// Takes in what was read of the store since that moment. What is here already may be newer, so it stays.
    pub(crate) fn took_in(&self, since: Moment, read: impl IntoIterator<Item = Kept>) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for kept in read {
            let id = kept.task.id;
            if halves.forgotten != since.forgotten || halves.turned > since.turned + 1 {
                return;
            }
            if !halves.young.contains_key(&id) && !halves.old.contains_key(&id) {
                halves.put(id, Arc::new(kept));
            }
        }
    }

    pub(crate) fn forget(&self, id: TaskId) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.forgotten += 1;
        halves.young.remove(&id);
        halves.old.remove(&id);
    }
}

impl Halves {
    fn put(&mut self, id: TaskId, kept: Arc<Kept>) {
        if self.young.len() >= HALF {
            // As large as it gets, so that it is not moved on its way there.
            self.old = std::mem::replace(&mut self.young, HashMap::with_capacity(HALF));
            self.turned += 1;
        }
        self.young.insert(id, kept);
    }
}

#[cfg(test)]
mod tests;
