//! The right to send one request to one endpoint, and what came of it. It must not know what is in the request.

mod outcome;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use patchbay_quota::Reserved;
use patchbay_types::{Handle, ProviderId, ProviderName, Tokens};

use crate::client::{Answer, Call};
use crate::condition::Ticket;
use crate::endpoint::{Endpoint, Entry, Need};
use crate::index::RouteHandle;
use crate::pool::Shared;
use crate::{Api, Deadlines, SendError};

/// Counts as in flight until it is dropped: keep it until the answer's last byte. One token of the bucket is spent.
/// If it is a probe and is dropped without a verdict, the next request is the probe. Tokens that were set aside for it
/// are given back when it is dropped, if it neither succeeded nor was settled.
pub struct Permit {
    pool: Handle<Shared>,
    route: RouteHandle,
    ticket: Ticket,
    /// Taken by the first `settle`.
    tokens: Mutex<Account>,
    succeeded: AtomicBool,
}

/// What is counted of this request's tokens.
enum Account {
    /// An estimate, or nothing.
    Open(Option<Reserved>),
    Settled,
}

impl Permit {
    pub(crate) fn new(pool: Handle<Shared>, route: RouteHandle, entry: Entry) -> Self {
        Self {
            pool,
            route,
            ticket: entry.ticket,
            tokens: Mutex::new(Account::Open(entry.reserved)),
            succeeded: AtomicBool::new(false),
        }
    }

    /// Where it goes.
    #[must_use]
    pub fn route(&self) -> &RouteHandle {
        &self.route
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        self.route.provider()
    }

    #[must_use]
    pub fn id(&self) -> &ProviderId {
        self.route.id()
    }

    /// What the provider speaks.
    #[must_use]
    pub fn api(&self) -> Api {
        self.route.api()
    }

    /// The provider's canonical model: what usage is counted under. Empty if none was named.
    #[must_use]
    pub fn canonical(&self) -> &Arc<str> {
        &self.route.canonical
    }

    /// The pool that the provider belongs to.
    #[must_use]
    pub fn pool_name(&self) -> &Arc<str> {
        &self.route.pool
    }

    /// How long until the provider can be asked for this model again, as far as it is known; none if only the operator
    /// can change that.
    #[must_use]
    pub fn opens_in(&self) -> Option<Duration> {
        let need = Need { model: &self.route.canonical, tokens: Tokens(0) };
        self.endpoint().opens_in(need, self.pool.now(), &self.pool.config())
    }

    /// What the provider calls the model.
    #[must_use]
    pub fn native_id(&self) -> &str {
        &self.route.native_id
    }

    /// The provider's own, or else the pool's, as they were when the candidates were listed.
    #[must_use]
    pub fn timeouts(&self) -> Deadlines {
        self.route.endpoint.deadlines
    }

    /// Whether the provider knows `stream_options.include_usage`.
    #[must_use]
    pub fn asks_usage(&self) -> bool {
        !self.route.endpoint.provider.no_usage_option
    }

    /// Whether answers keep the provider's own name of the model.
    #[must_use]
    pub fn keeps_native_model(&self) -> bool {
        self.route.endpoint.provider.keep_native_model
    }

    /// What the provider said, with its credential taken out, should it echo it.
    #[must_use]
    pub fn redact(&self, said: &str) -> String {
        self.endpoint().credential.redact(said)
    }

    /// [`Permit::send_within`] the `first_byte` of [`Permit::timeouts`]: right for streams.
    ///
    /// # Errors
    /// As `send_within`.
    pub async fn send(
        &self,
        method: Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Answer>, SendError> {
        self.send_within(self.timeouts().first_byte, method, path_and_query, headers, body).await
    }

    /// Sends the request and waits for the response's headers, connecting included. `path_and_query` is what follows
    /// the base URL: `/chat/completions?x=y`. The caller has filtered `headers`; `Authorization`, `x-api-key`, `Host`,
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
    ) -> Result<Response<Answer>, SendError> {
        let call = Call { method, path_and_query, headers, body };
        let endpoint = self.endpoint();
        endpoint.client.send(call, &endpoint.credential, within).await
    }

    fn endpoint(&self) -> &Endpoint {
        &self.route.endpoint
    }

    fn close(&self) -> Account {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *tokens, Account::Settled)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let account = self.close();
        let endpoint = self.endpoint();
        endpoint.runtime.in_flight.fetch_sub(1, Ordering::Relaxed);
        let mut state = endpoint.runtime.lock();
        let mut frees = endpoint.is_gated(&state);
        if let (Account::Open(Some(reserved)), false) = (account, self.succeeded.load(Ordering::Relaxed)) {
            state.give_back(reserved);
            frees = true;
        }
        state.condition.leave(self.ticket);
        state.pulse.leave(self.ticket);
        drop(state);
        if frees {
            self.pool.wake();
        }
    }
}
