//! What a person or a plan asks for, and the check that it makes sense by itself. Whether its parent and its
//! dependencies are there is not known here (`graph`).

use std::collections::BTreeMap;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Budgets, Check, Priority, Schedule, TaskType};
use crate::TaskName;

/// A task as it is written down.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: TaskName,
    /// What people read, in any language; empty: the name.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default, rename = "type")]
    pub kind: TaskType,
    #[serde(default)]
    pub priority: Priority,
    #[serde(default)]
    pub parent: Option<TaskName>,
    #[serde(default)]
    pub depends_on: Vec<TaskName>,
    /// None: it runs nothing and is done when its children are.
    #[serde(default)]
    pub skill: Option<String>,
    #[serde(default)]
    pub input: Value,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// When it is too late to begin or go on.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    #[serde(default)]
    pub budgets: Budgets,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// Why a definition makes no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DefinitionError {
    #[error("task {name}: {field} has {found} {unit}, expected at most {max}: {hint}")]
    TooMuch {
        name: TaskName,
        field: &'static str,
        found: usize,
        max: usize,
        unit: &'static str,
        hint: &'static str,
    },
    #[error(
        "task {name}: budgets.attempts is {found}, expected 1 to {}: a task without attempts can never run",
        Budgets::ATTEMPTS_MAX
    )]
    Attempts { name: TaskName, found: u32 },
    #[error("task {name} names itself in {field}: take it out, a task cannot wait for itself")]
    Itself { name: TaskName, field: &'static str },
    #[error(
        "task {name}: label {label:?} is empty or over {} bytes: shorten it",
        Definition::LABEL_BYTES_MAX
    )]
    Label { name: TaskName, label: String },
}

impl Definition {
    pub const TITLE_BYTES_MAX: usize = 1_000;
    pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
    pub const DEPENDENCIES_MAX: usize = 1_000;
    pub const INPUT_BYTES_MAX: usize = 256 * 1024;
    pub const CHECKS_MAX: usize = 50;
    pub const CHECKS_BYTES_MAX: usize = 256 * 1024;
    pub const SKILL_BYTES_MAX: usize = 256;
    pub const LABELS_MAX: usize = 32;
    pub const LABEL_BYTES_MAX: usize = 256;

    /// One that asks for nothing but its name.
    #[must_use]
    pub fn named(name: TaskName) -> Self {
        Self {
            name,
            title: String::new(),
            description: String::new(),
            kind: TaskType::default(),
            priority: Priority::default(),
            parent: None,
            depends_on: Vec::new(),
            skill: None,
            input: Value::Null,
            checks: Vec::new(),
            schedule: None,
            deadline: None,
            budgets: Budgets::default(),
            labels: BTreeMap::new(),
        }
    }

    /// # Errors
    /// The first thing that nobody can have meant.
    pub fn check(&self) -> Result<(), DefinitionError> {
        self.check_sizes()?;
        self.check_labels()?;
        if self.parent.as_ref() == Some(&self.name) {
            return Err(DefinitionError::Itself { name: self.name.clone(), field: "parent" });
        }
        if self.depends_on.contains(&self.name) {
            return Err(DefinitionError::Itself { name: self.name.clone(), field: "depends_on" });
        }
        match self.budgets.attempts {
            1..=Budgets::ATTEMPTS_MAX => Ok(()),
            found => Err(DefinitionError::Attempts { name: self.name.clone(), found }),
        }
    }

    fn check_sizes(&self) -> Result<(), DefinitionError> {
        let when = self.schedule.as_ref().map_or(0, |schedule| schedule.when.len());
        let skill = self.skill.as_ref().map_or(0, String::len);
        let checks = serde_json::to_string(&self.checks).map_or(usize::MAX, |text| text.len());
        let rows = [
            ("title", self.title.len(), Self::TITLE_BYTES_MAX, "bytes", "put the rest into `description`"),
            (
                "description",
                self.description.len(),
                Self::DESCRIPTION_BYTES_MAX,
                "bytes",
                "keep it as a file",
            ),
            ("depends_on", self.depends_on.len(), Self::DEPENDENCIES_MAX, "names", "put a parent between"),
            ("skill", skill, Self::SKILL_BYTES_MAX, "bytes", "expected a skill's name"),
            ("input", json_bytes(&self.input), Self::INPUT_BYTES_MAX, "bytes of JSON", "name a file instead"),
            ("checks", self.checks.len(), Self::CHECKS_MAX, "entries", "let one skill check it all"),
            ("checks", checks, Self::CHECKS_BYTES_MAX, "bytes of JSON", "keep schemas as files"),
            ("schedule", when, Schedule::BYTES_MAX, "bytes", "expected a cron line or an interval"),
            ("labels", self.labels.len(), Self::LABELS_MAX, "entries", "take some out"),
        ];
        match rows.into_iter().find(|(_, found, max, ..)| found > max) {
            None => Ok(()),
            Some((field, found, max, unit, hint)) => {
                Err(DefinitionError::TooMuch { name: self.name.clone(), field, found, max, unit, hint })
            }
        }
    }

    fn check_labels(&self) -> Result<(), DefinitionError> {
        let wrong = |(key, value): &(&String, &String)| {
            key.is_empty() || key.len() > Self::LABEL_BYTES_MAX || value.len() > Self::LABEL_BYTES_MAX
        };
        match self.labels.iter().find(wrong) {
            None => Ok(()),
            Some((label, _)) => {
                let label = label.chars().take(100).collect();
                Err(DefinitionError::Label { name: self.name.clone(), label })
            }
        }
    }

    /// Whether a person has to say yes.
    #[must_use]
    pub fn wants_person(&self) -> bool {
        self.checks.iter().any(Check::is_human)
    }

    /// Whether there is a check that needs no person.
    #[must_use]
    pub fn wants_checks(&self) -> bool {
        self.checks.iter().any(|check| !check.is_human())
    }
}

/// Bytes of a value as JSON text.
pub(crate) fn json_bytes(value: &Value) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}
