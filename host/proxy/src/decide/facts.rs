//! What a policy is told of a request and of its candidates, in the contract's words. Never the request's text.

use std::borrow::Cow;
use std::time::Duration;

use patchbay_pool::Candidate;
use patchbay_runtime::routing::{self, Decision, RequestFacts};
use patchbay_slots::{Pinned, Unanswered};
use patchbay_types::AgentName;

use crate::decode::Decoded;
use crate::journey::Journey;

type Attributes = Vec<(String, String)>;

/// Asks the pinned policy about these candidates, after so many have failed the request.
pub(super) async fn ask(
    pin: &Pinned,
    (decoded, journey): (&Decoded, &Journey),
    failed: usize,
    candidates: &[Candidate],
) -> Result<Decision, Unanswered> {
    let ask = &decoded.ask;
    let user = ask.user().map(|user| ("user".to_owned(), user.to_owned())).into_iter().collect();
    let facts = RequestFacts {
        id: journey.id.as_str(),
        endpoint: ask.path(),
        model: ask.model().unwrap_or_default(),
        agent: journey.agent().map_or("", AgentName::as_str),
        stream: ask.stream(),
        attempt: u32::try_from(failed + 1).unwrap_or(u32::MAX),
        body_bytes: decoded.body.len() as u64,
        max_tokens: ask.max_tokens(),
        prefix_hash: ask.prefix_hash(),
        attributes: &user,
    };
    let attributes: Vec<Cow<'_, Attributes>> = candidates.iter().map(Candidate::attributes).collect();
    let seen =
        candidates.iter().zip(&attributes).map(|(candidate, attributes)| as_seen(candidate, attributes));
    let seen: Vec<routing::Candidate<'_>> = seen.collect();
    pin.rank(ask.prefix_hash(), &facts, &seen).await
}

fn as_seen<'a>(candidate: &'a Candidate, attributes: &'a Attributes) -> routing::Candidate<'a> {
    routing::Candidate {
        provider: candidate.provider().as_str(),
        pool: &candidate.pool,
        tier: candidate.tier,
        health: candidate.health.as_str(),
        available: candidate.available,
        in_flight: candidate.in_flight,
        requests_left: candidate.requests_left,
        requests_per_minute: candidate.rpm,
        cooling_ms: millis(candidate.cooling),
        idle_ms: candidate.idle.map(millis),
        first_byte_ms: candidate.first_byte.map(|time| time.as_secs_f64() * 1e3),
        input_price: candidate.input_price.map(|price| price.0),
        output_price: candidate.output_price.map(|price| price.0),
        attributes,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
