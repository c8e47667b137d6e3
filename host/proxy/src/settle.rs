//! What a request comes to: its headers, its line in the log, its entry in the ledger. A receipt exists exactly once
//! for each answer that goes to a client, and is settled exactly once.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Response, header};
use patchbay_meter::{Entry, Outcome, Price, Priced};
use patchbay_pool::{Permit, Verdict};
use patchbay_slots::Account;
use patchbay_types::{AgentName, Monotonic, NanoUsd, ProviderName, RequestId, Tokens};
use patchbay_wire::{BodyTee, Endpoint, StreamTee, Usage};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::body::{AnswerBody, Relay};
use crate::gateway::{Gateway, GatewayParts};
use crate::headers::{put, to_client};
use crate::relay::{Content, Relayed, is_stream};
use crate::rescue::{Failure, Refusal};

/// What is known of a request so far. It goes through all stages.
pub(crate) struct Journey {
    gateway: Gateway,
    pub(crate) id: RequestId,
    began: Monotonic,
    pub(crate) agent: Option<AgentName>,
    call: Option<Called>,
    pub(crate) attempts: u32,
    /// Which generation decides; none is the native policy.
    pub(crate) decider: Option<Account>,
    /// Why the native policy answered for the generation, if it had to.
    pub(crate) fallback: Option<&'static str>,
    /// Time in which we only waited for providers.
    upstream: Duration,
    /// Who is being asked, and since when.
    asking: Option<(ProviderName, Monotonic)>,
    /// The pool of the provider that was asked last.
    pool: Arc<str>,
    /// Who wants to hear what it came to: the host, of a call of its own.
    pub(crate) tell: Option<oneshot::Sender<Settled>>,
}

/// What an answer came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settled {
    pub prompt: Tokens,
    pub completion: Tokens,
    pub cost: NanoUsd,
}

/// What was asked.
#[derive(Clone)]
struct Called {
    endpoint: Endpoint,
    model: String,
    stream: bool,
    body_bytes: u64,
}

/// An answer that is on its way to the client: what it takes to settle it.
pub(crate) struct Receipt {
    parts: Gateway,
    id: RequestId,
    agent: AgentName,
    call: Called,
    pool: Arc<str>,
    /// Its drop ends the request's being in flight.
    permit: Permit,
    price: Option<Price>,
    began: Monotonic,
    first_byte: Duration,
    status: u16,
    attempts: u32,
    generation: String,
    decider: Option<Account>,
    verdict: Verdict,
    tee: Tee,
    tell: Option<oneshot::Sender<Settled>>,
}

enum Tee {
    Stream(StreamTee),
    Body(BodyTee),
}

/// Settles what is left over when clients go away.
pub struct Late {
    receipts: mpsc::Receiver<Box<Receipt>>,
}

impl Journey {
    pub(crate) fn begin(gateway: &Gateway) -> Self {
        Self {
            gateway: gateway.clone(),
            id: RequestId::fresh(),
            began: gateway.clock.monotonic(),
            agent: None,
            call: None,
            attempts: 0,
            decider: None,
            fallback: None,
            upstream: Duration::ZERO,
            asking: None,
            pool: "".into(),
            tell: None,
        }
    }

    /// A provider is asked. If the client leaves before the answer begins, that is counted.
    pub(crate) fn asks(&mut self, provider: &ProviderName, pool: Arc<str>) {
        self.pool = pool;
        self.asking = Some((provider.clone(), self.gateway.clock.monotonic()));
    }

    /// The provider has answered, or not. Returns how long that took.
    pub(crate) fn heard(&mut self) -> Duration {
        let Some((_, asked)) = self.asking.take() else { return Duration::ZERO };
        let took = self.gateway.clock.monotonic().since(asked);
        self.upstream += took;
        took
    }

    pub(crate) fn called(&mut self, endpoint: Endpoint, model: &str, stream: bool, body_bytes: usize) {
        let (model, body_bytes) = (model.to_owned(), body_bytes as u64);
        self.call = Some(Called { endpoint, model, stream, body_bytes });
    }

    /// An attempt that gave nothing: an error of that provider, with no tokens.
    pub(crate) fn failed(&self, failure: &Failure, said: &str, took: Duration) {
        tracing::info!(
            request = %self.id, provider = %failure.provider, verdict = failure.verdict.as_str(),
            what = failure.what, said, "attempt failed"
        );
        self.record(&failure.provider, Outcome::Error, &Usage::default(), took);
    }

