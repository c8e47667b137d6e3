//! `llm`.

use serde_json::json;

use super::ask;
use crate::PluginError;
use crate::llm::{Completion, Message, Options};

pub(crate) fn complete(messages: &[Message], options: &Options) -> Result<Completion, PluginError> {
    ask(json!({ "call": "llm.complete", "messages": messages, "options": options }), "completion")
}
