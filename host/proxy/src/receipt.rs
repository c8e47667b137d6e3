//! What an answer comes to: its line in the log, its entry in the ledger, what its key is charged. A receipt exists once
//! for each answer that goes to a client, and is settled once.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use patchbay_meter::{Entry, Outcome, Price, Priced};
use patchbay_pool::{Permit, Route, RouteHandle, Verdict};
use patchbay_quota::{Now, Stay};
use patchbay_slots::Account;
use patchbay_types::{Monotonic, NanoUsd, RequestId, Timestamp, Tokens};
use patchbay_wire::{BodyTee, StreamTee, Usage};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::after;
use crate::gateway::Gateway;
use crate::journey::{Called, Journey, Traced, generation};
use crate::keyring::Holder;
use crate::tab::{Tab, settled};
use crate::trace::RequestTrace;

/// What an answer came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settled {
    pub prompt: Tokens,
    pub completion: Tokens,
    pub cost: NanoUsd,
}

/// An answer that is on its way to the client: what it takes to settle it.
pub(crate) struct Receipt {
    parts: Gateway,
    id: RequestId,
    holder: Holder,
    /// Its drop ends the request's place within its key's limits.
    stay: Option<Stay>,
    call: Called,
    /// Its drop ends the request's being in flight.
    permit: Permit,
    price: Option<Price>,
    began: Monotonic,
    first_byte: Duration,
    status: u16,
    attempts: u32,
    decider: Option<Account>,
    verdict: Verdict,
    tee: Tee,
    tell: Option<oneshot::Sender<Settled>>,
    tab: Option<Arc<dyn Tab>>,
    trace: Option<Traced>,
}

/// What goes by is watched as what it is.
pub(crate) enum Tee {
    Stream(Box<StreamTee>),
    Body(BodyTee),
    /// An answer that has been read already.
    Read {
        usage: Option<Usage>,
        bytes: u64,
    },
}

/// What of an answer goes with its receipt.
pub(crate) struct Answered {
    pub(crate) permit: Permit,
    pub(crate) price: Option<Price>,
    pub(crate) verdict: Verdict,
    pub(crate) first_byte: Duration,
    pub(crate) status: u16,
    pub(crate) tee: Tee,
}

/// Settles what is left over when clients go away.
pub struct Late {
    receipts: mpsc::Receiver<Box<Receipt>>,
}

/// What one attempt used.
pub(crate) struct Used<'a> {
    pub(crate) usage: &'a Usage,
    pub(crate) cost: NanoUsd,
    pub(crate) outcome: Outcome,
    pub(crate) latency: Duration,
    pub(crate) first_byte: Option<Duration>,
}

impl Tee {
    /// What was used, as the provider says or as far as it can be told.
    fn usage(self, call: &Called) -> Usage {
        match self {
            Self::Stream(mut tee) => {
                tee.finish();
                tee.usage_or_estimate(call.body_bytes)
            }
            Self::Body(tee) => {
                let bytes = tee.bytes();
                tee.finish().unwrap_or_else(|| call.estimate(bytes))
            }
            Self::Read { usage, bytes } => usage.unwrap_or_else(|| call.estimate(bytes)),
        }
    }
}

impl Receipt {
    /// None if nobody asked, which no answer comes of.
    pub(crate) fn of(journey: &mut Journey, answered: Answered) -> Option<Self> {
        let Answered { permit, price, verdict, first_byte, status, tee } = answered;
        Some(Self {
            parts: journey.gateway.clone(),
            id: journey.id,
            holder: journey.holder.take()?,
            stay: journey.stay.take(),
            call: journey.call.take()?,
            permit,
            price,
            began: journey.began,
            first_byte,
            status,
            attempts: journey.attempts,
            decider: journey.decider.take(),
            verdict,
            tee,
            tell: journey.tell.take(),
            tab: journey.tab.take(),
            trace: journey.trace.take(),
        })
    }

    /// The watched stream, if it is one.
    pub(crate) fn stream(&self) -> Option<&StreamTee> {
        match &self.tee {
            Tee::Stream(tee) => Some(tee),
            Tee::Body(_) | Tee::Read { .. } => None,
        }
    }

    /// Nothing more will go by.
    pub(crate) fn seen_all(&mut self) {
        if let Tee::Stream(tee) = &mut self.tee {
            tee.finish();
        }
    }

    pub(crate) fn call(&self) -> &Called {
        &self.call
    }

    pub(crate) fn saw(&mut self, data: &[u8]) {
        match &mut self.tee {
            Tee::Stream(tee) => tee.push(data),
            Tee::Body(tee) => tee.push(data),
            Tee::Read { bytes, .. } => *bytes += data.len() as u64,
        }
    }

    /// The provider's answer came to its end.
    pub(crate) fn complete(self) {
        let said = self.stream().and_then(StreamTee::error).map(str::to_owned);
        if let Some(said) = said {
            // The client has been told by the provider itself.
            self.permit.failed(&Verdict::ServerError, &said);
            return self.settle(Outcome::Error, Some("the stream ended with an error"));
        }
        let outcome = if self.verdict == Verdict::Ok { Outcome::Ok } else { Outcome::Error };
        self.settle(outcome, None);
    }

