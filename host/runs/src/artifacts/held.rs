//! Contents that must not be removed just now: put, but their metadata is perhaps not stored yet. It must not know where
//! they lie.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use patchbay_types::Digest;

use super::Inner;

/// Entries after which those that nobody holds any more are looked for.
const ENTRIES_BEFORE_A_LOOK: usize = 1_024;

/// While one lives, its contents are not removed.
#[derive(Clone, Debug)]
pub struct Hold(#[expect(dead_code, reason = "being there is all that it does")] Arc<()>);

#[derive(Default)]
pub(super) struct Held {
    /// As many as there are holds, and [`ENTRIES_BEFORE_A_LOOK`].
    held: HashMap<Digest, Weak<()>>,
    /// Those who remove, and want to know what is put meanwhile.
    watched: Vec<Weak<Mutex<HashSet<Digest>>>>,
}

/// What was held when it began, and was put since.
pub(super) struct Watched(Arc<Mutex<HashSet<Digest>>>);

impl Held {
    pub(super) fn hold(&mut self, digest: Digest) -> Hold {
        self.watched.retain(|watched| watched.strong_count() > 0);
        for watched in self.watched.iter().filter_map(Weak::upgrade) {
            watched.lock().unwrap_or_else(PoisonError::into_inner).insert(digest);
        }
        if self.held.len() >= ENTRIES_BEFORE_A_LOOK {
            self.held.retain(|_, hold| hold.strong_count() > 0);
        }
        let hold = self.held.get(&digest).and_then(Weak::upgrade).unwrap_or_default();
        self.held.insert(digest, Arc::downgrade(&hold));
        Hold(hold)
    }

    pub(super) fn is_held(&self, digest: Digest) -> bool {
        self.held.get(&digest).is_some_and(|hold| hold.strong_count() > 0)
    }

    pub(super) fn watch(&mut self) -> Watched {
        let held = self.held.iter().filter(|(_, hold)| hold.strong_count() > 0).map(|(digest, _)| *digest);
        let watched = Arc::new(Mutex::new(held.collect()));
        self.watched.push(Arc::downgrade(&watched));
        Watched(watched)
    }
}

impl Watched {
    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(digest)
    }
}

impl Inner {
    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
