//! A model, through the host's own gateway, on the plugin's own account.
//!
//! Grant: `llm = { models = ["gpt-5-mini"], usd_per_day = 1.0 }`.
//!
//! [`complete`] asks once. What a plugin needs that asks about a task and reads JSON is beside it: [`Template`] and
//! [`Story`] make the question, [`mask`] keeps keys out of it, [`Talk`] asks, and asks again when the answer is none.

mod found;
mod mask;
mod story;
mod talk;
mod template;
mod text;

pub use found::json_in;
pub use mask::{MASKED, mask};
pub use story::Story;
pub use talk::{Talk, Usage};
pub use template::Template;
pub use text::{block, end_of, line};

use serde::{Deserialize, Serialize};

use crate::{Attributes, PluginError, host};

/// One turn of the conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

impl Message {
    /// What holds for the whole conversation.
    pub fn system(content: impl Into<String>) -> Self {
        Self { role: "system".into(), content: content.into() }
    }

    /// What is asked.
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: "user".into(), content: content.into() }
    }

    /// What the model said before.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: "assistant".into(), content: content.into() }
    }
}

/// Which model, and how.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Options {
    /// By its canonical name.
    pub model: String,
    /// The most tokens of the answer; 2,000 if none.
    pub max_tokens: Option<u32>,
    /// 0.3 if none.
    pub temperature: Option<f64>,
    /// Known: `response-format` = `json`, `images` = `evidence`.
    pub attributes: Attributes,
}

impl Options {
    /// This model, and else as the host has it.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), max_tokens: None, temperature: None, attributes: Attributes::default() }
    }

    /// The most tokens of the answer.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// How free it is in its words.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// The answer is to be JSON.
    #[must_use]
    pub fn json(self) -> Self {
        self.attribute("response-format", "json")
    }

    /// A model that takes images is shown those of the failure that the plugin is asked about, with the first message
    /// of the `user`; another is told that they were left out.
    #[must_use]
    pub fn evidence_images(self) -> Self {
        self.attribute("images", "evidence")
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// What the model said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Completion {
    /// Its words.
    pub content: String,
    /// Why it ended: `stop`, `length`, ...
    pub finish_reason: String,
    /// Tokens of the question.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// Asks the model, and waits for the whole answer, within 120 s.
///
/// # Errors
/// `refused` (not granted), `budget` (the day's money is spent), `timeout`, `upstream`.
pub fn complete(messages: &[Message], options: &Options) -> Result<Completion, PluginError> {
    host::llm::complete(messages, options)
}

#[cfg(test)]
mod tests;
