//! What every request is served with.

use std::sync::{Arc, Weak};
use std::time::Duration;

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
    parts: Arc<GatewayParts>,
    /// Receipts of requests whose client went away; [`Late`] holds the other end.
    late: mpsc::Sender<Box<Receipt>>,
}

/// A gateway that may be gone.
#[derive(Clone)]
pub(crate) struct Known {
    parts: Weak<GatewayParts>,
    late: mpsc::Sender<Box<Receipt>>,
}

/// What a gateway is made from: the handles of the crates below.
pub struct GatewayParts {
    pub pool: Pool,
    /// Whose policy decides.
    pub slot: Slot,
    pub meter: Arc<Meter>,
    pub keyring: Keyring,
    pub clock: Arc<dyn Clock>,
    pub options: GatewayOptions,
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
    pub fn new(parts: GatewayParts) -> (Self, Late) {
        let (late, receipts) = mpsc::channel(LATE_MAX);
        (Self { parts: Arc::new(parts), late }, Late::new(receipts))
    }

    pub(crate) fn downgrade(&self) -> Known {
        Known { parts: Arc::downgrade(&self.parts), late: self.late.clone() }
    }

    pub(crate) fn late(&self) -> &mpsc::Sender<Box<Receipt>> {
        &self.late
    }
}

impl Known {
    pub(crate) fn upgrade(&self) -> Option<Gateway> {
        Some(Gateway { parts: self.parts.upgrade()?, late: self.late.clone() })
    }
}

impl std::ops::Deref for Gateway {
    type Target = GatewayParts;

    fn deref(&self) -> &GatewayParts {
        &self.parts
    }
}
