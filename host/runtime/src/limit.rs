//! What a guest may use. The host's figures; a manifest may only ask for less.

use std::time::Duration;

/// An epoch: the grain of every deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Depth of the guest's own stack, in bytes.
pub(crate) const STACK_BYTES: usize = 512 * 1024;
/// Bytes that one call may have lifted out of the guest, and lowered by its host calls.
const HOSTCALL_FUEL: usize = 1024 * 1024;
/// Questions to the host in one call, before it is held to a pace or refused: see [`Limits::host_calls_per_second`].
pub(crate) const HOST_CALLS: u32 = 10_000;
/// The longest that one of them may take; most have a shorter time of their own.
pub(crate) const HOST_CALL_TIME: Duration = Duration::from_secs(150);
/// Bytes of one blob, of all blobs of a call, and of one reading.
pub(crate) const BLOB_BYTES: usize = 16 << 20;
pub(crate) const BLOBS_BYTES: usize = 64 << 20;
pub(crate) const BLOB_READ_BYTES: usize = 256 << 10;
/// How long a call waits for its turn when as many run as may.
pub(crate) const TURN_TIME: Duration = Duration::from_secs(5);
/// Handles of resources that a guest may hold at one time.
pub(crate) const HANDLES: usize = 1_000;
/// What instances of a class may have besides memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Core instances inside one component: its own modules and the adapters around them.
    pub(crate) core_instances: usize,
    pub(crate) tables: usize,
    /// Entries of each table.
    pub(crate) table_elements: usize,
    /// Instances at one time.
    pub(crate) instances: u32,
}

/// For what is compiled to WebAssembly.
pub(crate) const SLIM: Room = Room { core_instances: 8, tables: 4, table_elements: 10_000, instances: 256 };
/// For a language's whole runtime: JavaScript, Python.
pub(crate) const FAT: Room = Room { core_instances: 64, tables: 16, table_elements: 100_000, instances: 24 };

/// A guest's log: bytes of a line, and of a second.
pub(crate) const LOG_LINE_BYTES: usize = 4 * 1024;
pub(crate) const LOG_SECOND_BYTES: usize = 64 * 1024;

/// The limits of one loaded component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Linear memory of an instance, in bytes.
    pub memory_bytes: usize,
    /// The guest's own time in a call, rounded up to whole epochs.
    pub deadline: Duration,
    /// A call's time in all, with what the host does for it.
    pub call_time: Duration,
    /// Time of an instantiation when the component is loaded.
    pub start_deadline: Duration,
    /// Instances that are kept ready, if the plugin is pure.
    pub warm_instances: usize,
    /// Calls at one time, if the plugin is not pure.
    pub concurrency: usize,
    /// Bytes that one call may have lifted out of the guest, and lowered by its host calls.
    pub hostcall_fuel: usize,
    /// How many questions to the host a second are answered once the first 10,000 of a call are used up; what comes sooner
    /// waits. None: no more are.
    pub host_calls_per_second: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            deadline: Duration::from_millis(100),
            call_time: Duration::from_millis(200),
            start_deadline: Duration::from_secs(1),
            warm_instances: 16,
            concurrency: 8,
            hostcall_fuel: HOSTCALL_FUEL,
            host_calls_per_second: None,
        }
    }
}

impl Limits {
    /// These limits, lowered to what a manifest asks for.
    #[must_use]
    pub fn lowered(
        self,
        memory_bytes: Option<u64>,
        deadline: Option<Duration>,
        concurrency: Option<usize>,
    ) -> Self {
        let memory = memory_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        Self {
            memory_bytes: memory.map_or(self.memory_bytes, |bytes| bytes.min(self.memory_bytes)),
            deadline: deadline.map_or(self.deadline, |asked| asked.min(self.deadline)),
            concurrency: concurrency.map_or(self.concurrency, |asked| asked.min(self.concurrency)),
            ..self
        }
    }
}

/// How many epochs a deadline takes, at least one.
pub(crate) fn ticks(deadline: Duration) -> u64 {
    u64::try_from(deadline.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX).max(1)
}
