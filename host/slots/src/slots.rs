//! All slots of a host: the one for routing, and those that come into being when something is loaded there.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use patchbay_runtime::exchange::{Input, Output};
use patchbay_store::{Batch, Key, StoreExt, Stored};
use patchbay_types::{GenerationId, SlotKind, SlotName, stable_hash};
use tokio::sync::Notify;

use crate::activate::Load;
use crate::error::{LoadError, OpenError, OrderError, RemoveError};
use crate::generation::{Question, Unanswered};
use crate::observe::{Observed, Observer, channel};
use crate::record::{ChainRecord, SlotRecord};
use crate::slot::{Inner, Slot, SlotOptions};
use crate::view::GenerationView;

/// Slots of a host.
pub(crate) const SLOTS_MAX: usize = 200;

/// The handle of all slots. Cheap to clone.
#[derive(Clone)]
pub struct Slots {
    inner: Arc<Shared>,
}

struct Shared {
    options: Arc<SlotOptions>,
    observed: Observed,
    bell: Arc<Notify>,
    slots: ArcSwap<BTreeMap<SlotName, Slot>>,
    /// By kind, for those that are chains: in which order they are asked.
    orders: ArcSwap<BTreeMap<SlotKind, Vec<SlotName>>>,
    /// One at a time makes a slot or an order.
    turn: tokio::sync::Mutex<()>,
}

/// An answer, and who gave it.
#[derive(Clone, PartialEq, Debug)]
pub struct Answered {
    pub generation: GenerationId,
    pub output: Output,
}

