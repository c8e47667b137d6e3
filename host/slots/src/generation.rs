//! A generation that lives in this process, and the pin by which a call holds on to it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use patchbay_registry::Provides;
use patchbay_runtime::exchange::{Input, Output};
use patchbay_runtime::routing::{Candidate, Decision, RequestFacts};
use patchbay_runtime::{Call, CallFailure, FailureClass, Plugin, Ran, Scope, Session, Start, Tape};
use patchbay_types::{Clock, Digest, GenerationId, Grants, Handle, Monotonic, stable_hash};
use tokio::sync::Notify;

use crate::budget::{Budget, BudgetLimits, Record};
use crate::record::GenerationRecord;
use crate::slot::Inner;
use crate::tally::{Tallied, Tally};

pub(crate) struct Generation {
    pub(crate) record: GenerationRecord,
    /// Its id, written out.
    name: Box<str>,
    pub(crate) plugin: Plugin,
    pub(crate) tally: Tally,
    /// What is not kept of its calls, as JSON pointers, from its manifest.
    pub(crate) redact: Vec<String>,
    /// The failures that it takes, if it is an analyzer.
    provides: Provides,
    budget: Budget,
    predecessor_refused: f64,
    /// Why it has to go. From then on it is not asked; the slot's watch takes it out.
    condemned: OnceLock<String>,
    /// Rung when it is condemned; the slot's watch holds the other end.
    bell: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

/// Holds a generation for one request or task: all its attempts are decided by the same one, whatever is loaded
/// meanwhile.
pub struct Pinned {
    slot: Handle<Inner>,
    generation: Handle<Generation>,
}

/// Where it is written down how a request or task ended for which a generation decided. It does not hold the generation
/// in charge.
#[derive(Clone)]
pub struct Account(Handle<Generation>);

/// A question to the generation that is pinned.
pub struct Question<'a> {
    /// The call's id: it names the recording, and the guest's random numbers follow from it.
    pub id: &'a str,
    pub input: &'a Input,
    /// Who answers the plugin while it runs; none is the host.
    pub session: Option<Box<dyn Session>>,
    /// Time of this call in all, if it is less than the plugin's.
    pub time: Option<Duration>,
    /// What this call may, if that is less than the plugin may; nobody looks whether it is.
    pub granted: Option<Grants>,
}

/// Why a pinned generation gave no answer; what happens then is its caller's affair.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Failed(#[from] CallFailure),
    #[error("the generation is being taken out: {0}")]
    Condemned(String),
}

/// What is needed to make a generation beside its record and its plugin.
pub(crate) struct Making<'a> {
    pub(crate) redact: Vec<String>,
    pub(crate) provides: Provides,
    pub(crate) limits: BudgetLimits,
    pub(crate) predecessor: Option<&'a Generation>,
    pub(crate) bell: Arc<Notify>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Generation {
    pub(crate) fn new(record: GenerationRecord, plugin: Plugin, making: Making<'_>) -> Self {
        let Making { redact, provides, limits, predecessor, bell, clock } = making;
        Self {
            name: record.id().to_string().into(),
            record,
            plugin,
            tally: Tally::new(),
            redact,
            provides,
            budget: Budget::new(limits),
            predecessor_refused: predecessor.map_or(0.0, |generation| generation.tally.refused_share()),
            condemned: OnceLock::new(),
            bell,
            clock,
        }
    }

    pub(crate) fn condemned(&self) -> Option<&str> {
        self.condemned.get().map(String::as_str)
    }

    pub(crate) fn scope(&self, call: &str) -> Scope {
        Scope {
            generation: self.record.id(),
            plugin: self.record.name.clone(),
            grants: self.record.grants.clone(),
            call: call.to_owned(),
        }
    }

    /// Whether it is to be asked this: an analyzer says which failures it takes.
    fn takes(&self, input: &Input) -> bool {
        match input {
            Input::Analyze { failure } => {
                self.provides.failures.iter().any(|kind| kind.as_str() == failure.kind)
            }
            _ => true,
        }
    }

    /// Counts a call, and rings when it was one failure too many.
    pub(crate) fn note(&self, outcome: Result<(), FailureClass>, took: Duration) {
        self.tally.add(outcome, took);
        let Err(class) = outcome else { return };
        if let Some(why) = self.budget.spend(class, self.clock.monotonic(), self.record_so_far())
            && self.condemned.set(why).is_ok()
        {
            self.bell.notify_one();
        }
    }

    fn record_so_far(&self) -> Record {
        let Tallied { calls, timeouts, refused, .. } = self.tally.read();
        Record { calls, timeouts, refusals: refused, predecessor_refused: self.predecessor_refused }
    }

    fn sound(&self) -> Result<(), Unanswered> {
        self.condemned().map_or(Ok(()), |why| Err(Unanswered::Condemned(why.to_owned())))
    }
}

