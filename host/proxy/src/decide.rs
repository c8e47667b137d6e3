//! Which provider is next. A policy ranks, the pool has the last word; a policy that fails is answered for by the
//! native one, within the same request. If nobody can take it, it waits, or goes to the emergency lane, or is refused.

mod facts;

use std::time::Duration;

use patchbay_pool::{Candidate, Permit, RouteHandle, Spread, Verdict, Wanted, native};
use patchbay_runtime::routing::Decision;
use patchbay_slots::Pinned;
use patchbay_types::{Monotonic, ProviderId, Tokens};

use crate::decode::Decoded;
use crate::gateway::{Exhausted, Gateway};
use crate::journey::Journey;
use crate::rescue::{Failure, Refusal, Tried};
use crate::stages::Stage;

/// A provider that has been told to expect this request.
pub(crate) struct Routed {
    pub(crate) permit: Permit,
    pub(crate) price: Option<patchbay_meter::Price>,
    /// What is left of the time that all attempts have together.
    pub(crate) time_left: Duration,
    /// Only this module can make one.
    _proof: (),
}

/// What one request has been through: which generation decides for it, and who has failed it.
pub(crate) struct Course<'a> {
    decoded: &'a Decoded,
    /// Held for all attempts; none when the native policy is in charge, or weights are.
    pin: Option<Pinned>,
    /// The targets of an alias are chosen by weight.
    weights: bool,
    /// Who is asked now.
    asked: Option<RouteHandle>,
    /// Who has failed it.
    tried: Vec<ProviderId>,
    failures: Tried,
    began: Monotonic,
    attempts_max: u32,
    /// Unless the policy says otherwise.
    exhausted: Exhausted,
    tokens: Tokens,
    /// Until when it may wait for a provider, once it has begun to.
    waits_until: Option<Monotonic>,
}

/// Candidates in the order in which they are to be tried, and what the policy says of the time when none is left.
struct Ranking {
    order: Vec<usize>,
    otherwise: Option<Exhausted>,
    retry_after: Option<Duration>,
}

/// Takes the best candidate that can be taken, as soon as there is one. Between the look and the taking nobody else of the
/// thread goes first: requests that all looked before any had taken would all take the same.
pub(crate) async fn decide(
    gateway: &Gateway,
    journey: &mut Journey,
    course: &mut Course<'_>,
) -> Result<Routed, Refusal> {
    loop {
        let time_left = course.time_left(gateway, journey)?;
        // Made before the look, so that what comes back in between is not missed.
        let returned = gateway.pool.returned();
        let candidates = candidates(gateway, course.decoded, &course.tried)?;
        let ranking = course.rank(journey, &candidates).await;
        let taken = course.take(gateway, &candidates, &ranking);
        if let Some((permit, price)) = taken {
            journey.attempts += 1;
            journey.passed(Stage::Decide);
            return Ok(Routed { permit, price, time_left, _proof: () });
        }
        let wait = course.may_wait(gateway, journey, &candidates, &ranking);
        let Some(wait) = wait else { return Err(course.nobody(gateway, &candidates, &ranking)) };
        let Some(_place) = gateway.shared().waiting.enter(journey.options.waiting_max) else {
            return Err(course.nobody(gateway, &candidates, &ranking));
        };
        let since = gateway.clock.monotonic();
        // Either way it looks again.
        let _ = tokio::time::timeout(wait, returned).await;
        journey.waited_for_return(gateway.clock.monotonic().since(since));
    }
}

fn candidates(gateway: &Gateway, decoded: &Decoded, tried: &[ProviderId]) -> Result<Vec<Candidate>, Refusal> {
    let apis = decoded.ask.apis();
    if let Some(model) = decoded.ask.model() {
        let wanted = Wanted { model, apis, tokens: decoded.tokens };
        return Ok(gateway.pool.candidates(wanted, tried));
    }
    let mut anyone = gateway.pool.anyone(apis, tried);
    if let Some(name) = &decoded.provider {
        anyone.retain(|candidate| candidate.provider().as_str() == name);
    }
    match anyone.is_empty() {
        true => Err(Refusal::NoProvider { named: decoded.provider.clone() }),
        false => Ok(anyone),
    }
}

