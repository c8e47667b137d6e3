//! Whose turn it is to change a task or a problem: one at a time. It must not know what is changed.

use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 1_024;

/// One lock for many keys that share it: two keys may wait for each other, no key for two.
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Turns {
    /// Held over awaits on purpose, from the read to the commit.
    pub(crate) async fn of(&self, key: u64) -> MutexGuard<'_, ()> {
        let stripe = usize::try_from(stripe(key)).unwrap_or_default();
        #[allow(clippy::indexing_slicing, reason = "there are STRIPES of them")]
        self.0[stripe].lock().await
    }
}

/// Which lock is a key's.
pub(crate) fn stripe(key: u64) -> u64 {
    key % STRIPES as u64
}

impl Default for Turns {
    fn default() -> Self {
        Self((0..STRIPES).map(|_| Mutex::new(())).collect())
    }
}
