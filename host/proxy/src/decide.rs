//! Which provider is next. A policy ranks, the pool has the last word; a policy that fails is answered for by the
//! native one, within the same request.

use std::sync::Arc;
use std::time::Duration;

use patchbay_pool::{Candidate, Permit, Verdict, native};
use patchbay_runtime::routing::{self, Decision, RequestFacts};
use patchbay_slots::Pinned;
use patchbay_types::{Monotonic, ProviderId};

use crate::decode::Decoded;
use crate::gateway::Gateway;
use crate::rescue::{Failure, Refusal, Tried};
use crate::settle::Journey;

/// A provider that has been told to expect this request.
pub(crate) struct Routed {
    pub(crate) permit: Permit,
    pub(crate) pool: Arc<str>,
    pub(crate) price: Option<patchbay_meter::Price>,
    /// What is left of the time that all attempts have together.
    pub(crate) time_left: Duration,
    /// Only this module can make one.
    _proof: (),
}

/// What one request has been through: which generation decides for it, and who has failed it.
pub(crate) struct Course {
    /// Held for all attempts; none when the native policy is in charge.
    pin: Option<Pinned>,
    facts: RequestFacts,
    tried: Vec<ProviderId>,
    failures: Tried,
    began: Monotonic,
    model: String,
}

/// Candidates in the order in which they are to be tried, and what the policy says of the time when none is left.
struct Ranking {
    order: Vec<usize>,
    retry_after: Option<Duration>,
}

/// Takes the best candidate that can be taken.
pub(crate) async fn decide(
    gateway: &Gateway,
    journey: &mut Journey,
    decoded: &Decoded,
    course: &mut Course,
) -> Result<Routed, Refusal> {
    let time_left = course.time_left(gateway)?;
    let candidates = gateway.pool.candidates(&decoded.call.model, &course.tried);
    let ranking = course.rank(journey, &candidates).await;
    let ranked = ranking.order.iter().filter_map(|&index| candidates.get(index));
    for candidate in ranked.filter(|candidate| candidate.available) {
        let Ok(permit) = gateway.pool.take(candidate) else { continue };
        course.tried.push(candidate.id.clone());
        journey.attempts += 1;
        let pool = Arc::clone(&candidate.pool);
        return Ok(Routed { permit, pool, price: price(candidate), time_left, _proof: () });
    }
    Err(course.nobody(gateway, &candidates, ranking.retry_after))
}

impl Course {
    pub(crate) fn begin(gateway: &Gateway, decoded: &Decoded, journey: &mut Journey) -> Self {
        let pin = if gateway.options.native_policy { None } else { gateway.slot.pin(journey.id.hash()) };
        journey.decider = pin.as_ref().map(Pinned::account);
        Self {
            pin,
            facts: facts(decoded, journey),
            tried: Vec::new(),
            failures: Tried::default(),
            began: gateway.clock.monotonic(),
            model: decoded.call.model.clone(),
        }
    }

    /// After a failed attempt: whether there may be another.
    pub(crate) fn goes_on(&mut self, gateway: &Gateway, failure: Failure) -> Result<(), Refusal> {
        self.failures.0.push(failure);
        if self.tried.len() >= gateway.options.attempts_max as usize {
            return Err(Refusal::Failed { model: self.model.clone(), after: self.failures.clone() });
        }
        self.time_left(gateway).map(drop)
    }

    fn time_left(&self, gateway: &Gateway) -> Result<Duration, Refusal> {
        let limit = gateway.options.deadline;
        let left = limit.saturating_sub(gateway.clock.monotonic().since(self.began));
        match left.is_zero() {
            true => Err(Refusal::Deadline { limit, after: self.failures.clone() }),
            false => Ok(left),
        }
    }

    /// By the pinned generation, or natively if there is none or it does not answer.
    async fn rank(&mut self, journey: &mut Journey, candidates: &[Candidate]) -> Ranking {
        self.facts.attempt = u32::try_from(self.tried.len() + 1).unwrap_or(u32::MAX);
        let Some(pin) = &self.pin else { return Ranking::native(candidates) };
        let seen: Vec<routing::Candidate> = candidates.iter().map(as_seen).collect();
        match pin.rank(self.facts.prefix_hash, &self.facts, &seen).await {
            Ok(decision) => Ranking::of(decision),
            Err(unanswered) => {
                journey.fallback = Some(unanswered.as_str());
                Ranking::native(candidates)
            }
        }
    }

    /// Nobody can be taken: either all have failed this request, or some will be back.
    fn nobody(&self, gateway: &Gateway, candidates: &[Candidate], asked: Option<Duration>) -> Refusal {
        let busy = |failure: &Failure| {
            matches!(failure.verdict, Verdict::RateLimited { .. } | Verdict::Overloaded { .. })
        };
        let (model, after) = (self.model.clone(), self.failures.clone());
        let all_tried = candidates.iter().all(|candidate| self.tried.contains(&candidate.id));
        if all_tried && !after.0.is_empty() && !after.0.iter().any(busy) {
            return Refusal::Failed { model, after };
        }
        let retry_after = asked.unwrap_or_else(|| gateway.pool.earliest(&self.model));
        Refusal::Exhausted { model, retry_after: retry_after.max(Duration::from_secs(1)), after }
    }
}

impl Ranking {
    fn native(candidates: &[Candidate]) -> Self {
        Self { order: native::rank(candidates), retry_after: None }
    }

    fn of(decision: Decision) -> Self {
        Self {
            order: decision.order.into_iter().map(|index| index as usize).collect(),
            retry_after: decision
                .otherwise
                .and_then(|otherwise| otherwise.retry_after_ms)
                .map(Duration::from_millis),
        }
    }
}

/// What the plugin is told of the request: never its text.
fn facts(decoded: &Decoded, journey: &Journey) -> RequestFacts {
    RequestFacts {
        id: journey.id.as_str().to_owned(),
        endpoint: decoded.endpoint.name().to_owned(),
        model: decoded.call.model.clone(),
        agent: journey.agent.as_ref().map_or_else(String::new, |agent| agent.as_str().to_owned()),
        stream: decoded.call.stream,
        attempt: 1,
        body_bytes: decoded.body.len() as u64,
        max_tokens: decoded.call.max_tokens,
        prefix_hash: decoded.call.prefix_hash,
        attributes: Vec::new(),
    }
}

/// A candidate in the contract's words.
fn as_seen(candidate: &Candidate) -> routing::Candidate {
    routing::Candidate {
        provider: candidate.provider.as_str().to_owned(),
        pool: candidate.pool.as_ref().to_owned(),
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
        attributes: Vec::new(),
    }
}

fn price(candidate: &Candidate) -> Option<patchbay_meter::Price> {
    Some(patchbay_meter::Price {
        input: candidate.input_price?,
        output: candidate.output_price?,
        cached: candidate.cached_price,
        cache_write: None,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
