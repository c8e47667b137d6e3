//! A scripted provider: a real server on loopback that speaks OpenAI's protocol, and can be told to answer 429 for a
//! while.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::mind;

/// Until a chunk of a stream follows the one before.
const BETWEEN_CHUNKS: Duration = Duration::from_millis(2);

/// The handle by which the demo directs it.
#[derive(Clone)]
pub struct Provider {
    pub address: SocketAddr,
    script: Arc<Script>,
}

struct Script {
    name: &'static str,
    busy: AtomicBool,
    refused: AtomicU64,
    thought: AtomicU64,
}

impl Provider {
    /// Starts one on a free port; it ends with `stop`, and `tasks` waits for it.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start(
        name: &'static str,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> std::io::Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?;
        let script = Arc::new(Script {
            name,
            busy: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            thought: AtomicU64::new(0),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .with_state(script.clone());
        tasks.spawn(async move {
            let serving = axum::serve(socket, router);
            tokio::select! {
                () = stop.cancelled() => {}
                ended = serving => if let Err(error) = ended {
                    tracing::error!(%error, "a scripted provider ended");
                }
            }
        });
        Ok(Self { address, script })
    }

    pub fn name(&self) -> &'static str {
        self.script.name
    }

    /// From now on, or no longer, every request is answered 429.
    pub fn set_busy(&self, busy: bool) {
        self.script.busy.store(busy, Ordering::SeqCst);
    }

    pub fn refused(&self) -> u64 {
        self.script.refused.load(Ordering::SeqCst)
    }

    /// How often a plugin asked it to think.
    pub fn thought(&self) -> u64 {
        self.script.thought.load(Ordering::SeqCst)
    }
}

async fn models() -> Json<Value> {
    Json(json!({"object": "list", "data": [{"id": "demo-1-native", "object": "model"}]}))
}

async fn complete(State(script): State<Arc<Script>>, Json(request): Json<Value>) -> Response {
    if script.busy.load(Ordering::SeqCst) {
        script.refused.fetch_add(1, Ordering::SeqCst);
        return busy();
    }
    let model = request.get("model").and_then(Value::as_str).unwrap_or_default();
    if let Some(thought) = mind::thought(&request) {
        script.thought.fetch_add(1, Ordering::SeqCst);
        return Json(whole(model, &thought.to_string())).into_response();
    }
    match request.get("stream").and_then(Value::as_bool) {
        Some(true) => streamed(script.name, model),
        _ => Json(whole(model, &format!("Hello from {}.", script.name))).into_response(),
    }
}

fn busy() -> Response {
    let body =
        json!({"error": {"message": "Rate limit reached", "type": "rate_limit_error", "code": "rate_limit"}});
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], Json(body)).into_response()
}

fn whole(model: &str, content: &str) -> Value {
    json!({
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop",
        }],
        "usage": usage(),
    })
}

fn usage() -> Value {
    json!({"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17})
}

fn streamed(name: &str, model: &str) -> Response {
    let chunk = |choices: Value, usage: Value| {
        let event = json!({
            "id": "chatcmpl-demo", "object": "chat.completion.chunk", "created": 0, "model": model,
            "choices": choices, "usage": usage,
        });
        format!("data: {event}\n\n")
    };
    let word = |text: &str| chunk(json!([{"index": 0, "delta": {"content": text}}]), Value::Null);
    let events = [
        word("Hello"),
        word(" from"),
        word(&format!(" {name}.")),
        chunk(json!([]), usage()),
        "data: [DONE]\n\n".to_owned(),
    ];
    let events = stream::unfold(events.into_iter(), |mut left| async move {
        let event = left.next()?;
        tokio::time::sleep(BETWEEN_CHUNKS).await;
        Some((Ok::<_, Infallible>(event), left))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}