impl<'a> Course<'a> {
    pub(crate) fn begin(gateway: &Gateway, decoded: &'a Decoded, journey: &mut Journey) -> Self {
        let weights =
            decoded.ask.model().and_then(|model| gateway.pool.spread(model)) == Some(Spread::Weights);
        let native = journey.options.native_policy || weights;
        let pin = if native { None } else { gateway.slot.pin(journey.id.hash()) };
        journey.decider = pin.as_ref().map(Pinned::account);
        Self {
            decoded,
            pin,
            weights,
            asked: None,
            tried: Vec::new(),
            failures: Tried::default(),
            began: journey.timed(),
            // What lies at one provider is not at another: a path that names no model goes to one alone.
            attempts_max: if decoded.ask.model().is_some() { journey.options.attempts_max } else { 1 },
            exhausted: journey.options.exhausted,
            tokens: decoded.tokens,
            waits_until: None,
        }
    }

    /// After a failed attempt: whether there may be another.
    pub(crate) fn goes_on(
        &mut self,
        gateway: &Gateway,
        journey: &Journey,
        failure: Failure,
    ) -> Result<(), Refusal> {
        self.failures.0.push(failure);
        self.tried.extend(self.asked.take().map(|asked| asked.id().clone()));
        if self.tried.len() >= self.attempts_max as usize {
            return Err(self.failed());
        }
        self.time_left(gateway, journey).map(drop)
    }

    fn time_left(&self, gateway: &Gateway, journey: &Journey) -> Result<Duration, Refusal> {
        let limit = journey.options.deadline;
        let left = limit.saturating_sub(gateway.clock.monotonic().since(self.began));
        match left.is_zero() {
            true => Err(Refusal::Deadline { limit, after: self.failures.clone() }),
            false => Ok(left),
        }
    }

    /// By the pinned generation, or natively if there is none or it does not answer.
    async fn rank(&mut self, journey: &mut Journey, candidates: &[Candidate]) -> Ranking {
        if self.weights {
            return Ranking::of_order(native::rank_weighted(candidates, journey.id.hash()));
        }
        let Some(pin) = &self.pin else { return Ranking::of_order(native::rank(candidates)) };
        // On the heap: with it in each request's future, every move of that would carry all that a call needs.
        let ranked = Box::pin(facts::ask(pin, (self.decoded, journey), self.tried.len(), candidates));
        match ranked.await {
            Ok(decision) => Ranking::of(decision),
            Err(unanswered) => {
                journey.fallback = Some(unanswered.as_str());
                Ranking::of_order(native::rank(candidates))
            }
        }
    }

    /// The first of the ranked ones that the pool gives, or in an emergency one that cools.
    fn take(
        &mut self,
        gateway: &Gateway,
        candidates: &[Candidate],
        ranking: &Ranking,
    ) -> Option<(Permit, Option<patchbay_meter::Price>)> {
        let ranked = ranking.order.iter().filter_map(|&index| candidates.get(index));
        let available = ranked.filter(|candidate| candidate.available);
        let taken = available
            .filter_map(|candidate| Some((candidate, gateway.pool.take(candidate, self.tokens).ok()?)))
            .next()
            .or_else(|| self.in_emergency(gateway, candidates, ranking));
        let (candidate, permit) = taken?;
        self.asked = Some(permit.route().clone());
        Some((permit, price(candidate)))
    }

