//! What plugins of each kind may use on this host.

use std::time::Duration;

use patchbay_registry::Ceiling;
use patchbay_runtime::Limits;
use patchbay_types::{Bytes, SlotKind};

/// The guest's own time, and the time of a call in all, for plugins that ask their host.
const OWN_TIME: Duration = Duration::from_secs(30);
const SOURCE_TIME: Duration = Duration::from_secs(60);
const CALL_TIME: Duration = Duration::from_secs(5 * 60);
/// A run takes as long as its task says; this is the most.
const RUN_OWN_TIME: Duration = Duration::from_secs(60 * 60);
const RUN_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// A language's runtime takes longer to start.
const FAT_START: Duration = Duration::from_secs(10);
const SKILL_HOSTCALL_FUEL: usize = 4 << 20;
/// What a run that asks its host all the time is held to, once it has asked as often as any call may.
const RUN_CALLS_PER_SECOND: u32 = 100;

/// The host's figures; a manifest may only ask for less.
#[derive(Clone, Copy, Debug)]
pub struct HostLimits {
    /// For what decides at once: routing policies, analyzers of upstream errors.
    pub pure: Limits,
    /// Linear memory of an instance of the fat class, in bytes.
    pub fat_memory_bytes: usize,
    /// Calls of one plugin at one time, if it is not pure.
    pub concurrency: usize,
}

impl HostLimits {
    pub(crate) fn of(&self, kind: SlotKind, pure: bool, fat: bool) -> Limits {
        let memory_bytes = if fat { self.fat_memory_bytes } else { self.pure.memory_bytes };
        let start_deadline = if fat { FAT_START } else { self.pure.start_deadline };
        let base = Limits { memory_bytes, start_deadline, concurrency: self.concurrency, ..self.pure };
        match (pure, kind) {
            (true, _) => base,
            (false, SlotKind::Skills) => Limits {
                deadline: RUN_OWN_TIME,
                call_time: RUN_TIME,
                hostcall_fuel: SKILL_HOSTCALL_FUEL,
                host_calls_per_second: Some(RUN_CALLS_PER_SECOND),
                ..base
            },
            (false, SlotKind::Sources) => Limits { deadline: SOURCE_TIME, call_time: CALL_TIME, ..base },
            (false, _) => Limits { deadline: OWN_TIME, call_time: CALL_TIME, ..base },
        }
    }
}

pub(crate) fn ceiling(limits: &Limits) -> Ceiling {
    Ceiling {
        memory: Bytes(limits.memory_bytes as u64),
        deadline: limits.deadline,
        concurrency: u32::try_from(limits.concurrency).unwrap_or(u32::MAX),
    }
}