    /// An attempt that ended before its answer began.
    fn record(&self, provider: &ProviderName, outcome: Outcome, usage: &Usage, took: Duration) {
        let (Some(agent), Some(call)) = (&self.agent, &self.call) else { return };
        let who = (&self.id, agent, call.model.as_str(), &self.pool, provider);
        self.gateway.meter.record(entry(&self.gateway, who, outcome, usage, None, (took, None)));
    }

    /// Ends without a provider's answer.
    pub(crate) fn refused(&self, refusal: &Refusal, headers: &mut HeaderMap) {
        self.mark(headers);
        if let Some(decider) = &self.decider {
            decider.came_of_it(true, self.gateway.clock.monotonic().since(self.began), 0);
        }
        tracing::info!(
            request = %self.id, agent = self.agent.as_ref().map(AgentName::as_str),
            model = self.call.as_ref().map(|call| call.model.as_str()), attempts = self.attempts,
            generation = self.generation(), %refusal, "refused"
        );
    }

    /// The headers that every answer carries.
    fn mark(&self, headers: &mut HeaderMap) {
        put(headers, "x-request-id", self.id.as_str());
        put(headers, "x-patchbay-generation", &self.generation());
        put(headers, "x-patchbay-attempts", &self.attempts.to_string());
        if let Some(why) = self.fallback {
            put(headers, "x-patchbay-fallback", why);
        }
        let overhead = self.gateway.clock.monotonic().since(self.began).saturating_sub(self.upstream);
        put(headers, "x-patchbay-overhead-us", &overhead.as_micros().to_string());
    }

    fn generation(&self) -> String {
        self.decider.as_ref().map_or_else(|| "native".to_owned(), |decider| decider.id().to_string())
    }
}

/// The client went away while a provider was being asked: its prompt may be billed.
impl Drop for Journey {
    fn drop(&mut self) {
        let Some((provider, asked)) = self.asking.take() else { return };
        let prompt = self.call.as_ref().map_or(0, |call| call.body_bytes);
        let took = self.gateway.clock.monotonic().since(asked);
        self.record(&provider, Outcome::Cancelled, &Usage::estimate(prompt, 0), took);
    }
}

/// The provider's answer as the client's.
pub(crate) fn answer(mut journey: Journey, relayed: Relayed) -> Response<AnswerBody> {
    let Relayed { mut head, content, permit, price, verdict, first_byte, model_back, .. } = relayed;
    let kind = if is_stream(&head.headers) { TeeKind::Stream } else { TeeKind::Body };
    let encoding = head.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let tee = Tee::new(kind, encoding);
    head.headers = to_client(head.headers);
    put(&mut head.headers, "x-patchbay-provider", permit.provider().as_str());
    journey.mark(&mut head.headers);
    let status = head.status.as_u16();
    let Some(mut receipt) = Receipt::of(&mut journey, permit, price, verdict, first_byte, status, tee) else {
        return Response::from_parts(head, AnswerBody::Whole(None));
    };
    let body = match content {
        Content::Whole(bytes) => {
            receipt.saw(&bytes);
            receipt.complete();
            AnswerBody::whole(model_back.map_or(bytes.clone(), |model_back| model_back.whole(&bytes)))
        }
        Content::Begun { first, rest } => {
            let (late, silence) = (journey.gateway.late().clone(), journey.gateway.options.silence);
            AnswerBody::Relay(Box::new(Relay::new(first, rest, Box::new(receipt), late, model_back, silence)))
        }
    };
    Response::from_parts(head, body)
}

enum TeeKind {
    Stream,
    Body,
}

impl Tee {
    fn new(kind: TeeKind, encoding: Option<&str>) -> Self {
        match kind {
            TeeKind::Stream => Self::Stream(StreamTee::new(encoding)),
            TeeKind::Body => Self::Body(BodyTee::new(encoding)),
        }
    }

    /// What was used, as the provider says or as far as it can be told.
    fn usage(self, request_bytes: u64) -> Usage {
        match self {
            Self::Stream(mut tee) => {
                tee.finish();
                tee.usage_or_estimate(request_bytes)
            }
            Self::Body(tee) => {
                let bytes = tee.bytes();
                tee.finish().unwrap_or_else(|| Usage::estimate(request_bytes, bytes))
            }
        }
    }
}

