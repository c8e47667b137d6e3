//! A plan: actions, what must hold afterwards, and what takes them back. It must not know who made it.

use patchbay_types::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Action, Class};
use crate::{Check, DefinitionError, PartsError};

/// What could mend a problem.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub reason: String,
    /// In this order; 1 to [`Plan::STEPS_MAX`].
    pub actions: Vec<Action>,
    /// All must pass.
    pub checks: Vec<Check>,
    /// What takes the actions back, in this order.
    pub undo: Vec<Action>,
    /// 0 to 1.
    pub confidence: f64,
}

/// A plan as the contract has it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Offered {
    pub title: String,
    pub reason: String,
    pub actions: Vec<OfferedPart>,
    pub checks: Vec<OfferedPart>,
    pub undo: Vec<OfferedPart>,
    pub confidence: f64,
}

/// An action or a check as the contract has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfferedPart {
    pub kind: String,
    /// As JSON.
    pub arguments: String,
}

/// Why an offered plan is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    #[error("a plan without actions mends nothing: offer none instead")]
    Empty,
    #[error("a plan has {found} {list}, expected at most {}: make several plans", Plan::STEPS_MAX)]
    Many { list: &'static str, found: usize },
    #[error("number {number} of the plan's {list}: {error}")]
    Part { list: &'static str, number: usize, error: PartsError },
    #[error("number {number} of the plan's actions is a subtask that makes no sense: {error}")]
    Subtask { number: usize, error: DefinitionError },
    #[error("a plan's confidence is {found}, expected 0 to 1")]
    Confidence { found: String },
    #[error("a plan's {field} has {found} bytes, expected at most {}: shorten it", Plan::TEXT_BYTES_MAX)]
    Text { field: &'static str, found: usize },
}

impl Plan {
    pub const STEPS_MAX: usize = 100;
    pub const TEXT_BYTES_MAX: usize = 16 * 1024;

    /// # Errors
    /// What is wrong, with the action and the field.
    pub fn from_contract(offered: &Offered) -> Result<Self, PlanError> {
        check_texts(offered)?;
        let plan = Self {
            title: offered.title.clone(),
            reason: offered.reason.clone(),
            actions: parts("actions", &offered.actions, Action::from_parts)?,
            checks: parts("checks", &offered.checks, Check::from_parts)?,
            undo: parts("undo", &offered.undo, Action::from_parts)?,
            confidence: offered.confidence,
        };
        if plan.actions.is_empty() {
            return Err(PlanError::Empty);
        }
        check_subtasks(&plan.actions)?;
        Ok(plan)
    }

    /// The class of the action that reaches furthest.
    #[must_use]
    pub fn class(&self) -> Class {
        self.actions.iter().map(Action::class).max().unwrap_or(Class::Data)
    }

    /// What the plan does and how that is judged, whatever it is called: equal for plans that are the same. Keys of
    /// objects are sorted; what takes it back and how sure it is do not count.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let value = serde_json::json!({ "actions": self.actions, "checks": self.checks });
        let mut text = String::new();
        canonical(&value, &mut text);
        Digest::of(text.as_bytes())
    }
}

fn check_texts(offered: &Offered) -> Result<(), PlanError> {
    for (field, text) in [("title", &offered.title), ("reason", &offered.reason)] {
        if text.len() > Plan::TEXT_BYTES_MAX {
            return Err(PlanError::Text { field, found: text.len() });
        }
    }
    match offered.confidence {
        0.0..=1.0 => Ok(()),
        found => Err(PlanError::Confidence { found: found.to_string() }),
    }
}

fn parts<T>(
    list: &'static str,
    offered: &[OfferedPart],
    read: fn(&str, &str) -> Result<T, PartsError>,
) -> Result<Vec<T>, PlanError> {
    if offered.len() > Plan::STEPS_MAX {
        return Err(PlanError::Many { list, found: offered.len() });
    }
    let read = |(number, part): (usize, &OfferedPart)| {
        read(&part.kind, &part.arguments).map_err(|error| PlanError::Part { list, number, error })
    };
    (1..).zip(offered).map(read).collect()
}

fn check_subtasks(actions: &[Action]) -> Result<(), PlanError> {
    for (number, action) in (1..).zip(actions) {
        if let Action::Subtask { task } = action {
            task.check().map_err(|error| PlanError::Subtask { number, error })?;
        }
    }
    Ok(())
}

/// JSON with sorted keys and no blanks. It goes as deep as the value, which was read by a parser that stops at 128.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            list(text, ('{', '}'), entries, |(key, value), text| {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                canonical(value, text);
            });
        }
        Value::Array(values) => list(text, ('[', ']'), values, canonical),
        other => text.push_str(&other.to_string()),
    }
}

fn list<T>(
    text: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut String),
) {
    text.push(open);
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}
