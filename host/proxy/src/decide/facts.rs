//! What a policy is told of a request and of its candidates, in the contract's words. Never the request's text.

use std::time::Duration;

use patchbay_pool::Candidate;
use patchbay_runtime::routing::{self, RequestFacts};
use patchbay_types::AgentName;

use crate::decode::Decoded;
use crate::journey::Journey;

pub(super) fn of(decoded: &Decoded, journey: &Journey) -> RequestFacts {
    let ask = &decoded.ask;
    RequestFacts {
        id: journey.id.as_str().to_owned(),
        endpoint: ask.path().to_owned(),
        model: ask.model().unwrap_or_default().to_owned(),
        agent: journey.agent.as_ref().map_or("", AgentName::as_str).to_owned(),
        stream: ask.stream(),
        attempt: 1,
        body_bytes: decoded.body.len() as u64,
        max_tokens: ask.max_tokens(),
        prefix_hash: ask.prefix_hash(),
        attributes: ask.user().map(|user| ("user".to_owned(), user.to_owned())).into_iter().collect(),
    }
}

pub(super) fn as_seen(candidate: &Candidate) -> routing::Candidate {
    routing::Candidate {
        provider: candidate.provider().as_str().to_owned(),
        pool: candidate.pool.to_string(),
        tier: candidate.tier,
        health: candidate.health.as_str().to_owned(),
        available: candidate.available,
        in_flight: candidate.in_flight,
        requests_left: candidate.requests_left,
        requests_per_minute: candidate.rpm,
        cooling_ms: millis(candidate.cooling),
        idle_ms: candidate.idle.map(millis),
        first_byte_ms: candidate.first_byte.map(|time| time.as_secs_f64() * 1e3),
        input_price: candidate.input_price.map(|price| price.0),
        output_price: candidate.output_price.map(|price| price.0),
        attributes: candidate.attributes().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
