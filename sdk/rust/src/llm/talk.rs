//! A conversation that must end in JSON. A wrong answer is asked for again once, with the mistake named: a model that is
//! wrong twice is not worth a third call. It must not know what is asked.

use serde_json::Value;

use super::{Completion, Message, Options, complete, json_in};
use crate::{PluginError, log};

/// How much of a mistake is told, in characters.
const MISTAKE_MAX: usize = 500;

/// Questions and answers so far.
#[derive(Debug)]
pub struct Talk {
    messages: Vec<Message>,
    options: Options,
    usage: Usage,
    asked_again: bool,
}

/// What a conversation has used, all its calls together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Tokens of the questions.
    pub prompt_tokens: u64,
    /// Tokens of the answers.
    pub completion_tokens: u64,
    /// How often the model was asked.
    pub calls: u32,
}

impl Talk {
    /// Nothing is asked yet. `system` holds for the whole conversation.
    pub fn new(options: Options, system: impl Into<String>, question: impl Into<String>) -> Self {
        Self {
            messages: vec![Message::system(system), Message::user(question)],
            options: options.json(),
            usage: Usage::default(),
            asked_again: false,
        }
    }

    /// The next question.
    pub fn say(&mut self, question: impl Into<String>) {
        self.messages.push(Message::user(question));
    }

    /// Asks, and reads the first JSON object of the answer. An answer without one, or one that `read` refuses with a
    /// sentence, is asked for again, once in the conversation; none if that does not help either.
    ///
    /// # Errors
    /// Those of [`complete`].
    pub fn ask<T>(&mut self, read: impl Fn(&Value) -> Result<T, String>) -> Result<Option<T>, PluginError> {
        loop {
            let completion = self.turn()?;
            let mistake = match json_in(&completion.content).and_then(|found| read(&found)) {
                Ok(found) => return Ok(Some(found)),
                Err(mistake) => super::line(&mistake, MISTAKE_MAX) + cut_short(&completion),
            };
            if std::mem::replace(&mut self.asked_again, true) {
                log::warn!("the model's answer is skipped: {mistake}");
                return Ok(None);
            }
            self.say(format!(
                "That cannot be used: {mistake}. Answer again, with one JSON object and nothing else."
            ));
        }
    }

    /// What was used so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    fn turn(&mut self) -> Result<Completion, PluginError> {
        let completion = complete(&self.messages, &self.options)?;
        let Usage { prompt_tokens, completion_tokens, calls } = &mut self.usage;
        *prompt_tokens = prompt_tokens.saturating_add(completion.prompt_tokens);
        *completion_tokens = completion_tokens.saturating_add(completion.completion_tokens);
        *calls = calls.saturating_add(1);
        // Providers refuse a turn that says nothing.
        let said = if completion.content.trim().is_empty() { "(nothing)" } else { &completion.content };
        self.messages.push(Message::assistant(said));
        Ok(completion)
    }
}

fn cut_short(completion: &Completion) -> &'static str {
    if completion.finish_reason == "length" { " (the answer was cut at its limit: be shorter)" } else { "" }
}
