//! What every request is served with.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use patchbay_meter::Meter;
use patchbay_pool::Pool;
use patchbay_slots::Slot;
use patchbay_types::Clock;
use tokio::sync::mpsc;

use crate::keyring::Keyring;
use crate::settle::{Late, Receipt};

/// The handle that the accept loop serves from. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
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

struct Shared {
    parts: GatewayParts,
    options: ArcSwap<GatewayOptions>,
}

/// What a gateway is made from: the handles of the crates below.
pub struct GatewayParts {
    pub pool: Pool,
    /// Whose policy decides.
    pub slot: Slot,
    pub meter: Arc<Meter>,
    pub keyring: Keyring,
    pub clock: Arc<dyn Clock>,
    /// The JSON that `GET /health` answers with.
    pub health: HealthReport,
}

/// Says how the host is, without waiting for anything.
pub type HealthReport = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatewayOptions {
    /// A request's body, in bytes.
    pub body_bytes_max: usize,
    /// Until a request's body is there.
    pub body_timeout: Duration,
    pub attempts_max: u32,
    /// All attempts of a request together, to the first byte of its answer.
    pub deadline: Duration,
    /// Longest gap in a stream.
    pub silence: Duration,
    /// A whole JSON answer.
    pub total: Duration,
    /// Leaves the slot aside: the native policy decides.
    pub native_policy: bool,
}

/// Receipts that may wait to be settled after their clients left.
const LATE_MAX: usize = 4096;

impl Gateway {
    /// The gateway, and the loop that settles for clients that went away.
    #[must_use]
    pub fn new(parts: GatewayParts, options: GatewayOptions) -> (Self, Late) {
        let (late, receipts) = mpsc::channel(LATE_MAX);
        let shared = Shared { parts, options: ArcSwap::from_pointee(options) };
        (Self { shared: Arc::new(shared), late }, Late::new(receipts))
    }

    /// Requests are served with these from now on; an answer that has begun ends as it began.
    pub fn reconfigure(&self, options: GatewayOptions) {
        self.shared.options.store(Arc::new(options));
    }

    #[must_use]
    pub fn options(&self) -> Arc<GatewayOptions> {
        self.shared.options.load_full()
    }

    pub(crate) fn downgrade(&self) -> Known {
        Known { shared: Arc::downgrade(&self.shared), late: self.late.clone() }
    }

    pub(crate) fn late(&self) -> &mpsc::Sender<Box<Receipt>> {
        &self.late
    }
}

impl Known {
    pub(crate) fn upgrade(&self) -> Option<Gateway> {
        Some(Gateway { shared: self.shared.upgrade()?, late: self.late.clone() })
    }
}

impl std::ops::Deref for Gateway {
    type Target = GatewayParts;

    fn deref(&self) -> &GatewayParts {
        &self.shared.parts
    }
}
