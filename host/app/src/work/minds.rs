//! Causes from the chain of analyzers, plans from the chain of strategies. It must not know what is made of them.

use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::{Asked, Doing, FailureFacts, Minds, ProblemFacts, Proposed};
use patchbay_runtime::exchange::{Action, Check, FixPlan, Input, Output, Problem};
use patchbay_slots::{Pinned, Question, Slot};
use patchbay_tasks::{Offered, OfferedPart};
use patchbay_types::{Digest, SlotKind, stable_hash};

use super::subject::TaskSubject;
use super::{Shared, chain};
use crate::capability::Work;
use crate::capability::used::Used;

/// Bytes of a failure's message that an analyzer is given.
const MESSAGE_BYTES: usize = 16 * 1024;
/// The skill whose grants a script of a fix gets.
const SCRIPT: &str = "script";
/// Under which name a diagnosis and its fixes say which pictures models were shown.
const IMAGES: &str = "images";

pub(super) struct PluginMinds(pub(super) Arc<Shared>);

impl Minds for PluginMinds {
    fn analyze<'a>(&'a self, facts: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        Box::pin(async move {
            let subject = Arc::new(TaskSubject::new(self.0.clone(), facts.task.clone(), Vec::new()));
            let told = subject.told_of_pictures().await;
            let failure = patchbay_runtime::exchange::Failure {
                id: facts.id.clone(),
                kind: facts.kind.to_owned(),
                code: facts.class.clone(),
                message: end_of(&facts.message, MESSAGE_BYTES).to_owned(),
                attributes: facts.attributes.iter().cloned().chain(told).collect(),
            };
            let (input, used) = (Input::Analyze { failure }, Arc::<Used>::default());
            for slot in self.0.slots.of(SlotKind::Analyzers) {
                let Some((pin, Output::Diagnosis(Some(found)))) =
                    ask(&self.0, &slot, &facts.id, &input, (&subject, &used)).await
                else {
                    continue;
                };
                return Some(Asked {
                    by: pin.id().to_string(),
                    plugin: Some(pin.digest()),
                    class: found.class,
                    cause: found.cause,
                    retry_after: found.retry_after_ms.map(Duration::from_millis),
                    attributes: counted(found.attributes, &used),
                });
            }
            None
        })
    }

    fn propose<'a>(&'a self, facts: &'a ProblemFacts, from: usize) -> Doing<'a, Option<Proposed>> {
        Box::pin(async move {
            let input = Input::Propose { problem: problem(&self.0, facts) };
            let used = Arc::<Used>::default();
            let subject = TaskSubject::new(self.0.clone(), facts.task.clone(), facts.history.clone());
            let subject = Arc::new(subject);
            let id = format!("{}/{}", facts.problem.fingerprint, facts.history.len() + 1);
            for (place, slot) in self.0.slots.of(SlotKind::Strategies).iter().enumerate().skip(from) {
                let Some((pin, Output::Plan(Some(plan)))) =
                    ask(&self.0, slot, &id, &input, (&subject, &used)).await
                else {
                    continue;
                };
                return Some(Proposed {
                    next: place + 1,
                    by: pin.id().to_string(),
                    plugin: Some(pin.digest()),
                    attributes: seen(&facts.attributes)
                        .chain(counted(plan.attributes.clone(), &used))
                        .collect(),
                    plan: offered(plan),
                });
            }
            None
        })
    }

    /// Who analyzes and who mends, by their generations: a new one is worth another look. One that is not loaded yet is
    /// the one that it will be.
    fn configuration(&self) -> Digest {
        let mut names = String::new();
        for kind in [SlotKind::Analyzers, SlotKind::Strategies, SlotKind::Skills] {
            for slot in self.0.slots.of(kind) {
                if let Some(expected) = slot.expected() {
                    names.push_str(&expected.generation.to_string());
                    names.push('\n');
                }
            }
        }
        Digest::of(names.as_bytes())
    }
}

/// None: it is not asked this, or gave no answer, which its own slot has counted.
async fn ask(
    shared: &Arc<Shared>,
    slot: &Slot,
    id: &str,
    input: &Input,
    (subject, used): (&Arc<TaskSubject>, &Arc<Used>),
) -> Option<(Pinned, Output)> {
    if let Err(error) = slot.wake().await {
        tracing::warn!(%error, "it is not asked");
    }
    let pin = slot.pin(stable_hash(id)).filter(|pin| pin.takes(input))?;
    let work = Work { subject: subject.clone(), used: used.clone(), ..Work::default() };
    let session = shared.capabilities.session_with(&pin.scope(id), work);
    let question = Question { id, input, session: Some(session), time: None, granted: None };
    let output = pin.ask(question).await.ok()?;
    Some((pin, output))
}

/// What models took and were shown is what the host has counted, with those that were asked before and knew nothing; a
/// plugin's own word about it does not count.
fn counted(attributes: Vec<(String, String)>, used: &Used) -> Vec<(String, String)> {
    let counts = [
        ("prompt-tokens", used.prompt().0),
        ("completion-tokens", used.completion().0),
        ("cost-nano-usd", used.cost().0),
    ];
    let is_count = |name: &str| name == IMAGES || counts.iter().any(|(counted, _)| *counted == name);
    let images: Vec<String> = used.images().iter().map(ToString::to_string).collect();
    let images = (!images.is_empty()).then(|| (IMAGES.to_owned(), images.join(" ")));
    let told = counts.iter().filter(|(_, count)| *count > 0);
    let told: Vec<(String, String)> =
        told.map(|(name, count)| ((*name).to_owned(), count.to_string())).collect();
    told.into_iter().chain(images).chain(attributes.into_iter().filter(|(name, _)| !is_count(name))).collect()
}

/// The pictures that the diagnosis rests on, for the fix that rests on it.
fn seen(found: &[(String, String)]) -> impl Iterator<Item = (String, String)> {
    found
        .iter()
        .filter(|(name, _)| name == IMAGES)
        .map(|(_, images)| ("diagnosis-images".to_owned(), images.clone()))
}

fn problem(shared: &Shared, facts: &ProblemFacts) -> Problem {
    let known = &facts.problem;
    let mut attributes = facts.attributes.clone();
    if let Some(grants) = chain::grants(&shared.slots, SCRIPT) {
        let grants = serde_json::to_string(&grants).unwrap_or_default();
        attributes.extend([("script".to_owned(), "javascript".to_owned()), ("grants".to_owned(), grants)]);
    }
    Problem {
        id: known.fingerprint.to_string(),
        fingerprint: known.fingerprint.to_string(),
        class: known.class.clone(),
        title: facts.title.clone(),
        cause: facts.cause.clone(),
        failures: known.failures,
        fixes_tried: known.used.plans,
        attributes,
    }
}

fn offered(plan: FixPlan) -> Offered {
    let action = |part: Action| OfferedPart { kind: part.kind, arguments: part.arguments };
    let check = |part: Check| OfferedPart { kind: part.kind, arguments: part.arguments };
    Offered {
        title: plan.title,
        reason: plan.reason,
        actions: plan.actions.into_iter().map(action).collect(),
        checks: plan.checks.into_iter().map(check).collect(),
        undo: plan.undo.into_iter().map(action).collect(),
        confidence: plan.confidence,
    }
}

/// The last bytes, from the beginning of a character on.
fn end_of(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text.get(from..).unwrap_or_default()
}
