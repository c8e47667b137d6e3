//! What is wrong with a configuration, in words.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde::Serialize;

use crate::text::shown;

/// A value of a configuration that the plugin's schema does not allow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct ConfigFault {
    /// A JSON pointer; empty for the whole.
    pub pointer: String,
    /// The value, as JSON and cut, or the keys that are too many or missing.
    pub found: String,
    pub expected: String,
}

impl ConfigFault {
    pub(super) fn of(error: ValidationError<'_>) -> Self {
        Self {
            pointer: error.instance_path().as_str().to_owned(),
            found: shown(&found(&error)),
            expected: shown(&expected(&error)),
        }
    }

    /// The schema itself cannot be used.
    pub(super) fn of_schema(message: String) -> Self {
        Self { pointer: String::new(), found: message, expected: "a plugin with a valid schema".to_owned() }
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "the configuration" } else { &self.pointer };
        write!(f, "{pointer}: found {}, expected {}", self.found, self.expected)
    }
}

fn found(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Required { property } => format!("no key {property}"),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let keys: Vec<String> = unexpected.iter().map(|key| format!("{key:?}")).collect();
            format!("the unknown key {}", keys.join(" and "))
        }
        _ => error.instance().to_string(),
    }
}

fn expected(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Required { property } => format!("{property}, which is required"),
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "only keys that the schema names".to_owned()
        }
        Kind::Type { kind: TypeKind::Single(kind) } => format!("something of the type {kind}"),
        Kind::Enum { options } => format!("one of {options}"),
        Kind::Constant { expected_value } => expected_value.to_string(),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MinLength { limit } => format!("at least {limit} characters"),
        Kind::MaxLength { limit } => format!("at most {limit} characters"),
        Kind::MinItems { limit } => format!("at least {limit} items"),
        Kind::MaxItems { limit } => format!("at most {limit} items"),
        Kind::Pattern { pattern } => format!("text that matches {pattern}"),
        _ => format!("otherwise: {}", error.masked()),
    }
}
