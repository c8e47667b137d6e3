//! A loaded plugin of any world: its instances, and the one way to ask it something.

mod check;
mod spent;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_queue::ArrayQueue;
use patchbay_types::{SlotKind, shard, shards};
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::Store;

use crate::call::{CallFailure, Refusal, one_line};
use crate::contract::{Answer, Instance, Linked};
use crate::conversation::Conversation;
use crate::engine::Lane;
use crate::exchange::{Input, Output, RouteDescription, SkillDescription};
use crate::guest::{Guest, Identity, Start};
use crate::limit::{Limits, TURN_TIME};
use crate::load::LoadError;
use crate::port::{Scope, Session};
use crate::routing::{self, Candidate, Decision, RequestFacts};
use crate::tape::Tape;

/// A plugin that can be asked by many at once. Each call has an instance to itself. A pure plugin's is kept for the next
/// call; any other's is fresh and dropped. An instance that trapped or was stopped is never used again.
pub struct Plugin {
    lane: Arc<Lane>,
    linked: Linked,
    nature: Nature,
    identity: Arc<Identity>,
    limits: Limits,
    /// What it offers, as it said when it was loaded.
    offers: Offers,
    /// One queue for each serving thread: an instance that moved between processors would leave its memory behind in the
    /// other's cache.
    warm: Box<[ArrayQueue<Box<Warm>>]>,
    /// Set once the plugin is no longer in charge: instances that come back are dropped.
    retired: AtomicBool,
    /// Calls that may run at one time, unless it is pure.
    turns: Semaphore,
}

/// What sort of plugin it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Nature {
    pub(crate) kind: SlotKind,
    pub(crate) pure: bool,
}

/// What a plugin says that it offers.
#[derive(Clone, PartialEq, Debug)]
pub enum Offers {
    /// Its world has nothing to say.
    Nothing,
    Skills(Vec<SkillDescription>),
    Routes(Vec<RouteDescription>),
}

/// How a call is made.
pub struct Call<'a> {
    /// On whose behalf the plugin asks its host.
    pub scope: &'a Scope,
    pub start: Start,
    /// Who answers it. A pure plugin has nobody.
    pub session: Box<dyn Session>,
    /// Time of this call in all, if it is less than the plugin's.
    pub time: Option<Duration>,
}

/// What became of a call.
#[derive(Debug)]
pub struct Ran {
    pub result: Result<Output, CallFailure>,
    /// What it asked of its host.
    pub tape: Tape,
    /// Its own time: without what the host did for it.
    pub took: Duration,
}

struct Warm {
    store: Store<Guest>,
    instance: Instance,
}

impl Plugin {
    pub(crate) fn new(
        lane: Arc<Lane>,
        linked: Linked,
        nature: Nature,
        identity: Arc<Identity>,
        limits: Limits,
    ) -> Self {
        let each = limits.warm_instances.div_ceil(shards()).max(1);
        let warm = std::iter::repeat_with(|| ArrayQueue::new(each)).take(shards()).collect();
        Self {
            lane,
            linked,
            nature,
            identity,
            limits,
            offers: Offers::Nothing,
            warm,
            retired: AtomicBool::new(false),
            turns: Semaphore::new(limits.concurrency),
        }
    }

    /// Starts the first instance, and asks it what it offers.
    pub(crate) async fn start(mut self) -> Result<Self, LoadError> {
        let deadline = self.limits.start_deadline;
        let mut first = self.fresh(deadline).await.map_err(|failure| match failure {
            CallFailure::Timeout(_) => LoadError::SlowStart(deadline),
            other => LoadError::Start(other.to_string()),
        })?;
        if matches!(self.nature.kind, SlotKind::Skills | SlotKind::Notifiers) {
            self.offers =
                self.describe(&mut first).await.map_err(|why| LoadError::Describe(why.to_string()))?;
        }
        if self.nature.pure {
            self.keep(first);
            if self.nature.kind == SlotKind::Routing && !self.lane.is_fat() {
                self.warm_up().await;
            }
        }
        Ok(self)
    }

