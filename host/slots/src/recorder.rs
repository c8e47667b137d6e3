//! What a slot remembers of its calls: every failure, and some of those that went well. Bounded in number and size; the
//! oldest go first.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_types::Monotonic;

use crate::recorded::Recorded;

/// Calls kept of a slot, and their size in bytes as JSON.
const CALLS_MAX: usize = 2_000;
const BYTES_MAX: usize = 16 << 20;
/// A call larger than this is not kept, in bytes.
const CALL_BYTES_MAX: usize = 1 << 20;
/// Kept in a second: calls that went well, and failures.
const GOOD_A_SECOND: u64 = 20;
const BAD_A_SECOND: u64 = 100;

#[derive(Default)]
pub(crate) struct Recorder {
    ring: Mutex<Ring>,
    good: Rate,
    bad: Rate,
}

#[derive(Default)]
struct Ring {
    calls: VecDeque<(usize, Arc<Recorded>)>,
    bytes: usize,
}

/// How many a second: the second in the upper half, the count in the lower.
#[derive(Default)]
struct Rate(AtomicU64);

impl Recorder {
    /// Whether a call that ends now is to be kept. Asked by every call: it costs one atomic addition.
    pub(crate) fn wants(&self, failed: bool, now: Monotonic) -> bool {
        match failed {
            true => self.bad.admits(BAD_A_SECOND, now),
            false => self.good.admits(GOOD_A_SECOND, now),
        }
    }

    pub(crate) fn keep(&self, recorded: Arc<Recorded>) {
        let size = serde_json::to_vec(&*recorded).map_or(usize::MAX, |json| json.len());
        if size > CALL_BYTES_MAX {
            return;
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.bytes += size;
        ring.calls.push_back((size, recorded));
        while ring.calls.len() > CALLS_MAX || ring.bytes > BYTES_MAX {
            let Some((size, _)) = ring.calls.pop_front() else { break };
            ring.bytes -= size;
        }
    }

    /// The newest first.
    pub(crate) fn newest(&self, limit: usize) -> Vec<Arc<Recorded>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.calls.iter().rev().take(limit).map(|(_, call)| call.clone()).collect()
    }

    pub(crate) fn find(&self, call: &str) -> Option<Arc<Recorded>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.calls.iter().rev().find(|(_, recorded)| recorded.call == call).map(|(_, found)| found.clone())
    }
}

impl Rate {
    /// Two threads at the turn of a second may let one too many through.
    fn admits(&self, most: u64, now: Monotonic) -> bool {
        let second = now.0.as_secs() & 0xffff_ffff;
        let before = self.0.load(Ordering::Relaxed);
        if before >> 32 != second {
            self.0.store((second << 32) | 1, Ordering::Relaxed);
            return true;
        }
        before & 0xffff_ffff < most && self.0.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff < most
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_a_second_and_no_more() {
        let rate = Rate::default();
        let at = |millis| Monotonic(Duration::from_millis(millis));
        let kept = (0..100).filter(|_| rate.admits(20, at(1_500))).count();
        assert_eq!(kept, 20);
        assert!(rate.admits(20, at(2_000)));
    }
}
