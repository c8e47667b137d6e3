//! What of memory and tables one instance may have, and whether it was refused more. It does not know what the guest made
//! of the refusal.

use wasmtime::{ResourceLimiter, Result, StoreLimits, StoreLimitsBuilder};

use crate::limit::{Limits, Room};

pub(crate) struct Growth {
    limits: StoreLimits,
    /// Whether memory was refused in this call. What is granted after that changes nothing: a guest that gives up wants a
    /// little more for its last words.
    refused: bool,
}

impl Growth {
    pub(crate) fn new(limits: &Limits, room: Room) -> Self {
        let limits = StoreLimitsBuilder::new()
            .memory_size(limits.memory_bytes)
            .memories(1)
            .tables(room.tables)
            .table_elements(room.table_elements)
            .instances(room.core_instances)
            .build();
        Self { limits, refused: false }
    }

    /// A call begins: what was refused before says nothing of it.
    pub(crate) fn begin(&mut self) {
        self.refused = false;
    }

    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let granted = self.limits.memory_growing(current, desired, maximum)?;
        self.refused |= !granted;
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.refused = true;
        self.limits.memory_grow_failed(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.limits.table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}