    /// An instance for each serving thread, so that no request waits for one to start. The first has shown that they do; all
    /// others have the time of one, and what does not come in it is made when it is needed.
    async fn warm_up(&self) {
        let rest = self.limits.warm_instances.saturating_sub(1);
        let all = async {
            for queue in self.warm.iter().filter(|queue| queue.is_empty()).take(rest) {
                let Ok(warm) = self.fresh(self.limits.start_deadline).await else { break };
                drop(queue.push(warm));
            }
        };
        let _ = in_time(self.limits.start_deadline, all).await;
    }

    async fn describe(&self, warm: &mut Warm) -> Result<Offers, CallFailure> {
        let input = Input::Describe {};
        let deadline = self.limits.start_deadline;
        Guest::begin(&mut warm.store, deadline, Start::now(0));
        let answer = in_time(deadline, warm.instance.ask(&mut warm.store, &input)).await;
        match self.judged(answer, warm, deadline).and_then(|output| check::output(&input, output))? {
            Output::Skills(skills) => Ok(Offers::Skills(skills)),
            Output::Routes(routes) => Ok(Offers::Routes(routes)),
            _ => Ok(Offers::Nothing),
        }
    }

    #[must_use]
    pub fn kind(&self) -> SlotKind {
        self.nature.kind
    }

