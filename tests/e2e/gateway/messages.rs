//! Anthropic's protocol, to a provider that speaks it.

use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Asked, Host, KEY, Reply, Step, Upstream, body_of, until};

const MESSAGES: &str = "/v1/messages";
const COUNT: &str = "/v1/messages/count_tokens";

/// A provider of `claude`, which it calls `native`, and of nothing in OpenAI's words.
async fn claude() -> (Host, Agent, Upstream) {
    let upstream = Upstream::start(answer).await;
    let host = Host::start().await;
    let model = ["--model", "claude=native", "--price", "claude=3/15/0.3/3.75"];
    host.provider("anthropic", &upstream, &[&["--api", "anthropic-messages"], &model[..]].concat()).await;
    let agent = host.agent("tester").await;
    (host, agent, upstream)
}

fn answer(asked: &Asked) -> Answer {
    match (asked.path.as_str(), asked.is_stream()) {
        (COUNT, _) => Answer::json(200, &json!({"input_tokens": 2095})),
        (_, true) => Answer::Events(events().into_iter().map(Step::send).collect()),
        _ => Answer::json(
            200,
            &json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "native", "stop_reason": "end_turn",
                "content": [{"type": "text", "text": "Hi"}], "usage": usage(10),
            }),
        ),
    }
}

/// Of 175 prompt tokens, 50 were read from the cache and 25 written to it.
fn usage(output: u64) -> Value {
    json!({
        "input_tokens": 100, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 25,
        "output_tokens": output,
    })
}

fn events() -> Vec<String> {
    let start = json!({
        "type": "message_start",
        "message": {"id": "msg_1", "type": "message", "model": "native", "content": [], "usage": usage(1)},
    });
    let block =
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let delta =
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 10}});
    let ping = json!({"type": "ping"});
    let all = [
        start,
        ping,
        block,
        delta,
        json!({"type": "content_block_stop", "index": 0}),
        end,
        json!({"type": "message_stop"}),
    ];
    all.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())).collect()
}

/// In Anthropic's shape.
fn refused(reply: &Reply, status: u16, kind: &str, code: &str) {
    assert_eq!((reply.status, reply.header("content-type")), (status, "application/json"), "{reply:?}");
    let body = reply.json();
    assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!(kind)), "{body}");
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(!body["error"]["message"].as_str().unwrap().is_empty(), "{body}");
}

async fn is_counted(host: &Host) {
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!((&line["prompt_tokens"], &line["completion_tokens"]), (&json!(175), &json!(10)), "{line}");
    assert_eq!((&line["cached_tokens"], &line["cache_write_tokens"]), (&json!(50), &json!(25)), "{line}");
    assert_eq!((&line["total_tokens"], &line["estimated"]), (&json!(185), &json!(0)), "{line}");
    // 100 x 3 + 50 x 0.3 + 25 x 3.75 + 10 x 15 USD per million.
    assert_eq!(line["cost_nano_usd"], 558_750, "{line}");
    assert_eq!((&line["model"], &line["provider"]), (&json!("claude"), &json!("anthropic")), "{line}");
}

#[tokio::test]
async fn a_message_goes_out_with_the_providers_key_and_is_counted() {
    let (host, agent, upstream) = claude().await;
    let reply = agent.post(MESSAGES, body_of("claude", false)).await;
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "anthropic"), "{reply:?}");
    assert_eq!((&reply.json()["model"], &reply.json()["usage"]), (&json!("claude"), &usage(10)));
    let seen = upstream.only();
    assert_eq!((seen.path.as_str(), seen.model().as_str()), (MESSAGES, "native"));
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (KEY, ""));
    assert_eq!(seen.header("anthropic-version"), "2023-06-01");
    is_counted(&host).await;
}

