//! The world `skill-adapter`: how work of some kind is done.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Attributes, PluginError, json_text};

/// Does work of some kind. Export it with [`skill_adapter!`](crate::skill_adapter).
pub trait SkillAdapter {
    /// What it can do, asked for once, when it is loaded.
    ///
    /// # Errors
    /// A plugin that cannot say what it can do is not loaded.
    fn describe() -> Result<Vec<SkillDescription>, PluginError>;

    /// Runs until it is done, its deadline passes, or it is cancelled: look at
    /// [`job::cancelled`](crate::job::cancelled) now and then.
    ///
    /// # Errors
    /// That it could not be tried. What was tried and failed is an [`Outcome::failed`].
    fn run(invocation: &Invocation) -> Result<Outcome, PluginError>;
}

/// One of its skills.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SkillDescription {
    /// As it is called for.
    pub name: String,
    /// What it does, for people and models.
    pub description: String,
    /// A JSON Schema of the input.
    #[serde(with = "json_text")]
    pub input_schema: Value,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl SkillDescription {
    /// A skill that takes any input.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            input_schema: json!({}),
            attributes: Attributes::default(),
        }
    }

    /// The same, with this JSON Schema of its input.
    #[must_use]
    pub fn input(mut self, schema: Value) -> Self {
        self.input_schema = schema;
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// One run that is asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Invocation {
    /// The id of this run.
    pub id: String,
    /// Which of the described skills.
    pub skill: String,
    /// As JSON; [`input`](Self::input()) reads it.
    pub input: String,
    /// From 1.
    pub attempt: u32,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

impl Invocation {
    /// The input, read into your own type.
    ///
    /// # Errors
    /// `bad-input`, with the place, if the JSON does not fit `T`.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_str(&self.input)
            .map_err(|error| PluginError::new("bad-input", format!("the input: {error}")))
    }
}

/// A first run with nothing to go by: what a test starts from.
impl Default for Invocation {
    fn default() -> Self {
        Self {
            id: "run-1".into(),
            skill: String::new(),
            input: "{}".into(),
            attempt: 1,
            attributes: Attributes::default(),
        }
    }
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// `succeeded`, `failed` or `cancelled`; another word counts as `failed`.
    pub status: String,
    /// A sentence for people.
    pub summary: String,
    /// Its result.
    #[serde(with = "json_text")]
    pub output: Value,
    /// What failed, as a word: `exit:1`, `http:503`; empty if nothing did.
    pub code: String,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl Outcome {
    /// It is done.
    pub fn succeeded(summary: impl Into<String>) -> Self {
        Self::of("succeeded", "", summary)
    }

    /// It was tried and did not work; `code` is what failed, as a word.
    pub fn failed(code: impl Into<String>, summary: impl Into<String>) -> Self {
        Self::of("failed", code, summary)
    }

    /// It ended because somebody wanted it to.
    pub fn cancelled(summary: impl Into<String>) -> Self {
        Self::of("cancelled", "", summary)
    }

    fn of(status: &str, code: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            status: status.into(),
            summary: summary.into(),
            output: Value::Null,
            code: code.into(),
            attributes: Attributes::default(),
        }
    }

    /// The same, with this result.
    #[must_use]
    pub fn output(mut self, output: Value) -> Self {
        self.output = output;
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// Makes a type that implements [`SkillAdapter`] the plugin. Once in a crate of type `cdylib`; on other targets than
/// WebAssembly it only checks the type.
#[macro_export]
macro_rules! skill_adapter {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::skill::Export<$plugin>;
            $crate::guest::skill::bindings::export_skill_adapter!(
                Plugin with_types_in $crate::guest::skill::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_a_skill_adapter<P: $crate::SkillAdapter>() {}
            is_a_skill_adapter::<$plugin>();
        };
    };
}
