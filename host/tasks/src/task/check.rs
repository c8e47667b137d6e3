//! What must hold before a task counts as done. It must not know how a check is run.

use patchbay_types::Digest;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{PartsError, from_parts};

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
    /// A value in a JSON file, or in the attempt's output if there is no file; without `equals` it must only be there.
    JsonPath {
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// Null is a value like any other.
        #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
        equals: Option<Value>,
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
        from_parts("check", kind, arguments)
    }
}

/// What is given, if it is null as well.
fn there<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(reader).map(Some)
}

fn ok() -> u16 {
    200
}

fn yes() -> bool {
    true
}
