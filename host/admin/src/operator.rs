//! The operator's desk. Every change goes the same way: its turn, its check, the store, then the handles that act on
//! it. A change runs to its end even if whoever asked for it goes away, so the store and the host never differ.

mod call;
mod config;
mod cooldown;
mod definition;
mod export;
mod import;
mod key;
mod listing;
mod model;
mod probe;
mod problem;
mod provider;
mod rotate;
mod schedule;
mod secret;
mod skill;
mod slot;
mod status;
mod task;
mod todos;
mod usage;
mod vault;

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use arc_swap::{ArcSwap, ArcSwapOption};
use patchbay_engine::Engine;
use patchbay_meter::Meter;
use patchbay_pool::Pool;
use patchbay_proxy::Keyring;
use patchbay_registry::ComponentStore;
use patchbay_runtime::Runtime;
use patchbay_slots::Slots;
use patchbay_store::{Batch, ReadError, Store};
use patchbay_types::{Audit, Bytes, Clock, Event, Monotonic, Timestamp};
use patchbay_vault::Vault;
use tokio_util::task::TaskTracker;

use crate::book::ByHand;
use crate::metrics::GatewayCounts;
use crate::retention::Moving;
use crate::{OperatorError, book};
pub use config::{ConfigPort, ConfigProposal, ConfigRefused, Proposing};
use definition::Definitions;
use key::Keys;
use model::alias::Aliases;
pub(crate) use provider::{health, serves};
pub use secret::{BoundSecret, SecretBook};
pub use skill::{RunningSkill, SkillPort};

/// What the desk is made from: the handles of a host.
pub struct OperatorParts {
    pub store: Arc<dyn Store>,
    pub vault: Arc<Vault>,
    pub pool: Pool,
    /// Of the book that the pool tells of its cooldowns.
    pub by_hand: ByHand,
    pub keyring: Keyring,
    pub slots: Slots,
    /// The components of all generations.
    pub components: ComponentStore,
    pub meter: Arc<Meter>,
    pub runtime: Runtime,
    /// Tasks, problems and fixes. Whoever wired the host starts and closes it.
    pub engine: Engine,
    pub clock: Arc<dyn Clock>,
    pub version: &'static str,
    /// The largest component that is taken in for loading.
    pub component_bytes_max: Bytes,
}

/// Changes what the host is told, and shows what it is and does. Cheap to clone.
#[derive(Clone)]
pub struct Operator {
    desk: Arc<Desk>,
}

/// A handle that does not keep the desk: for those whom it holds itself.
#[derive(Clone)]
pub struct WeakOperator {
    desk: Weak<Desk>,
}

impl WeakOperator {
    /// None: it is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Operator> {
        Some(Operator { desk: self.desk.upgrade()? })
    }
}

pub(crate) struct Desk {
    parts: OperatorParts,
    /// One change at a time, from its check to the handles. Held over awaits on purpose; no request waits for it.
    turn: tokio::sync::Mutex<()>,
    /// As the store has them; replaced by the change whose turn it is.
    definitions: ArcSwap<Definitions>,
    aliases: ArcSwap<Aliases>,
    keys: ArcSwap<Keys>,
    /// Held by readers of usage, and by the task that makes days of hours for each of its commits.
    moving: Moving,
    /// Clones of it are with those who send plugins' requests.
    secrets: SecretBook,
    /// The same providers once more, for tests: those spend no token and judge no health.
    probes: Pool,
    /// Changes that run. They end by themselves; `close` waits for them.
    changes: TaskTracker,
    /// Whoever wired the host holds the other end; weakly, because it holds this desk.
    config: OnceLock<Weak<dyn ConfigPort>>,
    /// Who runs a skill by hand; none where nobody wired one.
    skills: OnceLock<Arc<dyn SkillPort>>,
    /// Why the configuration that is written is not in use.
    config_problem: ArcSwapOption<String>,
    /// What the host says of where it listens.
    address: Mutex<serde_json::Value>,
    started: (Timestamp, Monotonic),
    /// Until the gateway is there, and after `close`, none.
    gateway: ArcSwapOption<GatewayCounts>,
}

