//! A wall clock that jumps once, as when somebody sets it. It must not know why.

use std::sync::atomic::{AtomicI64, Ordering};

use patchbay_types::{Clock, Monotonic, SystemClock, Timestamp};

#[derive(Default)]
pub(super) struct Jumping {
    system: SystemClock,
    /// Milliseconds.
    offset: AtomicI64,
}

impl Jumping {
    pub(super) fn jump(&self, ms: i64) {
        self.offset.store(ms, Ordering::Relaxed);
    }
}

impl Clock for Jumping {
    fn wall(&self) -> Timestamp {
        Timestamp(self.system.wall().0.saturating_add_signed(self.offset.load(Ordering::Relaxed)))
    }

    fn monotonic(&self) -> Monotonic {
        self.system.monotonic()
    }
}