    fn in_emergency<'c>(
        &self,
        gateway: &Gateway,
        candidates: &'c [Candidate],
        ranking: &Ranking,
    ) -> Option<(&'c Candidate, Permit)> {
        if self.otherwise(ranking) != Exhausted::Emergency {
            return None;
        }
        let mut cooling: Vec<&Candidate> =
            candidates.iter().filter(|candidate| self.is_new(candidate)).collect();
        cooling.sort_by_key(|candidate| (candidate.tier, candidate.cooling));
        cooling
            .into_iter()
            .find_map(|candidate| Some((candidate, gateway.pool.take_in_emergency(candidate).ok()?)))
    }

    fn otherwise(&self, ranking: &Ranking) -> Exhausted {
        ranking.otherwise.unwrap_or(self.exhausted)
    }

    fn is_new(&self, candidate: &Candidate) -> bool {
        !self.tried.contains(candidate.id())
    }

    /// How long to wait for somebody to come back: none if nobody will in time, or if this is not to wait at all.
    fn may_wait(
        &mut self,
        gateway: &Gateway,
        journey: &Journey,
        candidates: &[Candidate],
        ranking: &Ranking,
    ) -> Option<Duration> {
        if self.otherwise(ranking) != Exhausted::Wait {
            return None;
        }
        let now = gateway.clock.monotonic();
        let until = *self.waits_until.get_or_insert(now + journey.options.wait);
        let left = until.since(now).min(self.time_left(gateway, journey).ok()?);
        let opens = candidates.iter().filter(|candidate| self.is_new(candidate));
        let earliest = opens.filter_map(|candidate| gateway.pool.opens_in(candidate, self.tokens)).min()?;
        // A little later, so that it is open by then.
        let wait = earliest + Duration::from_millis(1);
        (wait <= left).then_some(wait)
    }

    /// Nobody can be taken: either all have failed this request, or some will be back.
    fn nobody(&self, gateway: &Gateway, candidates: &[Candidate], ranking: &Ranking) -> Refusal {
        let all_tried = candidates.iter().all(|candidate| !self.is_new(candidate));
        if all_tried && !self.failures.0.is_empty() {
            return self.failed();
        }
        let opens =
            candidates.iter().filter_map(|candidate| gateway.pool.opens_in(candidate, self.tokens)).min();
        self.exhausted(ranking.retry_after.or(opens).unwrap_or_else(|| gateway.pool.config().cooldown_max))
    }

    /// All that could be asked have failed: if one of them was only busy, it is worth coming back.
    fn failed(&self) -> Refusal {
        let pauses = self.failures.0.iter().filter_map(|failure| match failure.verdict {
            Verdict::RateLimited { .. } | Verdict::Overloaded { .. } => Some(failure.back_in),
            _ => None,
        });
        match pauses.min() {
            Some(back_in) => self.exhausted(back_in),
            None => {
                Refusal::Failed { model: self.decoded.ask.label().to_owned(), after: self.failures.clone() }
            }
        }
    }

    fn exhausted(&self, retry_after: Duration) -> Refusal {
        let retry_after = retry_after.max(Duration::from_secs(1));
        Refusal::Exhausted {
            model: self.decoded.ask.label().to_owned(),
            retry_after,
            after: self.failures.clone(),
        }
    }
}

impl Ranking {
    fn of_order(order: Vec<usize>) -> Self {
        Self { order, otherwise: None, retry_after: None }
    }

    fn of(decision: Decision) -> Self {
        let otherwise = decision.otherwise;
        Self {
            order: decision.order.into_iter().map(|index| index as usize).collect(),
            otherwise: otherwise.as_ref().map(|otherwise| Exhausted::from_word(&otherwise.action)),
            retry_after: otherwise.and_then(|otherwise| otherwise.retry_after_ms).map(Duration::from_millis),
        }
    }
}

fn price(candidate: &Candidate) -> Option<patchbay_meter::Price> {
    Some(patchbay_meter::Price {
        input: candidate.input_price?,
        output: candidate.output_price?,
        cached: candidate.cached_price,
        cache_write: candidate.cache_write_price,
    })
}
