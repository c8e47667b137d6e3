//! The world `routing-policy`: which provider an LLM request goes to next.

use serde::{Deserialize, Serialize};

use crate::{Attributes, PluginError};

/// Decides which provider a request goes to next. Export it with [`routing_policy!`](crate::routing_policy).
pub trait RoutingPolicy {
    /// Ranks the candidates of one attempt. Called once per attempt, within 100 ms, in an instance that may have
    /// answered other calls before; pure: the same arguments must give the same decision.
    ///
    /// # Errors
    /// An error, a panic, a timeout or an invalid decision is answered by the host's native policy, in the same
    /// request: no client sees it.
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError>;
}

/// What is known about one request before it is sent. Never its text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The id that the client finds in `x-request-id`.
    pub id: String,
    /// The path below `/v1/`: `chat/completions`, `completions`, `embeddings`, `responses`.
    pub endpoint: String,
    /// The model that the client asked for, by its canonical name.
    pub model: String,
    /// The agent whose key was used.
    pub agent: String,
    /// Whether the client asked for a stream of events.
    pub stream: bool,
    /// 1 for the first attempt, one more for each provider that has failed this request.
    pub attempt: u32,
    /// Size of the request's body, in bytes.
    pub body_bytes: u64,
    /// The most tokens that the client wants back, if it said so.
    pub max_tokens: Option<u64>,
    /// Equal for requests whose body starts alike (its first 1,024 bytes): a key for prompt caches.
    pub prefix_hash: u64,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// The first attempt of a small chat completion: what a test starts from.
impl Default for Request {
    fn default() -> Self {
        Self {
            id: "request-1".into(),
            endpoint: "chat/completions".into(),
            model: "model".into(),
            agent: "agent".into(),
            stream: false,
            attempt: 1,
            body_bytes: 1_000,
            max_tokens: None,
            prefix_hash: 0,
            attributes: Attributes::default(),
        }
    }
}

/// One provider that serves the model, as it stands at this moment.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Candidate {
    /// The provider's name.
    pub provider: String,
    /// The pool that it belongs to.
    pub pool: String,
    /// The pool's place in the operator's order; 0 comes first.
    pub tier: u32,
    /// `healthy`, `cooling` (after a 429), `ejected` (after failures), `dead` (its credential was refused).
    pub health: String,
    /// Whether the host would send to it now: healthy, with requests left, not yet tried by this request. The host
    /// skips a ranked candidate that is not.
    pub available: bool,
    /// Requests that it is serving now.
    pub in_flight: u32,
    /// Requests that its bucket would let through at once.
    pub requests_left: u32,
    /// Its limit, in requests a minute.
    pub requests_per_minute: u32,
    /// Milliseconds until its cooldown ends; 0 when it is not cooling.
    pub cooling_ms: u64,
    /// Milliseconds since it was last chosen; none if it never was.
    pub idle_ms: Option<u64>,
    /// Moving average of the time to its first byte, in milliseconds; none before the first answer.
    pub first_byte_ms: Option<f64>,
    /// Price of a million prompt tokens, in nano-USD (1 USD = 1,000,000,000); none if not set.
    pub input_price: Option<u64>,
    /// Price of a million completion tokens, in nano-USD; none if not set.
    pub output_price: Option<u64>,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// A healthy, idle provider with a full bucket of 60 that was never chosen: what a test starts from.
impl Default for Candidate {
    fn default() -> Self {
        Self {
            provider: "provider".into(),
            pool: "pool".into(),
            tier: 0,
            health: "healthy".into(),
            available: true,
            in_flight: 0,
            requests_left: 60,
            requests_per_minute: 60,
            cooling_ms: 0,
            idle_ms: None,
            first_byte_ms: None,
            input_price: None,
            output_price: None,
            attributes: Attributes::default(),
        }
    }
}

/// Who is asked, in which order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Indexes into the candidates, the best first; no index twice, none out of range. Candidates that are left out
    /// are not used for this attempt.
    pub order: Vec<usize>,
    /// A few words for the log: why this order.
    pub reason: String,
    /// What the host does when no ranked candidate is available; none is the same as a rejection.
    pub otherwise: Option<Exhausted>,
}

impl Decision {
    /// These candidates in this order, and a rejection when none of them is available.
    pub fn new(order: impl IntoIterator<Item = usize>, reason: impl Into<String>) -> Self {
        Self { order: order.into_iter().collect(), reason: reason.into(), otherwise: None }
    }

    /// The same order, and this when none of it is available.
    #[must_use]
    pub fn otherwise(mut self, exhausted: Exhausted) -> Self {
        self.otherwise = Some(exhausted);
        self
    }
}

/// What the host does when no ranked candidate is available.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exhausted {
    /// `wait` for the first one to come back, `emergency`, or `reject`: answer 503 with an honest `Retry-After`. The
    /// host counts another word as `reject`.
    pub action: String,
    /// `Retry-After` in milliseconds; none lets the host say when the first candidate comes back.
    pub retry_after_ms: Option<u64>,
}

impl Exhausted {
    /// Wait for the first candidate to come back, if that is soon enough; else as [`reject`](Self::reject).
    #[must_use]
    pub fn wait() -> Self {
        Self { action: "wait".into(), retry_after_ms: None }
    }

    /// Let a few requests go to candidates that cool down all the same; reject the others.
    #[must_use]
    pub fn emergency() -> Self {
        Self { action: "emergency".into(), retry_after_ms: None }
    }

    /// Answer 503; the host says when the first candidate comes back.
    #[must_use]
    pub fn reject() -> Self {
        Self { action: "reject".into(), retry_after_ms: None }
    }

    /// Answer 503 and ask the client to come back after this many milliseconds.
    #[must_use]
    pub fn reject_for_ms(milliseconds: u64) -> Self {
        Self { retry_after_ms: Some(milliseconds), ..Self::reject() }
    }
}

/// Makes a type that implements [`RoutingPolicy`] the plugin. Once in a crate of type `cdylib`; on other targets
/// than WebAssembly it only checks the type.
#[macro_export]
macro_rules! routing_policy {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::routing::Export<$policy>;
            $crate::guest::routing::bindings::export_routing_policy!(
                Plugin with_types_in $crate::guest::routing::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_a_routing_policy<P: $crate::RoutingPolicy>() {}
            is_a_routing_policy::<$policy>();
        };
    };
}
