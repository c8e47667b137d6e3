//! What a guest may use. The host's figures; a manifest may only ask for less.

use std::time::Duration;

/// An epoch: the grain of every deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Depth of the guest's own stack, in bytes.
pub(crate) const STACK_BYTES: usize = 512 * 1024;
/// Bytes that one call may have lifted out of the guest, and lowered by its host calls.
pub(crate) const HOSTCALL_FUEL: usize = 1024 * 1024;
/// Handles of resources that a guest may hold at one time.
pub(crate) const HANDLES: usize = 1_000;
/// Tables of an instance, and entries of each.
pub(crate) const TABLES: usize = 4;
pub(crate) const TABLE_ELEMENTS: usize = 10_000;
/// Core instances inside one component: its own module and the adapters around it.
pub(crate) const CORE_INSTANCES: usize = 8;
/// A guest's log: bytes of a line, and of a second.
pub(crate) const LOG_LINE_BYTES: usize = 4 * 1024;
pub(crate) const LOG_SECOND_BYTES: usize = 64 * 1024;

/// The limits of one loaded component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Linear memory of an instance, in bytes.
    pub memory_bytes: usize,
    /// Time of a call, rounded up to whole epochs.
    pub deadline: Duration,
    /// Time of an instantiation when the component is loaded.
    pub start_deadline: Duration,
    /// Instances that are kept ready.
    pub warm_instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            deadline: Duration::from_millis(100),
            start_deadline: Duration::from_secs(1),
            warm_instances: 16,
        }
    }
}

impl Limits {
    /// These limits, lowered to what a manifest asks for.
    #[must_use]
    pub fn lowered(self, memory_bytes: Option<u64>, deadline: Option<Duration>) -> Self {
        let asked = memory_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        Self {
            memory_bytes: asked.map_or(self.memory_bytes, |bytes| bytes.min(self.memory_bytes)),
            deadline: deadline.map_or(self.deadline, |asked| asked.min(self.deadline)),
            ..self
        }
    }
}

/// How many epochs a deadline takes, at least one.
pub(crate) fn ticks(deadline: Duration) -> u64 {
    u64::try_from(deadline.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX).max(1)
}
