//! Requests as spans, in the words of OpenTelemetry's conventions for generative AI: one span for what the agent asked,
//! one below it for each provider that was asked. It decides nothing about who is traced.

use std::time::Duration;

use anyhow::Context as _;
use patchbay_proxy::{AttemptTrace, OpenTrace, RequestTrace, TracePort};
use patchbay_telemetry::{Context, Kind, Span, Status, Telemetry, UnixNanos};
use patchbay_types::Secret;

/// Headers for the collector, such as its key: `NAME=VALUE`, with commas between. They are secrets, so no file has them.
const HEADERS: &str = "PATCHBAY_OTLP_HEADERS";

/// Traces of requests, on their way to a collector.
pub struct Traces(pub Telemetry);

/// A request that runs: where its own span stands, and those of its attempts.
struct Open {
    telemetry: Telemetry,
    own: Context,
    attempts: Vec<Context>,
}

impl TracePort for Traces {
    fn begin(&self, traceparent: Option<&str>) -> Option<Box<dyn OpenTrace>> {
        let own = self.0.begin(traceparent);
        let open = || Open { telemetry: self.0.clone(), own, attempts: Vec::new() };
        own.sampled.then(|| -> Box<dyn OpenTrace> { Box::new(open()) })
    }
}

impl OpenTrace for Open {
    fn attempt(&mut self) -> String {
        let child = self.own.child();
        self.attempts.push(child);
        child.traceparent()
    }

    fn end(self: Box<Self>, trace: RequestTrace) {
        let began = UnixNanos::from(trace.began);
        for (context, attempt) in self.attempts.iter().zip(&trace.attempts) {
            self.telemetry.send(of_attempt(context, &trace, attempt, began));
        }
        self.telemetry.send(of_request(&self.own, &trace, began));
    }
}

/// # Errors
/// A pair without an equals sign; it is not repeated.
pub fn headers_of_environment() -> anyhow::Result<Vec<(String, Secret<String>)>> {
    let text = std::env::var(HEADERS).unwrap_or_default();
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').with_context(|| {
                format!("{HEADERS} has an entry without `=`: expected NAME=VALUE, with commas between")
            })?;
            Ok((name.trim().to_owned(), Secret::new(value.trim().to_owned())))
        })
        .collect()
}

fn of_request(context: &Context, trace: &RequestTrace, began: UnixNanos) -> Span {
    let mut span = Span::new(context, name(trace), Kind::Server, began, began + trace.took);
    span.set("gen_ai.operation.name", operation(&trace.endpoint));
    span.set("http.response.status_code", i64::from(trace.status));
    span.set("url.path", format!("/v1/{}", trace.endpoint));
    span.set("patchbay.request.id", trace.request.as_str().to_owned());
    span.set("patchbay.generation", trace.generation.clone());
    span.set("patchbay.attempts", trace.attempts.len() as u64);
    span.set("patchbay.stream", trace.stream);
    if let Some(model) = &trace.model {
        span.set("gen_ai.request.model", model.clone());
    }
    if let Some(agent) = &trace.agent {
        span.set("gen_ai.agent.name", agent.as_str().to_owned());
    }
    if let Some(limit) = trace.max_tokens {
        span.set("gen_ai.request.max_tokens", limit);
    }
    if let Some(first) = trace.first_byte {
        span.set("patchbay.first_byte_ms", ms(first));
    }
    used(&mut span, trace);
    if let Some(error) = &trace.error {
        span.set("error.type", error.clone());
        span.status = Status::Error(error.clone());
    }
    span
}

fn used(span: &mut Span, trace: &RequestTrace) {
    let Some(usage) = &trace.usage else { return };
    span.set("gen_ai.usage.input_tokens", usage.prompt.0);
    span.set("gen_ai.usage.output_tokens", usage.completion.0);
    span.set("gen_ai.usage.cache_read.input_tokens", usage.cached.0);
    span.set("patchbay.usage.reasoning_tokens", usage.reasoning.0);
    span.set("patchbay.usage.estimated", usage.estimated);
    span.set("patchbay.cost_nano_usd", trace.cost_nano_usd);
}

fn of_attempt(context: &Context, trace: &RequestTrace, attempt: &AttemptTrace, began: UnixNanos) -> Span {
    let start = began + attempt.after;
    let mut span = Span::new(context, name(trace), Kind::Client, start, start + attempt.took);
    span.set("gen_ai.operation.name", operation(&trace.endpoint));
    span.set("gen_ai.provider.name", provider(attempt.api));
    span.set("gen_ai.request.model", attempt.model.to_string());
    span.set("patchbay.provider", attempt.provider.as_str().to_owned());
    span.set("patchbay.verdict", attempt.verdict);
    if attempt.verdict != "ok" {
        span.set("error.type", attempt.verdict);
        span.status = Status::Error(attempt.verdict.to_owned());
    }
    span
}

/// The operation and the model, as the conventions want it.
fn name(trace: &RequestTrace) -> String {
    let operation = operation(&trace.endpoint);
    trace.model.as_ref().map_or_else(|| operation.to_owned(), |model| format!("{operation} {model}"))
}

fn operation(endpoint: &str) -> &'static str {
    match endpoint {
        "chat/completions" | "responses" | "messages" => "chat",
        "completions" => "text_completion",
        "embeddings" => "embeddings",
        _ => "request",
    }
}

/// Whose API it is, in the conventions' words.
fn provider(api: &str) -> &'static str {
    if api.starts_with("anthropic") { "anthropic" } else { "openai" }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