impl Pinned {
    pub(crate) fn new(slot: Handle<Inner>, generation: Handle<Generation>) -> Self {
        generation.tally.hold();
        Self { slot, generation }
    }

    #[must_use]
    pub fn id(&self) -> GenerationId {
        self.generation.record.id()
    }

    /// Of its component.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.generation.record.digest
    }

    /// What it may.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.generation.record.grants
    }

    /// On whose behalf it asks in the call of this id.
    #[must_use]
    pub fn scope(&self, call: &str) -> Scope {
        self.generation.scope(call)
    }

    /// Whether it is to be asked this: an analyzer says which failures it takes.
    #[must_use]
    pub fn takes(&self, input: &Input) -> bool {
        self.generation.takes(input)
    }

    #[must_use]
    pub fn plugin(&self) -> &Plugin {
        &self.generation.plugin
    }

    /// Asks a routing policy. `seed` is what its random numbers follow from.
    ///
    /// # Errors
    /// See [`Unanswered`]. Every failure is counted against the generation's budget.
    pub async fn rank(
        &self,
        seed: u64,
        request: &RequestFacts<'_>,
        candidates: &[Candidate<'_>],
    ) -> Result<Decision, Unanswered> {
        let generation = &self.generation;
        generation.sound()?;
        let began: Monotonic = generation.clock.monotonic();
        let start = Start::now(seed);
        let answer = generation.plugin.rank(start, request, candidates).await;
        let now = generation.clock.monotonic();
        let took = now.since(began);
        generation.note(answer.as_ref().map(|_| ()).map_err(CallFailure::class), took);
        if let Some(look) = self.slot.look(generation, answer.is_err(), now) {
            let candidates = candidates.iter().map(Into::into).collect();
            let input = Input::Rank { request: request.into(), candidates };
            let result = answer.as_ref().map(|decision| Output::Decision(decision.clone()));
            let call = format!("{}#{}", request.id, request.attempt);
            self.slot.value().observe(look, generation, &call, start, input, Tape::default(), result, took);
        }
        if let Err(failure) = &answer {
            let look = look(generation, &format!("{}#{}", request.id, request.attempt));
            tracing::warn!(generation = %self.id(), request = request.id, %failure, look, "the native policy decides");
        }
        Ok(answer?)
    }

    /// Asks a plugin of any kind.
    ///
    /// # Errors
    /// See [`Unanswered`]. Every failure is counted against the generation's budget.
    ///
    /// # Cancel safety
    /// Dropping the future ends the call, and what it has started through its host.
    pub async fn ask(&self, question: Question<'_>) -> Result<Output, Unanswered> {
        let generation = &self.generation;
        generation.sound()?;
        let mut scope = generation.scope(question.id);
        if let Some(granted) = question.granted {
            scope.grants = granted;
        }
        let session = question.session.unwrap_or_else(|| self.slot.runtime.host().session(&scope));
        let start = Start::now(stable_hash(question.id));
        let call = Call { scope: &scope, start, session, time: question.time };
        let Ran { result, tape, took } = generation.plugin.ask(call, question.input).await;
        generation.note(result.as_ref().map(|_| ()).map_err(CallFailure::class), took);
        if let Some(look) = self.slot.look(generation, result.is_err(), generation.clock.monotonic()) {
            let (input, answer) = (question.input.clone(), result.as_ref().map(Clone::clone));
            self.slot.value().observe(look, generation, question.id, start, input, tape, answer, took);
        }
        if let Err(failure) = &result {
            let look = look(generation, question.id);
            tracing::warn!(generation = %self.id(), call = question.id, %failure, look, "no answer");
        }
        Ok(result?)
    }

    /// To whom what comes of its decisions is put down.
    #[must_use]
    pub fn account(&self) -> Account {
        Account(self.generation.clone())
    }
}

impl Account {
    /// What came of what the generation decided: shown beside the same of the other one while a canary runs.
    pub fn came_of_it(&self, failed: bool, took: Duration, cost_nano_usd: u64) {
        self.0.tally.came_of_it(failed, took, cost_nano_usd);
    }

    /// The generation's id as a text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

/// What to type to see a call again, and to make it again.
fn look(generation: &Generation, call: &str) -> String {
    let slot = &generation.record.slot;
    format!("patchbay call export --slot {slot} '{call}' -o trap.calls && patchbay plugin replay trap.calls")
}

impl Drop for Pinned {
    fn drop(&mut self) {
        self.generation.tally.let_go();
    }
}

impl Unanswered {
    /// One word, for headers and counters.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.class().as_str(),
            Self::Condemned(_) => "quarantined",
        }
    }
}