#[tokio::test]
async fn the_version_that_the_client_names_is_kept() {
    let (_host, agent, upstream) = claude().await;
    let request = http::Request::builder().method(Method::POST).uri(MESSAGES).header("host", "h");
    let request = request.header("x-api-key", &agent.key).header("anthropic-version", "2099-01-01");
    let request = request.header("anthropic-beta", "one,two").header("content-type", "application/json");
    let reply = agent.send(request.body(Full::from(body_of("claude", false))).unwrap()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let seen = upstream.only();
    assert_eq!((seen.header("anthropic-version"), seen.header("anthropic-beta")), ("2099-01-01", "one,two"));
    assert_eq!(seen.header("x-api-key"), KEY);
}

#[tokio::test]
async fn a_stream_passes_event_by_event_and_is_counted() {
    let (host, agent, upstream) = claude().await;
    let mut live = agent.open(agent.call(MESSAGES, body_of("claude", true))).await;
    assert_eq!(live.rest().await, events().concat().replace("\"native\"", "\"claude\""));
    let body = upstream.only().json();
    assert!(body.get("stream_options").is_none(), "{body}");
    is_counted(&host).await;
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error_in_anthropics_words() {
    let upstream = Upstream::start(|_| {
        let steps = events().into_iter().take(4).map(Step::send);
        Answer::Events(steps.chain([Step::Break]).collect())
    })
    .await;
    let host = Host::start().await;
    host.provider("anthropic", &upstream, &["--api", "anthropic-messages", "--model", "native"]).await;
    let agent = host.agent("tester").await;
    let text = agent.open(agent.call(MESSAGES, body_of("native", true))).await.rest().await;
    let last = text.strip_prefix(&events()[..4].concat()).unwrap_or_else(|| panic!("{text}"));
    let data = last.strip_prefix("event: error\ndata: ").unwrap_or_else(|| panic!("{last}"));
    let error: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&error["type"], &error["error"]["code"]), (&json!("error"), &json!("stream_interrupted")));
}

#[tokio::test]
async fn errors_have_anthropics_shape() {
    let (host, agent, upstream) = claude().await;
    let nobody = Agent::new(agent.address, "pbk_0000000000000000000000000000000000000000000");
    refused(&nobody.post(MESSAGES, "{}").await, 401, "authentication_error", "invalid_api_key");
    let body = body_of("none", false);
    refused(&agent.post(MESSAGES, body).await, 404, "not_found_error", "model_not_found");
    refused(&agent.post(COUNT, "{").await, 400, "invalid_request_error", "invalid_body");
    refused(&agent.get(MESSAGES).await, 405, "invalid_request_error", "method_not_allowed");
    let (bound, _) = host.limited("bound", &["--models", "other"]).await;
    refused(
        &bound.post(MESSAGES, body_of("claude", false)).await,
        403,
        "permission_error",
        "model_not_allowed",
    );
    let (slow, _) = host.limited("slow", &["--rpm", "1"]).await;
    slow.get("/v1/models").await;
    refused(&slow.post(MESSAGES, "{}").await, 429, "rate_limit_error", "rate_limit_exceeded");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn nothing_is_translated_from_one_protocol_to_another() {
    let (host, agent, claude) = claude().await;
    let open = Upstream::good().await;
    host.provider("open", &open, &["--model", "gpt"]).await;
    for path in ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"] {
        let reply = agent.post(path, body_of("claude", false)).await;
        reply.error(404, "invalid_request_error", "model_not_served_here");
    }
    let responses = agent.post("/v1/responses", body_of("gpt", false)).await;
    responses.error(404, "invalid_request_error", "model_not_served_here");
    let reply = agent.post(MESSAGES, body_of("gpt", false)).await;
    refused(&reply, 404, "not_found_error", "model_not_served_here");
    assert_eq!((open.count(), claude.count()), (0, 0));
}

#[tokio::test]
async fn counting_tokens_costs_nothing() {
    let (host, _, upstream) = claude().await;
    let (agent, id) = host.limited("counter", &["--usd-per-day", "1", "--tpm", "5000"]).await;
    let reply = agent.post(COUNT, body_of("claude", false)).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"input_tokens": 2095})));
    assert_eq!((upstream.only().path.as_str(), upstream.only().model().as_str()), (COUNT, "native"));
    let line = host.json(&["usage"]).await[0].clone();
    assert_eq!(
        (&line["requests"], &line["total_tokens"], &line["cost_nano_usd"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let used = host.json(&["key", "show", &id]).await["used"].clone();
    assert_eq!((&used["tokens"], &used["usd_today"]), (&json!(0), &json!("0")), "{used}");
}
