//! Whether the wall clock was set back. It must not know what follows from that.

use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_types::Timestamp;
use tokio::sync::Notify;

/// Steps below this, in milliseconds, are how a clock is kept right: no wait gets longer by more.
const STEP_MS: u64 = 1_000;

/// The latest moment that anybody was told.
#[derive(Default)]
pub(crate) struct Wall {
    latest: AtomicU64,
    bell: Notify,
}

impl Wall {
    /// Everybody who asks for the time says here what it was.
    pub(crate) fn see(&self, now: Timestamp) {
        let latest = self.latest.load(Ordering::Relaxed);
        if now.0 > latest.saturating_add(STEP_MS) {
            self.latest.fetch_max(now.0, Ordering::Relaxed);
        } else if now.0.saturating_add(STEP_MS) < latest {
            self.latest.store(now.0, Ordering::Relaxed);
            self.bell.notify_one();
        }
    }

    /// Until it was set back.
    pub(crate) async fn set_back(&self) {
        self.bell.notified().await;
    }
}
