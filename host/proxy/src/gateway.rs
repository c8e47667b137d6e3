//! What every request is served with.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use patchbay_meter::Meter;
use patchbay_pool::Pool;
use patchbay_slots::{Slot, Slots};
use patchbay_types::{Clock, Handle, Handles};
use tokio::sync::mpsc;

use crate::keyring::Keyring;
use crate::receipt::{Late, Receipt};
use crate::stages::{StageTimes, Stages};
use crate::tab::TabPort;
use crate::trace::TracePort;
use crate::wait::Waiting;

/// The handle that the accept loop serves from. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    door: Arc<Door>,
}

/// The way into a gateway. Each connection has its own: its requests count their handles in a place that no other
/// processor writes.
struct Door {
    shared: Arc<Shared>,
    /// Receipts of requests whose client went away; [`Late`] holds the other end.
    late: mpsc::Sender<Box<Receipt>>,
}

/// A gateway that may be gone.
#[derive(Clone)]
pub(crate) struct Known {
    shared: Weak<Shared>,
    late: mpsc::Sender<Box<Receipt>>,
}

pub(crate) struct Shared {
    parts: GatewayParts,
    /// A request keeps those that it began with.
    options: ArcSwap<Handles<GatewayOptions>>,
    pub(crate) stages: Stages,
    pub(crate) waiting: Waiting,
}

/// What a gateway is made from: the handles of the crates below.
pub struct GatewayParts {
    pub pool: Pool,
    /// Whose policy decides.
    pub slot: Slot,
    /// Whose analyzers judge answers.
    pub slots: Slots,
    pub meter: Arc<Meter>,
    pub keyring: Keyring,
    pub clock: Arc<dyn Clock>,
    /// Whom a client's request may be for; none: for nobody but its key's holder.
    pub tabs: Option<Arc<dyn TabPort>>,
    /// None: nobody wants traces.
    pub traces: Option<Arc<dyn TracePort>>,
    /// The JSON that `GET /health` answers with.
    pub health: HealthReport,
}

/// Says how the host is, without waiting for anything.
pub type HealthReport = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayOptions {
    /// A request's body, in bytes.
    pub body_bytes_max: usize,
    /// Until a request's body is there.
    pub body_timeout: Duration,
    /// The slowest that a body may come, in bytes a second, after its first seconds.
    pub body_rate_min: u64,
    pub attempts_max: u32,
    /// All attempts of a request together, to the first byte of its answer; waiting for a provider is part of it.
    pub deadline: Duration,
    /// Leaves the slot aside: the native policy decides.
    pub native_policy: bool,
    /// What is done when no provider is available, unless the policy says otherwise.
    pub exhausted: Exhausted,
    /// Requests that may wait for a provider at one time.
    pub waiting_max: usize,
    /// How long each of them may wait.
    pub wait: Duration,
    /// Paths below `/v1/` that are passed on beside the endpoints: their beginnings, or `*` for all.
    pub pass_through: Arc<[String]>,
}

/// What is done with a request that nobody can take now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exhausted {
    /// Wait for the first provider to come back, if that is soon enough.
    Wait,
    /// A few requests go to providers that cool down all the same.
    Emergency,
    /// Answer 503 at once.
    Reject,
}

/// Receipts that may wait to be settled after their clients left.
const LATE_MAX: usize = 4096;

impl Gateway {
    /// The gateway, and the loop that settles for clients that went away.
    #[must_use]
    pub fn new(parts: GatewayParts, options: GatewayOptions) -> (Self, Late) {
        let (late, receipts) = mpsc::channel(LATE_MAX);
        let shared = Shared {
            parts,
            options: ArcSwap::from_pointee(Handles::new(options)),
            stages: Stages::new(),
            waiting: Waiting::default(),
        };
        (Self::through(Arc::new(shared), late), Late::new(receipts))
    }

    /// Requests that begin from now on are served with these.
    pub fn reconfigure(&self, options: GatewayOptions) {
        self.door.shared.options.store(Arc::new(Handles::new(options)));
    }

    #[must_use]
    pub fn options(&self) -> Handle<GatewayOptions> {
        self.door.shared.options.load().hold()
    }

    /// Where the time of requests went, since the start.
    #[must_use]
    pub fn stage_times(&self) -> Vec<StageTimes> {
        self.door.shared.stages.read()
    }

    /// Requests that wait for a provider now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.door.shared.waiting.count()
    }

    pub(crate) fn downgrade(&self) -> Known {
        Known { shared: Arc::downgrade(&self.door.shared), late: self.door.late.clone() }
    }

    /// The same gateway by a door of its own.
    pub(crate) fn apart(&self) -> Self {
        Self::through(Arc::clone(&self.door.shared), self.door.late.clone())
    }

    fn through(shared: Arc<Shared>, late: mpsc::Sender<Box<Receipt>>) -> Self {
        Self { door: Arc::new(Door { shared, late }) }
    }

    pub(crate) fn late(&self) -> &mpsc::Sender<Box<Receipt>> {
        &self.door.late
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.door.shared
    }
}

impl Known {
    pub(crate) fn upgrade(&self) -> Option<Gateway> {
        Some(Gateway::through(self.shared.upgrade()?, self.late.clone()))
    }
}

impl Exhausted {
    /// As a policy says it; a word that is not known rejects.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "wait" => Self::Wait,
            "emergency" => Self::Emergency,
            _ => Self::Reject,
        }
    }
}

impl std::ops::Deref for Gateway {
    type Target = GatewayParts;

    fn deref(&self) -> &GatewayParts {
        &self.door.shared.parts
    }
}
