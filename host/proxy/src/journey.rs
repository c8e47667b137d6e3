//! What is known of a request while it walks: it goes through all stages, and becomes a receipt, or is refused. If the
//! client goes away in the middle, its drop counts what may be billed.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use patchbay_meter::{Outcome, Price};
use patchbay_pool::{Permit, Route, RouteHandle};
use patchbay_quota::{Now, Stay};
use patchbay_slots::Account;
use patchbay_types::{AgentName, Handle, Monotonic, NanoUsd, RequestId, Timestamp, Tokens};
use patchbay_wire::{Dialect, Endpoint, Usage};
use tokio::sync::oneshot;

use crate::admit::Door;
use crate::ask::Ask;
use crate::gateway::{Gateway, GatewayOptions};
use crate::headers::{ATTEMPTS, FALLBACK, GENERATION, OVERHEAD, REQUEST_ID, put};
use crate::keyring::{Holder, KeyEntry};
use crate::receipt::{Settled, Used, entry};
use crate::rescue::{Failure, Refusal};
use crate::stages::Stage;
use crate::tab::{Tab, settled};
use crate::trace::{AttemptTrace, OpenTrace, RequestTrace};

pub(crate) struct Journey {
    pub(crate) gateway: Gateway,
    /// Those that were in force when it began.
    pub(crate) options: Handle<GatewayOptions>,
    pub(crate) id: RequestId,
    pub(crate) began: Monotonic,
    /// None: it is not known yet.
    pub(crate) holder: Option<Holder>,
    /// Its place within the key's limits, with what was set aside for it.
    pub(crate) stay: Option<Stay>,
    pub(crate) call: Option<Called>,
    /// How its errors are shaped.
    pub(crate) dialect: Dialect,
    pub(crate) attempts: u32,
    /// Which generation decides; none is the native policy.
    pub(crate) decider: Option<Account>,
    /// Why the native policy answered for the generation, if it had to.
    pub(crate) fallback: Option<&'static str>,
    /// Time in which we only waited: for the client's body, for a provider to come back, for its answer.
    waited: Duration,
    /// Until when stages have been timed, and how much had been waited then.
    timed: (Monotonic, Duration),
    /// Who is being asked, and since when.
    asking: Option<(Asked, Monotonic)>,
    /// Who wants to hear what it came to: the host, of a call of its own.
    pub(crate) tell: Option<oneshot::Sender<Settled>>,
    /// The work that it is made for, if any.
    pub(crate) tab: Option<Arc<dyn Tab>>,
    pub(crate) trace: Option<Traced>,
}

/// A request that somebody traces.
pub(crate) struct Traced {
    pub(crate) open: Box<dyn OpenTrace>,
    pub(crate) began: Timestamp,
    pub(crate) attempts: Vec<AttemptTrace>,
}

/// What was asked.
#[derive(Clone)]
pub(crate) struct Called {
    pub(crate) path: Cow<'static, str>,
    /// The model as the client named it; none if it named none.
    pub(crate) model: Option<String>,
    /// What stands in the ledger if no model is named.
    label: String,
    pub(crate) stream: bool,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) body_bytes: u64,
    pub(crate) dialect: Dialect,
    /// Whether its answers are understood.
    pub(crate) understood: bool,
    /// Whether it uses tokens: counting them does not, nor does looking at something.
    pub(crate) uses: bool,
}

/// One provider that is being asked.
struct Asked {
    route: RouteHandle,
    price: Option<Price>,
}

impl Journey {
    /// On the heap: a future is moved a few times before it runs, with all that it holds.
    pub(crate) fn begin(gateway: &Gateway) -> Box<Self> {
        let began = gateway.clock.monotonic();
        Box::new(Self {
            options: gateway.options(),
            gateway: gateway.clone(),
            id: RequestId::fresh(),
            began,
            holder: None,
            stay: None,
            call: None,
            dialect: Dialect::OpenAi,
            attempts: 0,
            decider: None,
            fallback: None,
            waited: Duration::ZERO,
            timed: (began, Duration::ZERO),
            asking: None,
            tell: None,
            tab: None,
            trace: None,
        })
    }

    /// The key is known, and has room for one more request.
    pub(crate) fn admitted(&mut self, key: Arc<KeyEntry>, headers: &HeaderMap) -> Result<(), Refusal> {
        let entered = key.account.enter(self.now());
        self.holder = Some(Holder::Key(key));
        self.trace(headers);
        self.stay = Some(entered?);
        Ok(())
    }

