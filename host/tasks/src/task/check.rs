//! What must hold before a task counts as done. It must not know how a check is run.

use patchbay_types::Digest;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{Definition, PartsError, from_parts};

/// One success criterion; all of a task's must pass. A word that the contract's comments name is taken as well.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Check {
    /// A program ends with this code.
    #[serde(alias = "exit-zero")]
    Command {
        program: String,
        #[serde(default)]
        arguments: Vec<String>,
        #[serde(default)]
        exit_code: i32,
    },
    /// A URL answers with this status, and with this text somewhere in the body.
    #[serde(alias = "http-status")]
    Http {
        url: String,
        #[serde(default = "ok")]
        status: u16,
        #[serde(default)]
        contains: Option<String>,
    },
    /// A file is there, or is not; with these bytes, or as this JSON Schema says.
    #[serde(alias = "file-exists")]
    File {
        path: String,
        #[serde(default = "yes")]
        exists: bool,
        #[serde(default)]
        digest: Option<Digest>,
        #[serde(default)]
        schema: Option<Value>,
    },
    /// A value in a JSON file, or in the attempt's output if there is no file; without `equals` and `equals_null` it must
    /// only be there.
    JsonPath {
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// As it is stored, null is no value: what is written is read with `equals_null`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        equals: Option<Value>,
        /// It must be null.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        equals_null: bool,
    },
    /// A skill's outcome is the verdict.
    Skill {
        skill: String,
        #[serde(default)]
        input: Value,
    },
    /// A model's opinion. Never enough alone for what cannot be taken back.
    LlmJudge { question: String },
    /// A person says yes.
    Human { question: String },
}

impl Check {
    /// Whether a person has to be asked.
    #[must_use]
    pub fn is_human(&self) -> bool {
        matches!(self, Self::Human { .. })
    }

    /// From a kind and JSON arguments, as a plugin says it.
    ///
    /// # Errors
    /// What is wrong, with the kind and the field.
    pub fn from_parts(kind: &str, arguments: &str) -> Result<Self, PartsError> {
        from_parts("check", kind, arguments, as_written)
    }
}

/// A check as it was written says with `"equals": null` that the value must be null. In what is stored that says nothing,
/// so it gets a field of its own.
fn as_written(check: &mut Map<String, Value>) {
    let is_path = check.get("kind").is_some_and(|kind| kind == "json-path");
    if is_path && check.get("equals").is_some_and(Value::is_null) {
        check.remove("equals");
        check.insert("equals_null".to_owned(), Value::Bool(true));
    }
}

/// The same for the checks of a definition.
pub(crate) fn checks_as_written(definition: &mut Value) {
    let checks = definition.get_mut("checks").and_then(Value::as_array_mut);
    checks.into_iter().flatten().filter_map(Value::as_object_mut).for_each(as_written);
}

/// Definitions as people and programs write them, not as they are stored: for `deserialize_with`.
///
/// # Errors
/// What serde says of the first that makes no sense.
pub fn definitions_as_written<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<Definition>, D::Error> {
    let definitions = Vec::<Value>::deserialize(reader)?.into_iter().map(|mut definition| {
        checks_as_written(&mut definition);
        serde_json::from_value(definition).map_err(serde::de::Error::custom)
    });
    definitions.collect()
}

fn ok() -> u16 {
    200
}

fn yes() -> bool {
    true
}