impl Slots {
    /// Brings all slots back to what the store says of them; those that are late wait until somebody asks for them.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub async fn open(options: SlotOptions) -> Result<(Self, Observer), OpenError> {
        let (observed, observer) = channel();
        let all = Key::new().prefix();
        let rows: Vec<Stored<SlotRecord>> = options.store.list(all, SLOTS_MAX).await?;
        let mut records: BTreeMap<SlotName, SlotRecord> =
            rows.into_iter().map(|row| (row.record.slot.clone(), row.record)).collect();
        for default in &options.defaults {
            let fresh = || SlotRecord::fresh(default.slot.clone());
            records.entry(default.slot.clone()).or_insert_with(fresh);
        }
        let rows: Vec<Stored<ChainRecord>> = options.store.list(Key::new().prefix(), SLOTS_MAX).await?;
        let shared = Shared {
            options: Arc::new(options),
            observed,
            bell: Arc::default(),
            slots: ArcSwap::default(),
            orders: ArcSwap::default(),
            turn: tokio::sync::Mutex::new(()),
        };
        let slots = Self { inner: Arc::new(shared) };
        let mut open = BTreeMap::new();
        for (name, record) in records {
            let slot = slots.make(name.clone(), record);
            if !slot.inner.sleeps().await? {
                slot.inner.boot().await?;
            }
            open.insert(name, slot);
        }
        slots.inner.slots.store(Arc::new(open));
        let orders = rows.into_iter().filter_map(|row| Some((kind(&row.record.kind)?, row.record.order)));
        slots.inner.orders.store(Arc::new(orders.collect()));
        Ok((slots, observer))
    }

    /// In the order of their names.
    #[must_use]
    pub fn all(&self) -> Vec<Slot> {
        self.inner.slots.load().values().cloned().collect()
    }

    #[must_use]
    pub fn get(&self, name: &SlotName) -> Option<Slot> {
        self.inner.slots.load().get(name).cloned()
    }

    /// The slot that decides which provider is next. It is always there.
    #[must_use]
    pub fn routing(&self) -> Slot {
        let name = SlotName::routing();
        self.get(&name).unwrap_or_else(|| self.make(name.clone(), SlotRecord::fresh(name)))
    }

    /// Loads a component into a slot, which comes into being if it is not there; a chain's at its end.
    ///
    /// # Errors
    /// As [`Slot::load`]; a slot that did not exist then does not exist.
    pub async fn load(&self, name: &SlotName, load: Load) -> Result<GenerationView, LoadError> {
        if let Some(slot) = self.get(name) {
            return slot.load(load).await;
        }
        let _turn = self.inner.turn.lock().await;
        if let Some(slot) = self.get(name) {
            return slot.load(load).await;
        }
        if self.inner.slots.load().len() >= SLOTS_MAX {
            return Err(LoadError::TooManySlots(SLOTS_MAX));
        }
        let slot = self.make(name.clone(), SlotRecord::fresh(name.clone()));
        let view = slot.load(load).await?;
        self.inner.slots.rcu(|slots| {
            let mut slots = BTreeMap::clone(slots);
            slots.insert(name.clone(), slot.clone());
            slots
        });
        Ok(view)
    }

    /// Empties a slot and forgets it with its generations; calls that run end as they began. `routing` stays.
    ///
    /// # Errors
    /// See [`RemoveError`]; the slot then stays as it is.
    pub async fn remove(&self, name: &SlotName, actor: &str) -> Result<(), RemoveError> {
        if name.kind() == SlotKind::Routing {
            return Err(RemoveError::Routing);
        }
        let _turn = self.inner.turn.lock().await;
        let slot = self.get(name).ok_or_else(|| RemoveError::Unknown(name.clone()))?;
        slot.inner.forget_all(actor).await?;
        self.inner.slots.rcu(|slots| {
            let mut slots = BTreeMap::clone(slots);
            slots.remove(name);
            slots
        });
        Ok(())
    }

    /// The slots of a kind in the order in which they are asked; those that were never put in order come last, the
    /// host's own in its order before others.
    #[must_use]
    pub fn of(&self, kind: SlotKind) -> Vec<Slot> {
        let (slots, orders) = (self.inner.slots.load(), self.inner.orders.load());
        let order = orders.get(&kind);
        let defaults = &self.inner.options.defaults;
        let place = |name: &SlotName| {
            let ordered = order.and_then(|order| order.iter().position(|known| known == name));
            let own = || defaults.iter().position(|default| default.slot == *name);
            // Two lists, one behind the other, and then all others.
            ordered.map(|place| (0, place)).or_else(|| own().map(|place| (1, place))).unwrap_or((2, 0))
        };
        let mut of: Vec<Slot> = slots.values().filter(|slot| slot.name().kind() == kind).cloned().collect();
        of.sort_by_key(|slot| place(slot.name()));
        of
    }

    /// Sets the order in which a chain's slots are asked.
    ///
    /// # Errors
    /// The kind has no order, or not each of its slots is named once.
    pub async fn order(&self, kind: SlotKind, order: Vec<SlotName>) -> Result<(), OrderError> {
        if !kind.is_chain() {
            return Err(OrderError::NoChain(kind.as_str()));
        }
        let _turn = self.inner.turn.lock().await;
        let expected: Vec<SlotName> = self.of(kind).iter().map(|slot| slot.name().clone()).collect();
        let (mut sorted, mut named) = (expected.clone(), order.clone());
        sorted.sort();
        named.sort();
        if sorted != named {
            let expected = expected.iter().map(SlotName::as_str).collect::<Vec<_>>().join(", ");
            return Err(OrderError::Incomplete { kind: kind.as_str(), expected });
        }
        let record = ChainRecord { kind: kind.as_str().to_owned(), order: order.clone() };
        self.inner.options.store.commit(Batch::new().put(&record)?).await?;
        self.inner.orders.rcu(|orders| {
            let mut orders = BTreeMap::clone(orders);
            orders.insert(kind, order.clone());
            orders
        });
        Ok(())
    }

    /// Asks one after the other of a chain until one knows. One that fails, says that it does not know, or is not loaded
    /// yet, is passed over.
    pub async fn ask_chain(&self, kind: SlotKind, id: &str, input: &Input) -> Option<Answered> {
        for slot in self.of(kind) {
            let Some(pin) = slot.pin(stable_hash(id)).filter(|pin| pin.takes(input)) else { continue };
            let question = Question { id, input, session: None, time: None, granted: None };
            match pin.ask(question).await {
                Ok(Output::Diagnosis(None) | Output::Plan(None)) | Err(_) => {}
                Ok(output) => return Some(Answered { generation: pin.id(), output }),
            }
        }
        None
    }

    /// A secret was set, changed or removed: each generation in charge that may use it becomes a new one. One that does
    /// not start any more stays as it is, and that is logged.
    pub async fn secrets_changed(&self, secret: &str) {
        for slot in self.all() {
            if let Err(error) = slot.inner.renew_for(secret).await {
                tracing::error!(slot = %slot.name(), secret, %error, "the generation could not be renewed");
            }
        }
    }

    pub(crate) fn bell(&self) -> &Notify {
        &self.inner.bell
    }

    fn make(&self, name: SlotName, record: SlotRecord) -> Slot {
        let Shared { options, observed, bell, .. } = &*self.inner;
        let inner = Inner::new(name, options.clone(), observed.clone(), bell.clone(), record);
        Slot::new(inner)
    }
}

impl Slot {
    /// Asks whoever is in charge for this call; none if nobody is.
    ///
    /// # Errors
    /// See [`Unanswered`]: what happens then is the caller's affair.
    pub async fn ask(&self, id: &str, input: &Input) -> Option<(GenerationId, Result<Output, Unanswered>)> {
        let pin = self.pin(stable_hash(id))?;
        let question = Question { id, input, session: None, time: None, granted: None };
        Some((pin.id(), pin.ask(question).await))
    }
}

fn kind(name: &str) -> Option<SlotKind> {
    SlotKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}
