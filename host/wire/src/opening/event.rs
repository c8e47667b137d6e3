//! What the data of one event is: output, an error, or neither. Whatever is not known for sure is taken for output,
//! because waiting would harm it.

use serde_json::{Map, Value};

use super::{Opened, StreamError};
use crate::endpoint::Dialect;

pub(super) fn judge(dialect: Dialect, data: &[u8]) -> Opened {
    let Ok(Value::Object(event)) = serde_json::from_slice(data) else { return Opened::Output };
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, "error" | "response.failed") || event.get("error").is_some_and(is_error) {
        return Opened::Error(StreamError::of(data));
    }
    let is_idle = match (dialect, kind) {
        (_, "ping" | "keepalive") => true,
        (Dialect::OpenAi, _) => is_idle_chunk(&event),
        (Dialect::Responses, "response.created" | "response.queued" | "response.in_progress") => true,
        (Dialect::Anthropic, "message_start") => true,
        (Dialect::Anthropic, "content_block_start") => is_idle_block(&event, "content_block"),
        (Dialect::Anthropic, "content_block_delta") => is_idle_block(&event, "delta"),
        _ => false,
    };
    if is_idle { Opened::NotYet } else { Opened::Output }
}

fn is_error(value: &Value) -> bool {
    (value.is_object() || value.is_string()) && !is_empty(value)
}

/// No choice, or none that brings anything.
fn is_idle_chunk(chunk: &Map<String, Value>) -> bool {
    let choices = chunk.get("choices").and_then(Value::as_array);
    choices.is_some_and(|choices| choices.iter().all(is_idle_choice))
}

fn is_idle_choice(choice: &Value) -> bool {
    let brings = ["delta", "message", "text"].map(|name| choice.get(name));
    let is_idle = |value: &Value| match value {
        Value::Object(delta) => delta.iter().all(|(name, value)| name == "role" || is_empty(value)),
        other => is_empty(other),
    };
    choice.get("finish_reason").is_none_or(Value::is_null)
        && brings.iter().any(Option::is_some)
        && brings.into_iter().flatten().all(is_idle)
}

/// A block of text or thoughts that has none yet.
fn is_idle_block(event: &Map<String, Value>, part: &str) -> bool {
    let Some(Value::Object(block)) = event.get(part) else { return false };
    let kind = block.get("type").and_then(Value::as_str);
    matches!(kind, Some("text" | "thinking" | "text_delta" | "thinking_delta"))
        && block.iter().all(|(name, value)| name == "type" || is_empty(value))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
