//! The world `fix-strategy`: what could mend a problem.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Attributes, PluginError, json_text};

/// Proposes what could mend a problem. Export it with [`fix_strategy!`](crate::fix_strategy).
pub trait FixStrategy {
    /// A plan, which the host carries out, checks and remembers, if the operator allows its actions; none: another
    /// strategy may know.
    ///
    /// # Errors
    /// An error, a panic or a timeout passes the problem on to the next strategy.
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError>;
}

/// Failures with one fingerprint.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Problem {
    /// The host's own.
    pub id: String,
    /// What its failures have in common.
    pub fingerprint: String,
    /// As diagnosed; empty if it was not.
    pub class: String,
    /// In a few words.
    pub title: String,
    /// In a sentence.
    pub cause: String,
    /// How often it was seen.
    pub failures: u32,
    /// How many fixes were tried.
    pub fixes_tried: u32,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// One that was seen once: what a test starts from.
impl Default for Problem {
    fn default() -> Self {
        Self {
            id: "problem-1".into(),
            fingerprint: String::new(),
            class: String::new(),
            title: String::new(),
            cause: String::new(),
            failures: 1,
            fixes_tried: 0,
            attributes: Attributes::default(),
        }
    }
}

/// Something that the host does, if the operator allows its kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Action {
    /// `retry`, `set-input`, `run-skill`, `kill`, `notify`, ...: the host's documentation has them all.
    pub kind: String,
    /// What it needs to know.
    #[serde(with = "json_text")]
    pub arguments: Value,
}

/// Something that must hold afterwards.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// `command`, `http`, `file`, `json-path`, `skill`, `llm-judge`, `human`.
    pub kind: String,
    /// What it needs to know.
    #[serde(with = "json_text")]
    pub arguments: Value,
}

/// What to do, what must hold then, and how to take it back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FixPlan {
    /// In a few words.
    pub title: String,
    /// Why it should help.
    pub reason: String,
    /// In this order.
    pub actions: Vec<Action>,
    /// All must pass.
    pub checks: Vec<Check>,
    /// What takes the actions back, in this order; empty if there is nothing to take back.
    pub undo: Vec<Action>,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl FixPlan {
    /// A plan that is certain and does nothing yet.
    pub fn new(title: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            reason: reason.into(),
            actions: Vec::new(),
            checks: Vec::new(),
            undo: Vec::new(),
            confidence: 1.0,
            attributes: Attributes::default(),
        }
    }

    /// Then do this.
    #[must_use]
    pub fn action(mut self, kind: impl Into<String>, arguments: Value) -> Self {
        self.actions.push(Action { kind: kind.into(), arguments });
        self
    }

    /// This must hold, too.
    #[must_use]
    pub fn check(mut self, kind: impl Into<String>, arguments: Value) -> Self {
        self.checks.push(Check { kind: kind.into(), arguments });
        self
    }

    /// Then do this to take it back.
    #[must_use]
    pub fn undo(mut self, kind: impl Into<String>, arguments: Value) -> Self {
        self.undo.push(Action { kind: kind.into(), arguments });
        self
    }

    /// The same, as sure as this: from 0 to 1.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// Makes a type that implements [`FixStrategy`] the plugin. Once in a crate of type `cdylib`; on other targets than
/// WebAssembly it only checks the type.
#[macro_export]
macro_rules! fix_strategy {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::strategy::Export<$plugin>;
            $crate::guest::strategy::bindings::export_fix_strategy!(
                Plugin with_types_in $crate::guest::strategy::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_a_fix_strategy<P: $crate::FixStrategy>() {}
            is_a_fix_strategy::<$plugin>();
        };
    };
}