impl Receipt {
    fn of(
        journey: &mut Journey,
        permit: Permit,
        price: Option<Price>,
        verdict: Verdict,
        first_byte: Duration,
        status: u16,
        tee: Tee,
    ) -> Option<Self> {
        Some(Self {
            parts: journey.gateway.clone(),
            id: journey.id.clone(),
            agent: journey.agent.clone()?,
            call: journey.call.clone()?,
            pool: Arc::clone(&journey.pool),
            permit,
            price,
            began: journey.began,
            first_byte,
            status,
            attempts: journey.attempts,
            generation: journey.generation(),
            decider: journey.decider.clone(),
            verdict,
            tee,
            tell: journey.tell.take(),
        })
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.tee, Tee::Stream(_))
    }

    pub(crate) fn saw(&mut self, data: &[u8]) {
        match &mut self.tee {
            Tee::Stream(tee) => tee.push(data),
            Tee::Body(tee) => tee.push(data),
        }
    }

    /// The provider's answer came to its end.
    pub(crate) fn complete(self) {
        let outcome = if self.verdict == Verdict::Ok { Outcome::Ok } else { Outcome::Error };
        self.settle(outcome, None);
    }

    /// It broke off after its first byte.
    pub(crate) fn broken(self, why: &str) {
        self.permit.failed(&Verdict::Unreachable, why);
        self.settle(Outcome::Error, Some(why));
    }

    /// The client went away: what was streamed is counted all the same.
    pub(crate) fn abandoned(self) {
        self.settle(Outcome::Cancelled, Some("the client went away"));
    }

    fn settle(self, outcome: Outcome, note: Option<&str>) {
        let took = self.parts.clock.monotonic().since(self.began);
        let usage = match self.verdict {
            Verdict::Ok => self.tee.usage(self.call.body_bytes),
            _ => Usage::default(),
        };
        let who = (&self.id, &self.agent, self.call.model.as_str(), &self.pool, self.permit.provider());
        let entry = entry(&self.parts, who, outcome, &usage, self.price, (took, Some(self.first_byte)));
        tracing::info!(
            request = %self.id, agent = %self.agent, endpoint = self.call.endpoint.name(), model = self.call.model,
            stream = self.call.stream, provider = %self.permit.provider(), generation = self.generation,
            status = self.status, attempts = self.attempts, prompt = usage.prompt.0, completion = usage.completion.0,
            estimated = usage.estimated, cost = %entry.cost, ms = took.as_secs_f64() * 1e3, note, "served"
        );
        if let Some(decider) = &self.decider {
            decider.came_of_it(outcome == Outcome::Error, took, entry.cost.0);
        }
        if let Some(tell) = self.tell {
            // Whoever asked may be gone.
            let _ =
                tell.send(Settled { prompt: usage.prompt, completion: usage.completion, cost: entry.cost });
        }
        self.parts.meter.record(entry);
    }
}

fn entry(
    parts: &GatewayParts,
    (request, agent, model, pool, provider): (&RequestId, &AgentName, &str, &Arc<str>, &ProviderName),
    outcome: Outcome,
    usage: &Usage,
    price: Option<Price>,
    (latency, first_byte): (Duration, Option<Duration>),
) -> Entry {
    let Usage { prompt, cached, completion, .. } = *usage;
    let tokens = Priced { prompt, cached, cache_write: Tokens(0), completion };
    let cost = price.map(|price| price.cost(&tokens));
    let total = if usage.total == Tokens(0) { usage.prompt + usage.completion } else { usage.total };
    Entry {
        at: parts.clock.wall(),
        request: request.clone(),
        pool: Arc::clone(pool),
        provider: provider.clone(),
        model: model.to_owned(),
        agent: agent.clone(),
        key: None,
        outcome,
        prompt: usage.prompt,
        completion: usage.completion,
        cached: usage.cached,
        cache_write: Tokens(0),
        reasoning: usage.reasoning,
        total,
        cost: cost.unwrap_or_default(),
        estimated: usage.estimated,
        latency,
        first_byte,
    }
}

impl Late {
    pub(crate) fn new(receipts: mpsc::Receiver<Box<Receipt>>) -> Self {
        Self { receipts }
    }

    /// Settles receipts until `stop` is cancelled, and then those that are there.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                receipt = self.receipts.recv() => match receipt {
                    Some(receipt) => receipt.abandoned(),
                    None => break,
                }
            }
        }
        while let Ok(receipt) = self.receipts.try_recv() {
            receipt.abandoned();
        }
    }
}