    pub(crate) fn agent(&self) -> Option<&AgentName> {
        self.holder.as_ref().map(Holder::agent)
    }

    /// None for the host itself.
    pub(crate) fn key(&self) -> Option<&KeyEntry> {
        self.holder.as_ref().and_then(Holder::key).map(|key| &**key)
    }

    fn trace(&mut self, headers: &HeaderMap) {
        let Some(traces) = &self.gateway.traces else { return };
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        let Some(open) = traces.begin(parent) else { return };
        self.trace = Some(Traced { open, began: self.gateway.clock.wall(), attempts: Vec::new() });
    }

    /// Sets aside what it will probably use.
    pub(crate) fn reserve(&mut self, tokens: Tokens, cost: NanoUsd) -> Result<(), Refusal> {
        let now = self.now();
        match &mut self.stay {
            Some(stay) => Ok(stay.reserve(tokens, cost, now)?),
            None => Ok(()),
        }
    }

    /// Its path is known.
    pub(crate) fn reads(&mut self, door: &Door) {
        self.call = Some(Called::before_its_body(door));
    }

    pub(crate) fn called(&mut self, ask: &Ask, body_bytes: usize) {
        if let Some(call) = &mut self.call {
            call.model = ask.model().map(str::to_owned);
            if call.model.is_none() {
                ask.label().clone_into(&mut call.label);
            }
            call.stream = ask.stream();
            call.max_tokens = ask.max_tokens();
            call.body_bytes = body_bytes as u64;
            call.uses &= body_bytes > 0;
        }
    }

    /// A stage is over: what it took, without what was only waited for in it.
    pub(crate) fn passed(&mut self, stage: Stage) {
        let (now, (since, waited)) = (self.gateway.clock.monotonic(), self.timed);
        let took = now.since(since).saturating_sub(self.waited.saturating_sub(waited));
        self.gateway.shared().stages.add(stage, took);
        self.timed = (now, self.waited);
    }

    /// When the last stage was over.
    pub(crate) fn timed(&self) -> Monotonic {
        self.timed.0
    }

    pub(crate) fn waited_for_client(&mut self, time: Duration) {
        self.waited += time;
    }

    pub(crate) fn waited_for_return(&mut self, time: Duration) {
        self.waited += time;
    }

    /// A provider is asked. If the client leaves before the answer begins, that is counted.
    pub(crate) fn asks(&mut self, permit: &Permit, price: Option<Price>) {
        let asked = Asked { route: permit.route().clone(), price };
        self.asking = Some((asked, self.timed()));
    }

    /// The provider has answered, or not. Returns how long that took.
    pub(crate) fn heard(&mut self, verdict: &'static str) -> Duration {
        let Some((asked, since)) = self.asking.take() else { return Duration::ZERO };
        let took = self.gateway.clock.monotonic().since(since);
        self.waited += took;
        if let Some(trace) = &mut self.trace {
            let after = since.since(self.began);
            let route = &asked.route;
            let (provider, model) = (route.provider().clone(), Arc::clone(&route.native_id));
            let api = route.api().as_str();
            trace.attempts.push(AttemptTrace { provider, api, model, after, took, verdict });
        }
        took
    }

    /// An attempt that gave nothing: an error of that provider, with no tokens.
    pub(crate) fn failed(&self, permit: &Permit, failure: &Failure, said: &str, took: Duration) {
        tracing::info!(
            request = %self.id, provider = %failure.provider, verdict = failure.verdict.as_str(),
            what = failure.what, said, "attempt failed"
        );
        self.record(permit.route(), Outcome::Error, (&Usage::default(), NanoUsd(0)), took);
    }

    /// An attempt that ended before its answer began.
    fn record(&self, route: &Route, outcome: Outcome, (usage, cost): (&Usage, NanoUsd), took: Duration) {
        let (Some(holder), Some(call)) = (&self.holder, &self.call) else { return };
        let used = Used { usage, cost, outcome, latency: took, first_byte: None };
        self.gateway.meter.record(&entry(self.gateway.clock.wall(), (holder, call, route), &used));
    }

