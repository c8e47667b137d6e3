//! `llm`.

use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::llm as contract;
use crate::llm::{Completion, Message, Options};

pub(crate) fn complete(messages: &[Message], options: &Options) -> Result<Completion, PluginError> {
    let messages: Vec<contract::Message> = messages
        .iter()
        .map(|message| contract::Message { role: message.role.clone(), content: message.content.clone() })
        .collect();
    let options = contract::Options {
        model: options.model.clone(),
        max_tokens: options.max_tokens,
        temperature: options.temperature,
        attributes: options.attributes.clone().into(),
    };
    Ok(contract::complete(&messages, &options)?.into())
}

impl From<contract::Completion> for Completion {
    fn from(completion: contract::Completion) -> Self {
        Self {
            content: completion.content,
            finish_reason: completion.finish_reason,
            prompt_tokens: completion.prompt_tokens,
            completion_tokens: completion.completion_tokens,
            attributes: completion.attributes.into(),
        }
    }
}
