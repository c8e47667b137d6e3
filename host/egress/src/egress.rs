//! The one door to the network for plugins. Each exchange walks the same way: what is asked, whether it is granted,
//! which secrets go with it, which addresses it may lead to, what comes back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::client::Clients;
use crate::error::shown;
use crate::exchange::Granted;
use crate::mask::Mask;
use crate::receive::Receiver;
use crate::resolve::{Lookup, System};
use crate::{EgressLimits, Incoming, Outgoing, Reach, Secrets, SendError, exchange};

/// Cheap to clone: clones share connections and limits.
#[derive(Clone)]
pub struct Egress {
    clients: Arc<Clients>,
    limits: EgressLimits,
    /// One for each exchange at once.
    turns: Arc<Semaphore>,
}

impl Egress {
    /// Nothing is read or opened yet. The first exchange reads the machine's root certificates; without any, `https`
    /// fails and the rest works.
    ///
    /// # Panics
    /// At the first exchange, if the process has installed no TLS provider before.
    #[must_use]
    pub fn new(limits: EgressLimits) -> Self {
        Self::with(limits, Arc::new(System::new(limits.lookups_max)))
    }

    pub(crate) fn with(limits: EgressLimits, lookup: Arc<dyn Lookup>) -> Self {
        let clients = Arc::new(Clients::new(&limits, &lookup));
        Self { clients, limits, turns: Arc::new(Semaphore::new(limits.exchanges_max)) }
    }

    /// Sends `request` to where it may go and reads the whole answer. A redirect is an answer. Nothing is sent twice.
    ///
    /// # Errors
    /// There is no answer: see [`SendError::code`].
    ///
    /// # Cancel safety
    /// Dropping it closes the connection. The request may have reached the server.
    pub async fn send(
        &self,
        request: Outgoing,
        may: &Reach,
        secrets: &dyn Secrets,
    ) -> Result<Incoming, SendError> {
        let within = self.within(request.timeout);
        let exchange = self.exchange(request, may, secrets);
        timeout(within, exchange).await.unwrap_or(Err(SendError::Timeout { within }))
    }

    /// Whether [`Egress::send`] would begin a request to `url`: what can be said before a name is looked up.
    ///
    /// # Errors
    /// It is no URL for a request, its origin was not granted, or its address may not be reached.
    pub fn preflight(&self, url: &str, may: &Reach) -> Result<(), SendError> {
        exchange::preflight(url, &self.limits, may)
    }

    /// The same of a whole request: its headers too, and the secrets that it names.
    ///
    /// # Errors
    /// What [`Egress::send`] would refuse it for before anything leaves the host.
    pub fn preflight_request(
        &self,
        request: Outgoing,
        may: &Reach,
        secrets: &dyn Secrets,
    ) -> Result<(), SendError> {
        Granted::new(request, &self.limits, may, secrets).map(drop)
    }

    fn within(&self, asked: Option<Duration>) -> Duration {
        asked.unwrap_or(self.limits.timeout_max).min(self.limits.timeout_max)
    }

    async fn exchange(
        &self,
        asked: Outgoing,
        may: &Reach,
        secrets: &dyn Secrets,
    ) -> Result<Incoming, SendError> {
        let granted = Granted::new(asked, &self.limits, may, secrets)?;
        let (origin, mask) = (granted.origin.to_string(), Mask::of(&granted.used));
        let _turn = self.turns.acquire().await.map_err(|_| closed(&origin))?;
        let answer = self.clients.send(granted, &mask).await?;
        Receiver { limits: &self.limits, origin: &origin, mask: &mask }.receive(answer).await
    }
}

/// Nobody closes the turns: this keeps the error's shape.
fn closed(origin: &str) -> SendError {
    SendError::Connect { origin: shown(origin), reason: "the host is ending".to_owned() }
}

#[cfg(test)]
mod tests;