impl Operator {
    /// Reads providers, aliases, keys, secrets, cooldowns and fills from the store into the pool, the keyring and the book. A
    /// credential that does not open leaves its provider dead, with the reason.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub async fn open(parts: OperatorParts) -> Result<Self, ReadError> {
        let secrets = SecretBook::open(&*parts.store, &parts.vault).await?;
        Self::with_secrets(parts, secrets).await
    }

    /// [`open`](Self::open) with a book of the same store that somebody else holds already.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub async fn with_secrets(parts: OperatorParts, secrets: SecretBook) -> Result<Self, ReadError> {
        let definitions = Definitions::read(&*parts.store, &parts.vault).await?;
        let keys = Keys::read(&*parts.store).await?;
        let aliases = Aliases::read(&*parts.store).await?;
        let started = (parts.clock.wall(), parts.clock.monotonic());
        let probes = probe::pool(&parts.pool.config(), parts.clock.clone());
        let desk = Desk {
            parts,
            turn: tokio::sync::Mutex::new(()),
            definitions: ArcSwap::default(),
            aliases: ArcSwap::from_pointee(aliases),
            keys: ArcSwap::default(),
            moving: Moving::default(),
            secrets,
            probes,
            changes: TaskTracker::new(),
            config: OnceLock::new(),
            skills: OnceLock::new(),
            config_problem: ArcSwapOption::empty(),
            address: Mutex::default(),
            started,
            gateway: ArcSwapOption::empty(),
        };
        desk.define(definitions);
        desk.enroll(keys);
        desk.restore_spent().await?;
        book::restore(&*desk.parts.store, &desk.parts.pool).await?;
        Ok(Self { desk: Arc::new(desk) })
    }

    #[must_use]
    pub fn downgrade(&self) -> WeakOperator {
        WeakOperator { desk: Arc::downgrade(&self.desk) }
    }

    /// From now on the metrics show what the gateway counts.
    pub fn watch(&self, gateway: GatewayCounts) {
        self.desk.gateway.store(Some(Arc::new(gateway)));
    }

    /// Takes no more changes, and waits for those that run. The gateway is let go of.
    pub async fn close(&self) {
        self.desk.gateway.store(None);
        self.desk.changes.close();
        self.desk.changes.wait().await;
    }

    /// What `status` shows as the host's addresses.
    pub fn announce(&self, address: serde_json::Value) {
        *self.desk.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    #[must_use]
    pub fn component_bytes_max(&self) -> Bytes {
        self.desk.parts.component_bytes_max
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Runs a change to its end, whoever waits for it.
    async fn change<T, F>(&self, work: impl FnOnce(Arc<Desk>) -> F) -> Result<T, OperatorError>
    where
        F: Future<Output = Result<T, OperatorError>> + Send + 'static,
        T: Send + 'static,
    {
        if self.desk.changes.is_closed() {
            return Err(OperatorError::ShuttingDown);
        }
        let running = self.desk.changes.spawn(work(Arc::clone(&self.desk)));
        running.await.map_err(|error| {
            tracing::error!(%error, "a change broke off");
            OperatorError::BrokeOff
        })?
    }
}

impl Desk {
    pub(crate) fn parts(&self) -> &OperatorParts {
        &self.parts
    }

    /// None while there is no gateway.
    pub(crate) fn gateway(&self) -> Option<Arc<GatewayCounts>> {
        self.gateway.load_full()
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.wall()
    }

    fn event(&self, kind: &str, subject: &str, message: String) -> Event {
        Event { at: self.now(), kind: kind.to_owned(), subject: subject.to_owned(), message }
    }

    /// Who has said what, where the store has no transaction to share with what it did.
    async fn write_down(&self, audits: Vec<Audit>) -> Result<(), OperatorError> {
        if audits.is_empty() {
            return Ok(());
        }
        self.parts.store.commit(audits.into_iter().fold(Batch::new(), Batch::audit)).await?;
        Ok(())
    }

    fn audit(&self, actor: &str, action: &str, subject: &str, detail: String) -> Audit {
        Audit {
            at: self.now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
        }
    }
}
