//! What a good provider says, in OpenAI's shape: a completion, or a stream of events, with a usage whose cost is known.

use serde_json::{Value, json};

use crate::script::Script;

/// What each good answer states, and what it costs at [`PRICE`].
pub(crate) const PROMPT: u64 = 1000;
pub(crate) const COMPLETION: u64 = 500;
pub(crate) const CACHED: u64 = 400;
/// 600 x 2 + 400 x 0.5 + 500 x 10 USD per million tokens.
pub(crate) const COST_NANO_USD: u64 = 6_400_000;
/// As the command line takes it, after the model's name.
pub(crate) const PRICE: &str = "2/10/0.5";

pub(crate) const EVENTS: &str = "text/event-stream";
pub(crate) const JSON: &str = "Content-Type: application/json\r\n";
pub(crate) const DONE: &str = "data: [DONE]\n\n";

pub(crate) fn usage() -> Value {
    json!({
        "prompt_tokens": PROMPT, "completion_tokens": COMPLETION, "total_tokens": PROMPT + COMPLETION,
        "prompt_tokens_details": {"cached_tokens": CACHED},
    })
}

/// A completion by `model` with this text.
pub(crate) fn completion(model: &str, text: &str) -> Value {
    let message = json!({"role": "assistant", "content": text});
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage(),
    })
}

/// An event with these data.
pub(crate) fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// The first event of a stream: it has a role and no text yet.
pub(crate) fn role(model: &str) -> String {
    event(&chunk(model, &json!({"role": "assistant", "content": ""}), None))
}

/// An event with a piece of the answer.
pub(crate) fn text(model: &str, text: &str) -> String {
    event(&chunk(model, &json!({ "content": text }), None))
}

/// The last two events before `[DONE]`: why it ends, and what was used.
pub(crate) fn finish(model: &str) -> String {
    let used = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [],
        "usage": usage(),
    });
    event(&chunk(model, &json!({}), Some("stop"))) + &event(&used)
}

fn chunk(model: &str, delta: &Value, finish: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    })
}

/// A good answer, whole or as a stream.
pub(crate) fn good(model: &str, stream: bool) -> Script {
    match stream {
        false => Script::whole("200 OK", JSON, completion(model, "one two three").to_string()),
        true => Script::chunked(EVENTS)
            .chunk(role(model))
            .chunk(text(model, "one "))
            .chunk(text(model, "two "))
            .chunk(text(model, "three"))
            .chunk(finish(model))
            .chunk(DONE)
            .end(),
    }
}
