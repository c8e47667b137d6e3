//! How much all artifacts may take, and how much they do. It must not know what they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_types::Digest;

use super::artifact::PutError;

/// What the smallest takes: so that the number of them has a bound too.
const BLOCK_BYTES: u64 = 4_096;

pub(super) struct Room {
    bytes_max: u64,
    used: AtomicU64,
}

/// Set aside for contents that are being put; given back unless they are kept.
pub(super) struct Reserved {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, used: AtomicU64::new(0) }
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn fits(&self, bytes: u64) -> bool {
        self.used().saturating_add(taken(bytes)) <= self.bytes_max
    }

    pub(super) fn recount(&self, there: &[(Digest, u64)]) {
        self.used.store(there.iter().map(|(_, bytes)| taken(*bytes)).sum(), Ordering::Relaxed);
    }

    pub(super) fn reserve(self: &Arc<Self>, bytes: u64, name: &str) -> Result<Reserved, PutError> {
        let (more, bytes_max) = (taken(bytes), self.bytes_max);
        let fitting = |used: u64| used.checked_add(more).filter(|used| *used <= bytes_max);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fitting) {
            Ok(_) => Ok(Reserved { room: self.clone(), bytes: more }),
            Err(used) => Err(PutError::Full { name: name.to_owned(), bytes, used, bytes_max }),
        }
    }

    /// Says how much is free again.
    pub(super) fn free(&self, bytes: u64) -> u64 {
        let less = |used: u64| Some(used.saturating_sub(taken(bytes)));
        let _ = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken(bytes)
    }
}

impl Reserved {
    pub(super) fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.room.free(self.bytes);
        }
    }
}

fn taken(bytes: u64) -> u64 {
    bytes.max(BLOCK_BYTES)
}
