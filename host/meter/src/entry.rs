//! What one request used.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use patchbay_types::{AgentName, NanoUsd, ProviderName, Timestamp, Tokens};

use crate::row::UsageKey;

/// How a request ended, for the one who asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Ok,
    Error,
    /// The client went away.
    Cancelled,
}

/// One request, when it is over. Its names are seldom kept: there is mostly a row that has them already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    pub at: Timestamp,
    /// The provider's pool when it was asked.
    pub pool: Cow<'a, Arc<str>>,
    pub provider: Cow<'a, ProviderName>,
    /// The canonical name. Only known ones: it becomes a key.
    pub model: Cow<'a, str>,
    pub agent: Cow<'a, AgentName>,
    /// The id of the agent's key that is charged; none: the host's own call.
    pub key: Option<Cow<'a, str>>,
    pub outcome: Outcome,
    pub prompt: Tokens,
    pub completion: Tokens,
    /// Part of `prompt`: read from the provider's cache.
    pub cached: Tokens,
    /// Part of `prompt`: written to the provider's cache.
    pub cache_write: Tokens,
    /// As the provider counts it: mostly part of `completion`.
    pub reasoning: Tokens,
    pub total: Tokens,
    pub cost: NanoUsd,
    /// The tokens are an estimate.
    pub estimated: bool,
    /// From the request to the last byte of the answer.
    pub latency: Duration,
    /// From the request to the first byte of the answer, if there was one.
    pub first_byte: Option<Duration>,
}

impl Entry<'_> {
    /// The row that this is to be added to.
    #[must_use]
    pub fn to_key(&self) -> UsageKey {
        UsageKey {
            hour: self.at.hour(),
            provider: ProviderName::clone(&self.provider),
            model: self.model.to_string(),
            agent: AgentName::clone(&self.agent),
            pool: Arc::clone(&self.pool),
        }
    }
}
