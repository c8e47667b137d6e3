//! Every way to ask the gateway for something: each endpoint, and paths that are passed on, with and without a model.
//! What holds for keys must hold on all of them.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Asked, Host, Reply, Upstream, body_of, usage_of};

/// A host whose providers together serve the models `m`, `n` and `b1` on every path, at 1,000 USD per million tokens:
/// one request costs 2 USD, in 2,000 tokens.
pub(super) struct Ways {
    pub(super) host: Host,
    pub(super) upstream: Upstream,
}

const MODELS: [&str; 9] =
    ["--model", "m", "--price", "m=1000/1000", "--model", "n", "--model", "b1", "--pool"];

impl Ways {
    pub(super) async fn new(config: &str) -> Self {
        Self::playing(config, answer).await
    }

    /// The same, with another answer.
    pub(super) async fn playing(
        config: &str,
        script: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let upstream = Upstream::start(script).await;
        let host = Host::start_with(config).await;
        for (name, api) in [("open", "openai-responses"), ("claude", "anthropic-messages")] {
            host.provider(name, &upstream, &[&MODELS[..], &["primary", "--api", api]].concat()).await;
        }
        Self { host, upstream }
    }
}

/// A request for `model` in each way; the last names none.
pub(super) fn every(agent: &Agent, model: &str) -> Vec<(&'static str, Request<Full<Bytes>>)> {
    let json = |path| (path, agent.call(path, body_of(model, false)));
    let (form, bare) = ("/v1/audio/transcriptions", "/v1/files");
    vec![
        json("/v1/chat/completions"),
        json("/v1/completions"),
        json("/v1/embeddings"),
        json("/v1/responses"),
        json("/v1/messages"),
        json("/v1/moderations"),
        (form, agent.form(form, model)),
        (bare, agent.request(Method::GET, bare).body(Full::default()).unwrap()),
    ]
}

/// Checks that it is refused in the shape of its path, with JSON. Returns the error.
pub(super) fn refused(path: &str, reply: &Reply, status: u16, code: &str) -> Value {
    assert_eq!(reply.status, status, "{path}: {reply:?}");
    assert!(reply.header("content-type").starts_with("application/json"), "{path}: {reply:?}");
    let body = reply.json();
    assert_eq!(body["error"]["code"], code, "{path}: {body}");
    assert!(body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {body}");
    assert_eq!(body["type"] == "error", path.starts_with("/v1/messages"), "{path}: {body}");
    body["error"].clone()
}

/// What `Retry-After` says, in seconds.
pub(super) fn retry_after(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().unwrap_or_else(|error| panic!("{error}: {reply:?}"))
}

/// A good answer in the shape of the path, with 1,000 tokens each way.
fn answer(asked: &Asked) -> Answer {
    let usage = match asked.path.as_str() {
        "/v1/messages" | "/v1/responses" => json!({"input_tokens": 1000, "output_tokens": 1000}),
        _ => usage_of(1000, 1000, 0),
    };
    Answer::json(200, &json!({"model": asked.model(), "usage": usage}))
}
