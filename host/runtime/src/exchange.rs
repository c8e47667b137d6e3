//! What a plugin can be asked, world by world, and what it answers, as values: so that one call can be made, recorded,
//! compared and made again without knowing which world it is of.

mod difference;
mod template;

use patchbay_types::SlotKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::contract::analyzer::exports::patchbay::plugin::analyzer::{Diagnosis, Failure};
pub use crate::contract::latest::{Candidate, Decision, Exhausted, RequestFacts};
pub use crate::contract::notifier::exports::patchbay::plugin::delivery::{
    Description as RouteDescription, Message, Receipt,
};
pub use crate::contract::skill::exports::patchbay::plugin::skill::{
    Description as SkillDescription, Invocation, Outcome,
};
pub use crate::contract::source::exports::patchbay::plugin::source::{Item, Page, ResultNote};
pub use difference::difference;

pub use crate::contract::strategy::exports::patchbay::plugin::strategy::{Action, Check, FixPlan, Problem};

/// One question. In JSON: `{"ask": "rank", "request": {…}, "candidates": […]}`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Input {
    /// A routing policy.
    Rank {
        request: RequestFacts,
        candidates: Vec<Candidate>,
    },
    /// An error analyzer.
    Analyze {
        failure: Failure,
    },
    /// A fix strategy.
    Propose {
        problem: Problem,
    },
    /// A skill adapter or a notifier: what it offers.
    Describe {},
    /// A skill adapter.
    Run {
        invocation: Invocation,
    },
    /// A notifier.
    Send {
        message: Message,
    },
    /// A task source, as the four that follow.
    Poll {
        cursor: Option<String>,
    },
    Claim {
        item: String,
    },
    Heartbeat {
        item: String,
        claim: String,
    },
    Complete {
        item: String,
        claim: String,
        note: ResultNote,
    },
    Release {
        item: String,
        claim: String,
        reason: String,
    },
}

/// One answer. In JSON: `{"decision": {…}}`, `{"diagnosis": null}`, `"done"`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    Decision(Decision),
    Diagnosis(Option<Diagnosis>),
    Plan(Option<FixPlan>),
    Skills(Vec<SkillDescription>),
    Outcome(Outcome),
    Routes(Vec<RouteDescription>),
    Receipt(Receipt),
    Page(Page),
    Claim(String),
    Done,
}

/// Why a text is no question to a plugin.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("the input is no object: expected {{\"ask\": …}} or the fields of one question")]
    NoObject,
    #[error("a plugin of slot kind {kind} cannot be asked {ask:?}: expected one of {expected}", kind = .kind.as_str())]
    Ask { kind: SlotKind, ask: String, expected: String },
    #[error("the input has an unknown field {path}: expected {expected}")]
    Unknown { path: String, expected: String },
    #[error("the input does not fit: {0}")]
    Shape(String),
}

impl Input {
    /// The word by which it is asked: `rank`.
    #[must_use]
    pub fn ask(&self) -> &'static str {
        match self {
            Self::Rank { .. } => "rank",
            Self::Analyze { .. } => "analyze",
            Self::Propose { .. } => "propose",
            Self::Describe {} => "describe",
            Self::Run { .. } => "run",
            Self::Send { .. } => "send",
            Self::Poll { .. } => "poll",
            Self::Claim { .. } => "claim",
            Self::Heartbeat { .. } => "heartbeat",
            Self::Complete { .. } => "complete",
            Self::Release { .. } => "release",
        }
    }

    /// What plugins of a kind are asked; the first is meant when none is named.
    #[must_use]
    pub fn asks(kind: SlotKind) -> &'static [&'static str] {
        match kind {
            SlotKind::Routing => &["rank"],
            SlotKind::Analyzers => &["analyze"],
            SlotKind::Strategies => &["propose"],
            SlotKind::Skills => &["run", "describe"],
            SlotKind::Notifiers => &["send", "describe"],
            SlotKind::Sources => &["poll", "claim", "heartbeat", "complete", "release"],
        }
    }

    /// Reads a question for a plugin of `kind`. Fields that are left out have a plain default: an empty text, zero,
    /// none, and for a candidate that it is healthy and available. Attributes may be an object, and a skill's input JSON
    /// instead of its text.
    ///
    /// # Errors
    /// See [`InputError`]; a misspelt field is named.
    pub fn read(kind: SlotKind, mut value: Value) -> Result<Self, InputError> {
        let object = value.as_object_mut().ok_or(InputError::NoObject)?;
        let asks = Self::asks(kind);
        let ask = object.remove("ask").unwrap_or_else(|| asks[0].into());
        let named = asks.iter().find(|known| ask.as_str() == Some(known)).ok_or_else(|| InputError::Ask {
            kind,
            ask: ask.to_string(),
            expected: asks.join(", "),
        })?;
        let filled = template::fill(named, value)?;
        serde_json::from_value(filled).map_err(|error| InputError::Shape(error.to_string()))
    }
}
