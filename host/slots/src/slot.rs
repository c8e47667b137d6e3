//! One slot: what it is made of, and the pin that every call takes. Changes live in `activate` and `promote`, what
//! happens at start in `boot`, what is filled only when somebody asks in `late`, what happens by itself in `watch`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use patchbay_registry::{ComponentStore, Index, ScanLimits, Trust};
use patchbay_runtime::Runtime;
use patchbay_store::Store;
use patchbay_types::{Clock, Grants, Handles, SlotName};
use tokio::sync::Notify;

use crate::budget::BudgetLimits;
use crate::generation::{Generation, Pinned};
use crate::late::Asleep;
use crate::limit::HostLimits;
use crate::observe::Observed;
use crate::own::Own;
use crate::prepare::Known;
use crate::record::SlotRecord;
use crate::recorder::Recorder;
use crate::trial::Trial;

/// Generations whose counters can still be shown, besides the active one.
pub(crate) const RECENT_MAX: usize = 16;
/// Generations that the store remembers.
pub(crate) const HISTORY_MAX: u64 = 200;

/// What all slots of a host share.
pub struct SlotOptions {
    pub store: Arc<dyn Store>,
    pub runtime: Runtime,
    pub components: ComponentStore,
    /// What the components are called, and who signed them.
    pub index: Index,
    pub clock: Arc<dyn Clock>,
    pub scan: ScanLimits,
    pub limits: HostLimits,
    pub budget: BudgetLimits,
    /// Whose components are loaded, and whether unsigned ones are.
    pub trust: Trust,
    /// What the secrets are that a plugin may use, as one text that changes when one of them does.
    pub secrets: Fingerprints,
    /// Slots that are filled when the host is fresh.
    pub defaults: Vec<Default>,
}

/// From the names of secrets to one text that changes when one of them does.
pub type Fingerprints = Arc<dyn Fn(&[String]) -> String + Send + Sync>;

/// What fills a slot by itself, and what the operator has set for it in the host's configuration.
#[derive(Clone, Debug)]
pub struct Default {
    pub slot: SlotName,
    /// A bundled component.
    pub own: Own,
    /// As JSON; none leaves it to whoever loads a plugin.
    pub config: Option<String>,
    /// What the component gets beyond what its manifest asks for, for as long as nobody loads another.
    pub granted: Grants,
    /// It is not loaded at start, but when somebody asks for it with [`Slot::wake`].
    pub late: bool,
}

/// A place that a plugin fills. Cheap to clone.
#[derive(Clone)]
pub struct Slot {
    pub(crate) inner: Arc<Inner>,
    /// The same, for pins.
    held: Arc<Handles<Inner>>,
}

pub(crate) struct Inner {
    pub(crate) name: SlotName,
    pub(crate) options: Arc<SlotOptions>,
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the next call pins. None: the slot's failure mode answers.
    active: ArcSwapOption<Handles<Generation>>,
    /// That it is not filled yet, because nobody has asked for it; none once it is.
    pub(crate) asleep: ArcSwapOption<Asleep>,
    /// Who is tried beside it.
    pub(crate) trial: ArcSwapOption<Trial>,
    pub(crate) recorder: Recorder,
    pub(crate) observed: Observed,
    pub(crate) known: Arc<Known>,
    /// Whose turn it is to change the slot, and what the store says of it: one change at a time, each stored before it
    /// is seen. Held over awaits on purpose; no call ever waits for it.
    pub(crate) turn: tokio::sync::Mutex<SlotRecord>,
    /// The last generations that were replaced; some may still be held by calls.
    pub(crate) recent: Mutex<VecDeque<Arc<Generation>>>,
    /// Rung by a generation of any slot that has used up its budget; `watch` waits for it.
    pub(crate) bell: Arc<Notify>,
}

impl Slot {
    pub(crate) fn new(inner: Inner) -> Self {
        let inner = Arc::new(inner);
        Self { held: Arc::new(Handles::new(Arc::clone(&inner))), inner }
    }

    /// The generation for whoever has this key, held until the pin is dropped: the active one, or while a canary runs,
    /// for some keys, the candidate. None when the slot's failure mode answers.
    #[must_use]
    pub fn pin(&self, key: u64) -> Option<Pinned> {
        let inner = &self.inner;
        if let Some(trial) = &*inner.trial.load()
            && trial.decides_for(key)
        {
            return Some(Pinned::new(self.held.hold(), trial.hold()));
        }
        let active = inner.active.load();
        active.as_ref().map(|generation| Pinned::new(self.held.hold(), generation.hold()))
    }

    #[must_use]
    pub fn name(&self) -> &SlotName {
        &self.inner.name
    }
}

impl Inner {
    pub(crate) fn new(
        name: SlotName,
        options: Arc<SlotOptions>,
        observed: Observed,
        bell: Arc<Notify>,
        record: SlotRecord,
    ) -> Self {
        Self {
            name,
            runtime: options.runtime.clone(),
            clock: options.clock.clone(),
            options,
            active: ArcSwapOption::empty(),
            asleep: ArcSwapOption::empty(),
            trial: ArcSwapOption::empty(),
            recorder: Recorder::default(),
            observed,
            known: Arc::default(),
            turn: tokio::sync::Mutex::new(record),
            recent: Mutex::default(),
            bell,
        }
    }

    /// What fills this slot by itself.
    pub(crate) fn default(&self) -> Option<&Default> {
        self.options.defaults.iter().find(|default| default.slot == self.name)
    }

    /// The generation that the next call takes.
    pub(crate) fn in_charge(&self) -> Option<Arc<Generation>> {
        self.active.load().as_ref().map(|generation| Arc::clone(generation.value()))
    }

    /// Puts a generation in charge: the next call takes it, those that run keep theirs.
    pub(crate) fn install(&self, generation: Option<Arc<Generation>>) {
        let generation = generation.map(|generation| Arc::new(Handles::new(generation)));
        let old = self.active.swap(generation);
        self.asleep.store(None);
        let Some(old) = old else { return };
        self.let_go(Arc::clone(old.value()));
    }

    /// A generation that is asked no more, but by those who hold it.
    pub(crate) fn let_go(&self, old: Arc<Generation>) {
        old.plugin.cool();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(old);
        if recent.len() > RECENT_MAX {
            recent.pop_front();
        }
    }
}
