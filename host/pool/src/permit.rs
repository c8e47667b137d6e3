//! The right to send one request to one endpoint, and what came of it. It must not know what is in the request.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use hyper::body::Incoming;
use patchbay_types::{ProviderId, ProviderName};

use crate::client::Call;
use crate::condition::{Limit, Now, Ticket};
use crate::endpoint::{Endpoint, State};
use crate::{Candidate, Change, Pool, SendError, Verdict};

/// How much of an answer is kept as the reason of a cooldown, in characters.
const REASON_MAX: usize = 200;

/// Counts as in flight until it is dropped: keep it until the answer's last byte. One token of the bucket is spent.
/// If it is a probe and is dropped without a verdict, the next request is the probe.
pub struct Permit {
    pool: Pool,
    endpoint: Arc<Endpoint>,
    model: Arc<str>,
    native_id: Arc<str>,
    ticket: Ticket,
}

impl Permit {
    pub(crate) fn new(pool: Pool, candidate: &Candidate, ticket: Ticket) -> Self {
        Self {
            pool,
            endpoint: Arc::clone(&candidate.endpoint),
            model: Arc::clone(&candidate.model),
            native_id: Arc::clone(&candidate.native_id),
            ticket,
        }
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        &self.endpoint.provider.name
    }

    #[must_use]
    pub fn id(&self) -> &ProviderId {
        &self.endpoint.provider.id
    }

    /// What the provider calls the model.
    #[must_use]
    pub fn native_id(&self) -> &str {
        &self.native_id
    }

    /// What the provider said, with its credential taken out, should it echo it.
    #[must_use]
    pub fn redact(&self, said: &str) -> String {
        self.endpoint.credential.redact(said)
    }

    /// [`Permit::send_within`] the configured `first_byte_timeout`: right for streams.
    ///
    /// # Errors
    /// As `send_within`.
    pub async fn send(
        &self,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, SendError> {
        self.send_within(self.pool.config().first_byte_timeout, method, path_and_query, headers, body).await
    }

    /// Sends the request and waits for the response's headers, connecting included. `path_and_query` is what follows
    /// the base URL: `/chat/completions?x=y`. The caller has filtered `headers`; `Authorization`, `Host`,
    /// `Content-Length` and `Transfer-Encoding` are set here whatever they held. Redirects are not followed.
    ///
    /// # Errors
    /// No answer; [`SendError::may_have_reached`] says whether the provider may have seen the request. It is sent at
    /// most once. The verdict is still the caller's to give.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection.
    pub async fn send_within(
        &self,
        within: Duration,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, SendError> {
        let call = Call { method, path_and_query, headers, body };
        self.endpoint.client.send(call, self.endpoint.credential.as_header(), within).await
    }

    /// A good answer has begun, this long after it was asked for. Ends what this request was the probe of.
    pub fn succeeded(&self, first_byte: Duration) {
        let now = self.pool.now();
        self.judge(|state| {
            state.observe(first_byte);
            for cleared in state.condition.succeeded(self.ticket) {
                self.endpoint.tell(self.pool.keeper(), Change::Cleared, &cleared, now);
            }
        });
    }

    /// It went wrong, before or after `succeeded`. `body_prefix` is text for people: what the provider said.
    pub fn failed(&self, verdict: &Verdict, body_prefix: &str) {
        let now = self.pool.now();
        match *verdict {
            Verdict::RateLimited { at_least, model_only } | Verdict::Overloaded { at_least, model_only } => {
                self.judge(|state| self.limited(state, at_least, model_only, body_prefix, now));
            }
            Verdict::CredentialRefused => self.refused(body_prefix),
            Verdict::ServerError | Verdict::Unreachable => self.broke(now),
            Verdict::Ok | Verdict::ClientError => self.proved_nothing(),
        }
    }

    fn limited(&self, state: &mut State, at_least: Option<Duration>, model_only: bool, said: &str, now: Now) {
        let reason = self.reason(said);
        let model = model_only.then_some(&self.model);
        let limit = Limit { ticket: self.ticket, model, at_least, reason: &reason };
        if let Some((change, cooling)) = state.condition.limited(&limit, now, &self.pool.config()) {
            self.endpoint.tell(self.pool.keeper(), change, cooling, now);
        }
    }

    fn refused(&self, said: &str) {
        let reason = format!("the credential was refused: {}", self.reason(said));
        if self.judge(|state| state.condition.die(self.ticket, &reason)) == Some(true) {
            tracing::warn!(provider = %self.provider(), %reason, "provider dead until its credential or url changes");
        }
    }

    /// An answer, so an ejected endpoint is back; but a provider may refuse bad requests even while it cools.
    fn proved_nothing(&self) {
        self.judge(|state| {
            state.condition.reached(self.ticket);
            state.condition.release(self.ticket);
        });
    }

    fn broke(&self, now: Now) {
        let too_many = self.judge(|state| state.condition.failed(self.ticket, now, &self.pool.config()));
        if too_many == Some(true) {
            self.pool.eject(&self.endpoint, now);
        }
    }

    /// Nothing, if the operator has given the provider another address or credential since.
    fn judge<T>(&self, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.endpoint.runtime.lock();
        (state.edition == self.endpoint.edition).then(|| act(&mut state))
    }

    fn reason(&self, said: &str) -> String {
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        self.endpoint.credential.redact(said).chars().map(printable).take(REASON_MAX).collect()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.endpoint.runtime.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.endpoint.runtime.lock().condition.release(self.ticket);
    }
}
