//! A plugin's question and a model's answer, in OpenAI's dialect. It must not know how either is sent.

use bytes::Bytes;
use patchbay_proxy::Completed;
use patchbay_runtime::ask::{Completion, LlmMessage, LlmOptions};
use serde::{Deserialize, Serialize};

use super::{MAX_TOKENS, TEMPERATURE};
use crate::capability::{PluginError, error, shown};

const ROLES: [&str; 3] = ["system", "user", "assistant"];

#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u32,
    temperature: f64,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Format {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Deserialize)]
struct Answered {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Content,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    content: Option<String>,
}

/// The body of the request.
pub(super) fn asked(messages: &[LlmMessage], options: &LlmOptions) -> Result<Bytes, PluginError> {
    if messages.is_empty() {
        return Err(error("invalid", "there is no message: expected at least one"));
    }
    if let Some(wrong) = messages.iter().find(|message| !ROLES.contains(&message.role.as_str())) {
        let role = shown(&wrong.role);
        return Err(error("invalid", format!("{role:?} is no role: expected one of {}", ROLES.join(", "))));
    }
    let temperature = options.temperature.unwrap_or(TEMPERATURE);
    if !temperature.is_finite() {
        return Err(error("invalid", format!("{temperature} is no temperature: expected one like 0.3")));
    }
    let asked = Asked {
        model: &options.model,
        messages: messages
            .iter()
            .map(|message| Message { role: &message.role, content: &message.content })
            .collect(),
        max_tokens: options.max_tokens.unwrap_or(MAX_TOKENS),
        temperature,
        stream: false,
        response_format: format(options)?,
    };
    let body = serde_json::to_vec(&asked).map_err(|wrong| error("invalid", wrong.to_string()))?;
    Ok(body.into())
}

/// Attributes that are not known here are for other hosts.
fn format(options: &LlmOptions) -> Result<Option<Format>, PluginError> {
    let asked = options.attributes.iter().find(|(name, _)| name == "response-format");
    match asked.map(|(_, value)| value.as_str()) {
        None => Ok(None),
        Some("json") => Ok(Some(Format { kind: "json_object" })),
        Some(other) => {
            Err(error("invalid", format!("{:?} is no response-format: expected json", shown(other))))
        }
    }
}

/// What the model said. Tokens are those that the ledger has.
pub(super) fn completion(completed: &Completed) -> Result<Completion, PluginError> {
    let wrong = |why: &str| error("upstream", format!("the provider's answer is no chat completion: {why}"));
    let answered: Answered =
        serde_json::from_slice(&completed.body).map_err(|cause| wrong(&cause.to_string()))?;
    let choice = answered.choices.into_iter().next().ok_or_else(|| wrong("it has no choice"))?;
    let (prompt_tokens, completion_tokens) =
        completed.settled.map_or((0, 0), |settled| (settled.prompt.0, settled.completion.0));
    Ok(Completion {
        content: choice.message.content.unwrap_or_default(),
        finish_reason: choice.finish_reason.unwrap_or_default(),
        prompt_tokens,
        completion_tokens,
        attributes: Vec::new(),
    })
}
