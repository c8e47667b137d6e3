//! The routing slot: what it is made of, and the pin that every request takes. Changes live in `activate`, what
//! happens at start in `boot`, what happens by itself in `watch`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use patchbay_registry::{ComponentStore, ScanLimits};
use patchbay_runtime::{Limits, Runtime};
use patchbay_store::Store;
use patchbay_types::{Clock, SlotName};
use tokio::sync::Notify;

use crate::budget::BudgetLimits;
use crate::generation::{Generation, Pinned};
use crate::record::SlotRecord;

/// Generations whose counters can still be shown, besides the active one.
pub(crate) const RECENT_MAX: usize = 16;
/// Generations that the store remembers.
pub(crate) const HISTORY_MAX: u64 = 200;

/// What a slot is made from.
pub struct SlotOptions {
    pub name: SlotName,
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    pub components: ComponentStore,
    pub clock: Arc<dyn Clock>,
    pub scan: ScanLimits,
    pub limits: Limits,
    pub budget: BudgetLimits,
    /// The operator's configuration for the plugin, as JSON.
    pub config: String,
    /// The component that fills the slot of a fresh host.
    pub bundled: Vec<u8>,
}

/// The slot that decides which provider is next. Cheap to clone.
#[derive(Clone)]
pub struct RoutingSlot {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) options: SlotOptions,
    /// What the next request pins. None: the caller's native policy decides.
    pub(crate) active: ArcSwapOption<Generation>,
    /// Whose turn it is to change the slot, and what the store says of it: one change at a time, each stored before it
    /// is seen. Held over awaits on purpose; no request ever waits for it.
    pub(crate) turn: tokio::sync::Mutex<SlotRecord>,
    /// The last generations that were replaced; some may still be held by requests.
    pub(crate) recent: Mutex<VecDeque<Arc<Generation>>>,
    /// Rung by a generation that has used up its budget; `watch` waits for it.
    pub(crate) bell: Arc<Notify>,
}

impl RoutingSlot {
    /// The active generation, held until the pin is dropped; none when the native policy is in charge.
    #[must_use]
    pub fn pin(&self) -> Option<Pinned> {
        self.inner.active.load_full().map(Pinned::new)
    }

    #[must_use]
    pub fn name(&self) -> &SlotName {
        &self.inner.options.name
    }
}

impl Inner {
    pub(crate) fn new(options: SlotOptions, record: SlotRecord) -> Self {
        Self {
            options,
            active: ArcSwapOption::empty(),
            turn: tokio::sync::Mutex::new(record),
            recent: Mutex::default(),
            bell: Arc::default(),
        }
    }

    /// Puts a generation in charge: the next request takes it, those that run keep theirs.
    pub(crate) fn install(&self, generation: Option<Arc<Generation>>) {
        let Some(old) = self.active.swap(generation) else { return };
        old.policy.cool();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(old);
        if recent.len() > RECENT_MAX {
            recent.pop_front();
        }
    }
}