    /// Ends without a provider's answer.
    pub(crate) fn refused(&mut self, refusal: &Refusal, status: u16, headers: &mut HeaderMap) {
        self.mark(headers);
        if let Some(decider) = &self.decider {
            decider.came_of_it(true, self.took(), 0);
        }
        tracing::info!(
            request = %self.id, agent = self.agent().map(AgentName::as_str),
            model = self.call.as_ref().map(Called::label), attempts = self.attempts,
            generation = self.generation(), status, %refusal, "refused"
        );
        if let Some(traced) = self.trace.take() {
            self.tell_trace(traced, status, refusal.code());
        }
    }

    fn tell_trace(&self, traced: Traced, status: u16, code: &str) {
        let Some(call) = &self.call else { return };
        traced.open.end(RequestTrace {
            request: self.id,
            began: traced.began,
            took: self.took(),
            agent: self.agent().cloned(),
            endpoint: call.path.as_ref().into(),
            model: call.model.clone(),
            stream: call.stream,
            max_tokens: call.max_tokens,
            attempts: traced.attempts,
            generation: self.generation().to_owned(),
            status,
            error: Some(code.to_owned()),
            usage: None,
            cost_nano_usd: 0,
            first_byte: None,
        });
    }

    /// The headers that every answer carries.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        put(headers, REQUEST_ID, self.id.as_str());
        put(headers, GENERATION, self.generation());
        let attempts = match self.attempts {
            1 => HeaderValue::from_static("1"),
            attempts => attempts.into(),
        };
        headers.insert(ATTEMPTS, attempts);
        if let Some(why) = self.fallback {
            put(headers, FALLBACK, why);
        }
        let overhead = self.took().saturating_sub(self.waited);
        self.gateway.shared().stages.add(Stage::Overhead, overhead);
        let micros = u64::try_from(overhead.as_micros()).unwrap_or(u64::MAX);
        headers.insert(OVERHEAD, micros.into());
    }

    pub(crate) fn generation(&self) -> &str {
        generation(self.decider.as_ref())
    }

    pub(crate) fn now(&self) -> Now {
        Now { monotonic: self.gateway.clock.monotonic(), wall: self.gateway.clock.wall() }
    }

    fn took(&self) -> Duration {
        self.gateway.clock.monotonic().since(self.began)
    }
}

/// What is said of who decided: the generation, or the native policy.
pub(crate) fn generation(decider: Option<&Account>) -> &str {
    decider.map_or("native", Account::name)
}

impl Called {
    fn before_its_body(door: &Door) -> Self {
        let (path, dialect, understood) = match door {
            Door::Endpoint(endpoint) => (endpoint.name().into(), endpoint.dialect(), true),
            Door::Pass(path) => (path.as_str().to_owned().into(), Dialect::OpenAi, false),
        };
        Self {
            path,
            model: None,
            label: String::new(),
            stream: false,
            max_tokens: None,
            body_bytes: 0,
            dialect,
            understood,
            uses: !matches!(door, Door::Endpoint(Endpoint::CountTokens)),
        }
    }

    /// What stands in the ledger where no provider has been asked yet.
    pub(crate) fn label(&self) -> &str {
        self.model.as_deref().unwrap_or(&self.label)
    }

    /// What is taken to have been used where an answer of so many bytes states nothing. Of one that is not understood
    /// its size says nothing of tokens.
    pub(crate) fn estimate(&self, bytes: u64) -> Usage {
        match self.uses {
            true => Usage::estimate(self.body_bytes, if self.understood { bytes } else { 0 }),
            false => Usage::default(),
        }
    }
}

/// The client went away while a provider was being asked: its prompt may be billed.
impl Drop for Journey {
    fn drop(&mut self) {
        let Some((asked, since)) = self.asking.take() else { return };
        let Asked { route, price } = asked;
        let call = self.call.as_ref().filter(|call| call.uses);
        let usage = call.map(|call| Usage::estimate(call.body_bytes, 0)).unwrap_or_default();
        let settled = settled(price.as_ref(), &usage);
        let cost = settled.cost;
        if let Some(tab) = &self.tab {
            tab.settled(&settled);
        }
        let (took, now) = (self.gateway.clock.monotonic().since(since), self.now());
        self.record(&route, Outcome::Cancelled, (&usage, cost), took);
        if let Some(stay) = &mut self.stay {
            stay.settle(usage.prompt, cost, now);
        }
    }
}