    /// It broke off after its first byte.
    pub(crate) fn broken(self, why: &'static str) {
        self.permit.failed(&Verdict::Unreachable, why);
        self.settle(Outcome::Error, Some(why));
    }

    /// The client went away: what was streamed is counted all the same.
    pub(crate) fn abandoned(self) {
        self.settle(Outcome::Cancelled, Some("the client went away"));
    }

    /// The account is settled before the answer's last byte is out; what is told of it can wait until then.
    fn settle(self, outcome: Outcome, note: Option<&'static str>) {
        let Self { parts, holder, call, permit, tee, .. } = self;
        let (now, wall) = (parts.clock.monotonic(), parts.clock.wall());
        let took = now.since(self.began);
        let usage = match self.verdict {
            Verdict::Ok => tee.usage(&call),
            _ => Usage::default(),
        };
        let settled = settled(self.price.as_ref(), &usage);
        let cost = settled.cost;
        let tokens = usage.prompt + usage.completion;
        permit.settle(tokens);
        if let Some(mut stay) = self.stay {
            stay.settle(tokens, cost, Now { monotonic: now, wall });
        }
        if let Some(decider) = &self.decider {
            decider.came_of_it(outcome == Outcome::Error, took, cost.0);
        }
        if let Some(tab) = self.tab {
            tab.settled(&settled);
        }
        if let Some(tell) = self.tell {
            // Whoever asked may be gone.
            let _ = tell.send(settled);
        }
        let used = Used { usage: &usage, cost, outcome, latency: took, first_byte: Some(self.first_byte) };
        parts.meter.record(&entry(wall, (&holder, &call, permit.route()), &used));
        let ended = Ended {
            id: self.id,
            holder,
            call,
            route: permit.route().clone(),
            decider: self.decider,
            status: self.status,
            attempts: self.attempts,
            usage,
            cost,
            took,
            first_byte: self.first_byte,
            note,
            trace: self.trace,
        };
        after::the_answer(move || ended.tell());
    }
}

/// What is told of an answer that is settled.
struct Ended {
    id: RequestId,
    holder: Holder,
    call: Called,
    route: RouteHandle,
    decider: Option<Account>,
    status: u16,
    attempts: u32,
    usage: Usage,
    cost: NanoUsd,
    took: Duration,
    first_byte: Duration,
    note: Option<&'static str>,
    trace: Option<Traced>,
}

impl Ended {
    fn tell(self) {
        let Self { call, usage, .. } = &self;
        tracing::info!(
            request = self.id.as_str(), agent = self.holder.agent().as_str(), endpoint = &*call.path, model = call.label(),
            stream = call.stream, provider = self.route.provider().as_str(), generation = generation(self.decider.as_ref()),
            status = self.status, attempts = self.attempts, prompt = usage.prompt.0,
            completion = usage.completion.0, estimated = usage.estimated, cost = %self.cost,
            ms = self.took.as_secs_f64() * 1e3, note = self.note, "served"
        );
        let Some(traced) = self.trace else { return };
        traced.open.end(RequestTrace {
            request: self.id,
            began: traced.began,
            took: self.took,
            agent: Some(self.holder.agent().clone()),
            endpoint: self.call.path.as_ref().into(),
            model: self.call.model,
            stream: self.call.stream,
            max_tokens: self.call.max_tokens,
            attempts: traced.attempts,
            generation: generation(self.decider.as_ref()).to_owned(),
            status: self.status,
            error: self.note.map(str::to_owned),
            usage: Some(self.usage),
            cost_nano_usd: self.cost.0,
            first_byte: Some(self.first_byte),
        });
    }
}

pub(crate) fn cost(price: &Price, usage: &Usage) -> NanoUsd {
    let Usage { prompt, cached, cache_write, completion, .. } = *usage;
    price.cost(&Priced { prompt, cached, cache_write, completion })
}

/// Who asked for what, and who was asked.
type Who<'a> = (&'a Holder, &'a Called, &'a Route);

pub(crate) fn entry<'a>(at: Timestamp, (holder, call, route): Who<'a>, used: &Used<'_>) -> Entry<'a> {
    let usage = used.usage;
    let model = if route.canonical.is_empty() { call.label() } else { &*route.canonical };
    let total = if usage.total == Tokens(0) { usage.prompt + usage.completion } else { usage.total };
    Entry {
        at,
        provider: Cow::Borrowed(route.provider()),
        model: Cow::Borrowed(model),
        agent: Cow::Borrowed(holder.agent()),
        key: holder.key().map(|key| Cow::Borrowed(&*key.id)),
        pool: Cow::Borrowed(&route.pool),
        outcome: used.outcome,
        prompt: usage.prompt,
        completion: usage.completion,
        cached: usage.cached,
        cache_write: usage.cache_write,
        reasoning: usage.reasoning,
        total,
        cost: used.cost,
        estimated: usage.estimated,
        latency: used.latency,
        first_byte: used.first_byte,
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
