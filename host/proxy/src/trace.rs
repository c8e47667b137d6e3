//! What a trace says of a request that is over: a port. It must not know who takes traces, nor in what form.

use std::sync::Arc;
use std::time::Duration;

use patchbay_types::{AgentName, ProviderName, RequestId, Timestamp};
use patchbay_wire::Usage;

/// Takes traces. Called on the request path: an implementation hands values on at once and never blocks.
pub trait TracePort: Send + Sync + 'static {
    /// A request has come in, with the client's `traceparent` (W3C Trace Context) if it has one. None: this one is not
    /// traced.
    fn begin(&self, traceparent: Option<&str>) -> Option<Box<dyn OpenTrace>>;
}

/// A request that is being traced.
pub trait OpenTrace: Send + Sync {
    /// A provider is about to be asked: the `traceparent` that it is to be sent.
    fn attempt(&mut self) -> String;

    /// It is over. There are as many attempts as have been begun, in their order.
    fn end(self: Box<Self>, trace: RequestTrace);
}

/// One request from its first byte to its last.
#[derive(Clone, Debug)]
pub struct RequestTrace {
    pub request: RequestId,
    pub began: Timestamp,
    pub took: Duration,
    pub agent: Option<AgentName>,
    /// The path below `/v1/`.
    pub endpoint: Arc<str>,
    /// As the client named it; none if it named none.
    pub model: Option<String>,
    pub stream: bool,
    pub max_tokens: Option<u64>,
    pub attempts: Vec<AttemptTrace>,
    /// Which generation decided.
    pub generation: String,
    pub status: u16,
    /// `code` of the error that the client got, or what ended the answer.
    pub error: Option<String>,
    pub usage: Option<Usage>,
    pub cost_nano_usd: u64,
    /// From the request to the first byte of its answer.
    pub first_byte: Option<Duration>,
}

/// One provider that was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptTrace {
    pub provider: ProviderName,
    /// The API that it speaks.
    pub api: &'static str,
    /// As this provider names it.
    pub model: Arc<str>,
    /// From the request's beginning.
    pub after: Duration,
    pub took: Duration,
    /// The verdict: `ok`, `rate-limited`, …
    pub verdict: &'static str,
}