    /// Whether it decides by its input alone.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.nature.pure
    }

    #[must_use]
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Lets go of the instances that wait, and of each that runs once it is done: its place in the pool is needed by
    /// the plugin that follows. The plugin can still be asked.
    pub fn cool(&self) {
        self.retired.store(true, Ordering::Relaxed);
        self.warm.iter().for_each(|queue| while queue.pop().is_some() {});
    }

    /// Asks a routing policy: the way of every request.
    ///
    /// # Errors
    /// See [`CallFailure`]; the instance is kept only when the plugin itself refused.
    ///
    /// # Cancel safety
    /// Dropping the future drops the instance.
    pub async fn rank(
        &self,
        start: Start,
        request: &RequestFacts<'_>,
        candidates: &[Candidate<'_>],
    ) -> Result<Decision, CallFailure> {
        let mut warm = self.instance().await?;
        Guest::begin(&mut warm.store, self.limits.deadline, start);
        let ranking = warm.instance.rank(&mut warm.store, request, candidates);
        let answer = in_time(self.limits.deadline * 2, ranking).await;
        let decision = self.judged(answer, &mut warm, self.limits.deadline);
        if matches!(decision, Ok(_) | Err(CallFailure::Refused(_))) {
            self.keep(warm);
        }
        let decision = decision?;
        routing::check(&decision, candidates.len()).map_err(CallFailure::Invalid)?;
        Ok(decision)
    }

    /// Asks it anything that its world is asked.
    ///
    /// # Cancel safety
    /// Dropping the future drops the instance and the session, and so ends what they have started.
    pub async fn ask(&self, call: Call<'_>, input: &Input) -> Ran {
        let began = Instant::now();
        let outcome =
            if self.nature.pure { self.ask_pure(call, input).await } else { self.ask_any(call, input).await };
        let (result, tape, host_time) = outcome;
        let result = result.and_then(|output| check::output(input, output));
        Ran { result, tape, took: began.elapsed().saturating_sub(host_time) }
    }

    async fn ask_pure(&self, call: Call<'_>, input: &Input) -> Outcome {
        let none = (Tape::default(), Duration::ZERO);
        let mut warm = match self.instance().await {
            Ok(warm) => warm,
            Err(failure) => return (Err(failure), none.0, none.1),
        };
        Guest::begin(&mut warm.store, self.limits.deadline, call.start);
        let answer = in_time(self.limits.deadline * 2, warm.instance.ask(&mut warm.store, input)).await;
        let result = self.judged(answer, &mut warm, self.limits.deadline);
        if matches!(result, Ok(_) | Err(CallFailure::Refused(_))) {
            self.keep(warm);
        }
        (result, none.0, none.1)
    }

    async fn ask_any(&self, call: Call<'_>, input: &Input) -> Outcome {
        let none = |failure| (Err(failure), Tape::default(), Duration::ZERO);
        let _turn = match self.turn().await {
            Ok(turn) => turn,
            Err(failure) => return none(failure),
        };
        let mut warm = match self.fresh(self.limits.start_deadline).await {
            Ok(warm) => warm,
            Err(failure) => return none(failure),
        };
        Guest::begin(&mut warm.store, self.limits.deadline, call.start);
        warm.store.data_mut().conversation =
            Some(Conversation::new(call.scope.clone(), call.session, &self.limits));
        let time = call.time.map_or(self.limits.call_time, |time| time.min(self.limits.call_time));
        let answer = in_time(time, warm.instance.ask(&mut warm.store, input)).await;
        let stopped_after = if answer.is_none() { time } else { self.limits.deadline };
        let spent = spent::limit(input, answer.as_ref(), warm.store.data(), &self.limits, time);
        let result = spent.map_or_else(|| self.judged(answer, &mut warm, stopped_after), Err);
        let conversation = warm.store.data_mut().conversation.take();
        let (tape, host_time) = conversation.map(Conversation::end).unwrap_or_default();
        (result, tape, host_time)
    }

    /// What an answer means; none is that it did not come in time.
    fn judged<T>(
        &self,
        answer: Option<Answer<T>>,
        warm: &mut Warm,
        deadline: Duration,
    ) -> Result<T, CallFailure> {
        match answer {
            Some(Ok(Ok(output))) => Ok(output),
            Some(Ok(Err(refusal))) => Err(CallFailure::Refused(short(refusal))),
            Some(Err(error)) => Err(CallFailure::of(&error, warm.store.data().timed_out, deadline)),
            None => Err(CallFailure::Timeout(deadline)),
        }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, CallFailure> {
        let busy = CallFailure::Busy(self.limits.concurrency);
        match tokio::time::timeout(TURN_TIME, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }

    async fn instance(&self) -> Result<Box<Warm>, CallFailure> {
        match shard(&self.warm).pop() {
            Some(warm) => Ok(warm),
            None => self.fresh(self.limits.deadline.max(self.fresh_time())).await,
        }
    }

    /// A language's runtime takes longer to start than a decision may.
    fn fresh_time(&self) -> Duration {
        if self.lane.is_fat() { self.limits.start_deadline } else { Duration::ZERO }
    }

    async fn fresh(&self, deadline: Duration) -> Result<Box<Warm>, CallFailure> {
        let lane = &self.lane;
        let mut store = Guest::store(&lane.engine, self.identity.clone(), &self.limits, lane.room, deadline);
        match in_time(deadline * 2, self.linked.instantiate(&mut store)).await {
            Some(Ok(instance)) => Ok(Box::new(Warm { store, instance })),
            Some(Err(_)) if store.data().timed_out => Err(CallFailure::Timeout(deadline)),
            Some(Err(error)) => Err(CallFailure::Trap(one_line(&error))),
            None => Err(CallFailure::Timeout(deadline)),
        }
    }

    fn keep(&self, warm: Box<Warm>) {
        if !self.retired.load(Ordering::Relaxed) {
            // One too many is dropped: the queue is as long as it may be.
            drop(shard(&self.warm).push(warm));
        }
    }
}

type Outcome = (Result<Output, CallFailure>, Tape, Duration);

/// Epochs stop a guest that computes; one that waits in a host call is stopped here.
async fn in_time<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}

/// A plugin's own words, cut: they go into logs, answers and the store.
fn short(mut refusal: Refusal) -> Refusal {
    const CODE_BYTES: usize = 64;
    const MESSAGE_BYTES: usize = 4096;
    truncate(&mut refusal.code, CODE_BYTES);
    truncate(&mut refusal.message, MESSAGE_BYTES);
    refusal
}

fn truncate(text: &mut String, bytes: usize) {
    let end = (0..=bytes.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.truncate(end);
}
