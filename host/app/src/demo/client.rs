//! Agents as the demo plays them: OpenAI's protocol over TCP, plain and streaming, one request after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const ANSWER_BYTES_MAX: usize = 1 << 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Failures that are kept to be shown.
const FAILURES_MAX: usize = 5;

/// One agent's way to the gateway.
#[derive(Clone)]
pub struct Agent {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    key: String,
}

/// What an answer said of itself.
#[derive(Clone, Debug)]
pub struct Served {
    pub provider: String,
    /// The number within the slot; none when the native policy is in charge.
    pub generation: Option<u64>,
    pub attempts: u32,
    pub fallback: Option<String>,
}

/// What a crowd of agents has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub requests: u64,
    pub failures: Vec<String>,
    pub failed: u64,
    pub providers: BTreeMap<String, u64>,
    pub generations: BTreeMap<u64, u64>,
    /// Answers that took more than one provider.
    pub failed_over: u64,
    /// Answers that the native policy gave for a generation that failed.
    pub fallbacks: u64,
    /// Answers of an older generation than the same agent's answer before.
    pub went_back: u64,
}

/// Agents that ask until they are stopped.
pub struct Crowd {
    agents: JoinSet<()>,
    seen: Arc<Mutex<Seen>>,
    stop: CancellationToken,
}

impl Agent {
    pub fn new(gateway: SocketAddr, key: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, url: format!("http://{gateway}/v1/chat/completions"), key: key.to_owned() }
    }

    /// Asks once.
    ///
    /// # Errors
    /// When the answer is not a complete, good one.
    pub async fn ask(&self, stream: bool) -> anyhow::Result<Served> {
        tokio::time::timeout(ANSWER_TIMEOUT, self.exchange(stream)).await.context("no answer in time")?
    }

    async fn exchange(&self, stream: bool) -> anyhow::Result<Served> {
        let body = json!({
            "model": "demo-1",
            "stream": stream,
            "messages": [{"role": "user", "content": "Say hello."}],
        });
        let request = Request::post(&self.url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let text = String::from_utf8(body.map_err(anyhow::Error::from_boxed)?.to_bytes().to_vec())?;
        ensure!(head.status.is_success(), "{}: {text}", head.status);
        let complete = if stream { text.ends_with("data: [DONE]\n\n") } else { text.contains("\"usage\"") };
        ensure!(complete, "the answer is not complete: {text}");
        ensure!(text.contains("\"demo-1\""), "the answer has another model than was asked for: {text}");
        Served::of(&head.headers)
    }
}

impl Served {
    fn of(headers: &HeaderMap) -> anyhow::Result<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let Some(generation) = text("x-patchbay-generation") else { bail!("no x-patchbay-generation") };
        Ok(Self {
            provider: text("x-patchbay-provider").context("no x-patchbay-provider")?,
            generation: generation.strip_prefix("routing/").and_then(|number| number.parse().ok()),
            attempts: text("x-patchbay-attempts").and_then(|count| count.parse().ok()).unwrap_or(0),
            fallback: text("x-patchbay-fallback"),
        })
    }
}

impl Crowd {
    /// `count` agents, every second of them streaming.
    pub fn start(agent: &Agent, count: usize) -> Self {
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), CancellationToken::new());
        let mut agents = JoinSet::new();
        for number in 0..count {
            agents.spawn(ask_on(agent.clone(), number % 2 == 1, seen.clone(), stop.clone()));
        }
        Self { agents, seen, stop }
    }

    /// What has been seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets every agent end its request.
    pub async fn end(mut self) -> Seen {
        self.stop.cancel();
        while self.agents.join_next().await.is_some() {}
        self.seen()
    }
}

async fn ask_on(agent: Agent, stream: bool, seen: Arc<Mutex<Seen>>, stop: CancellationToken) {
    let mut last = 0;
    while !stop.is_cancelled() {
        let answer = agent.ask(stream).await;
        seen.lock().unwrap_or_else(PoisonError::into_inner).add(answer, &mut last);
    }
}

impl Seen {
    /// `last` is the generation of the same agent's answer before.
    fn add(&mut self, answer: anyhow::Result<Served>, last: &mut u64) {
        self.requests += 1;
        let served = match answer {
            Ok(served) => served,
            Err(error) => {
                self.failed += 1;
                if self.failures.len() < FAILURES_MAX {
                    self.failures.push(format!("{error:#}"));
                }
                return;
            }
        };
        *self.providers.entry(served.provider).or_default() += 1;
        self.failed_over += u64::from(served.attempts > 1);
        self.fallbacks += u64::from(served.fallback.is_some());
        if let Some(generation) = served.generation {
            *self.generations.entry(generation).or_default() += 1;
            self.went_back += u64::from(generation < *last);
            *last = generation;
        }
    }
}
