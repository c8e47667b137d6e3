//! The routing world's two forms: as values, to be kept, and lent, to be called with.

use super::{latest, lent};
use crate::call::Refusal;

impl latest::RequestFacts {
    pub(super) fn lend(&self) -> lent::RequestFacts<'_> {
        lent::RequestFacts {
            id: &self.id,
            endpoint: &self.endpoint,
            model: &self.model,
            agent: &self.agent,
            stream: self.stream,
            attempt: self.attempt,
            body_bytes: self.body_bytes,
            max_tokens: self.max_tokens,
            prefix_hash: self.prefix_hash,
            attributes: &self.attributes,
        }
    }
}

impl latest::Candidate {
    pub(super) fn lend(&self) -> lent::Candidate<'_> {
        lent::Candidate {
            provider: &self.provider,
            pool: &self.pool,
            tier: self.tier,
            health: &self.health,
            available: self.available,
            in_flight: self.in_flight,
            requests_left: self.requests_left,
            requests_per_minute: self.requests_per_minute,
            cooling_ms: self.cooling_ms,
            idle_ms: self.idle_ms,
            first_byte_ms: self.first_byte_ms,
            input_price: self.input_price,
            output_price: self.output_price,
            attributes: &self.attributes,
        }
    }
}

impl From<&lent::RequestFacts<'_>> for latest::RequestFacts {
    fn from(lent: &lent::RequestFacts<'_>) -> Self {
        Self {
            id: lent.id.to_owned(),
            endpoint: lent.endpoint.to_owned(),
            model: lent.model.to_owned(),
            agent: lent.agent.to_owned(),
            stream: lent.stream,
            attempt: lent.attempt,
            body_bytes: lent.body_bytes,
            max_tokens: lent.max_tokens,
            prefix_hash: lent.prefix_hash,
            attributes: lent.attributes.clone(),
        }
    }
}

impl From<&lent::Candidate<'_>> for latest::Candidate {
    fn from(lent: &lent::Candidate<'_>) -> Self {
        Self {
            provider: lent.provider.to_owned(),
            pool: lent.pool.to_owned(),
            tier: lent.tier,
            health: lent.health.to_owned(),
            available: lent.available,
            in_flight: lent.in_flight,
            requests_left: lent.requests_left,
            requests_per_minute: lent.requests_per_minute,
            cooling_ms: lent.cooling_ms,
            idle_ms: lent.idle_ms,
            first_byte_ms: lent.first_byte_ms,
            input_price: lent.input_price,
            output_price: lent.output_price,
            attributes: lent.attributes.clone(),
        }
    }
}

impl From<lent::Decision> for latest::Decision {
    fn from(decision: lent::Decision) -> Self {
        let otherwise = decision
            .otherwise
            .map(|lent::Exhausted { action, retry_after_ms }| latest::Exhausted { action, retry_after_ms });
        Self { order: decision.order, reason: decision.reason, otherwise }
    }
}

impl From<lent::PluginError> for Refusal {
    fn from(error: lent::PluginError) -> Self {
        let retryable = error.retry_after_ms.is_some();
        Self { code: error.code, message: error.message, retryable, retry_after_ms: error.retry_after_ms }
    }
}
