//! Making a recorded call again: the same input, start and answers of the host, nothing executed. What comes out is the
//! same, or says where it went another way.

use std::sync::{Arc, OnceLock};

use patchbay_runtime::ask::{HostAnswer, HostCall};
use patchbay_runtime::exchange::difference;
use patchbay_runtime::{Answering, Call, Exchange, FailureClass, Plugin, Ran, Scope, Session, permitted};
use patchbay_types::Grants;
use serde::{Deserialize, Serialize};

use crate::recorded::{Answer, Recorded};

/// How a call that was made again compares with its recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    Agree,
    /// Another answer: the fields that matter and differ.
    Differ {
        fields: Vec<String>,
    },
    /// It asked its host something that was not recorded, so nobody knows what would have come of it.
    Diverged {
        why: String,
    },
    /// It trapped, was stopped or answered nonsense.
    Failed {
        class: FailureClass,
        message: String,
    },
}

/// A call that was made again.
#[derive(Clone, PartialEq, Debug)]
pub struct Replayed {
    pub verdict: Verdict,
    pub answer: Answer,
}

/// Puts a recorded call to a plugin that may what `grants` says: its own, which may differ from those of the plugin that
/// was recorded.
pub async fn replay(plugin: &Plugin, grants: &Grants, recorded: &Recorded) -> Replayed {
    let scope = Scope {
        generation: recorded.generation.clone(),
        plugin: recorded.plugin.clone(),
        grants: grants.clone(),
        call: recorded.call.clone(),
    };
    let diverged = Arc::new(OnceLock::new());
    let session = Box::new(FromTape::new(recorded, diverged.clone()));
    let call = Call { scope: &scope, start: recorded.start, session, time: None };
    let Ran { result, .. } = plugin.ask(call, &recorded.input).await;
    let answer = Answer::of(result.as_ref().map(Clone::clone));
    let verdict = match diverged.get() {
        Some(why) => Verdict::Diverged { why: why.clone() },
        None => compare(&recorded.answer, &answer),
    };
    Replayed { verdict, answer }
}

fn compare(recorded: &Answer, found: &Answer) -> Verdict {
    use FailureClass::{Deadline, Refused, Timeout};
    match (recorded, found) {
        (Answer::Output(recorded), Answer::Output(found)) => match difference(recorded, found) {
            fields if fields.is_empty() => Verdict::Agree,
            fields => Verdict::Differ { fields },
        },
        (
            Answer::Failed { class: Refused, code: old, .. },
            Answer::Failed { class: Refused, code: new, .. },
        ) if old == new => Verdict::Agree,
        (Answer::Failed { class: old, message: before, .. }, Answer::Failed { class, message, .. })
            if old == class && (before == message || matches!(class, Timeout | Deadline)) =>
        {
            Verdict::Agree
        }
        (_, Answer::Failed { class, message, .. }) if *class != Refused => {
            Verdict::Failed { class: *class, message: message.clone() }
        }
        _ => Verdict::Differ { fields: vec!["outcome".to_owned()] },
    }
}

/// Answers as it was answered, in the same order, and nothing else.
struct FromTape {
    exchanges: std::vec::IntoIter<Exchange>,
    clock_ms: u64,
    diverged: Arc<OnceLock<String>>,
}

impl FromTape {
    fn new(recorded: &Recorded, diverged: Arc<OnceLock<String>>) -> Self {
        // What the grants refused then never came to a session.
        let heard =
            recorded.tape.exchanges.iter().filter(|heard| permitted(&recorded.grants, &heard.question));
        Self { exchanges: heard.cloned().collect::<Vec<_>>().into_iter(), clock_ms: 0, diverged }
    }

    fn next(&mut self, call: &HostCall) -> HostAnswer {
        if self.diverged.get().is_some() {
            return not_recorded();
        }
        match self.exchanges.next() {
            Some(exchange) if exchange.question == *call => {
                self.clock_ms = exchange.at_ms;
                exchange.answer
            }
            other => {
                let was = other.map_or("nothing more was asked", |exchange| exchange.question.name());
                let why = format!("it asked {}, where the recording has: {was}", shown(call));
                // The first one counts; there is nothing to do if it is set already.
                let _ = self.diverged.set(why);
                not_recorded()
            }
        }
    }
}

impl Session for FromTape {
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a> {
        let answer = self.next(call);
        Box::pin(async move { answer })
    }

    fn clock_ms(&self) -> Option<u64> {
        Some(self.clock_ms)
    }
}

fn not_recorded() -> HostAnswer {
    HostAnswer::error("not-recorded", "this was not asked when the call was recorded, and is not done now")
}

/// A question for people, cut.
fn shown(call: &HostCall) -> String {
    let text = serde_json::to_string(call).unwrap_or_else(|_| call.name().to_owned());
    text.chars().take(300).collect()
}
