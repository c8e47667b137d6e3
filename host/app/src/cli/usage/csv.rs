//! Usage for spreadsheets and scripts: every column of every line, as RFC 4180 has it, but for the ends of lines.

use patchbay_admin::api::UsageLine;

use super::words::{text, time};

const HEADING: [&str; 23] = [
    "time",
    "pool",
    "provider",
    "model",
    "agent",
    "providers",
    "requests",
    "errors",
    "cancelled",
    "estimated",
    "prompt_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "total_tokens",
    "cost_usd",
    "latency_ms",
    "latency_p50_ms",
    "latency_p95_ms",
    "first_byte_ms",
    "first_byte_p50_ms",
    "first_byte_p95_ms",
];

pub(super) fn lines(usage: Vec<UsageLine>) -> String {
    let mut lines = vec![HEADING.join(",")];
    lines.extend(usage.iter().map(|line| row(line).map(|cell| quoted(&cell)).join(",")));
    lines.join("\n")
}

fn row(line: &UsageLine) -> [String; 23] {
    [
        time(line),
        text(line.pool.as_ref()),
        text(line.provider.as_ref()),
        text(line.model.as_ref()),
        text(line.agent.as_ref()),
        text(line.providers.as_ref()),
        line.requests.to_string(),
        line.errors.to_string(),
        line.cancelled.to_string(),
        line.estimated.to_string(),
        line.prompt_tokens.0.to_string(),
        line.cached_tokens.0.to_string(),
        line.cache_write_tokens.0.to_string(),
        line.completion_tokens.0.to_string(),
        line.reasoning_tokens.0.to_string(),
        line.total_tokens.0.to_string(),
        line.cost_usd.clone(),
        ms(line.latency_ms),
        ms(line.latency_p50_ms),
        ms(line.latency_p95_ms),
        ms(line.first_byte_ms),
        ms(line.first_byte_p50_ms),
        ms(line.first_byte_p95_ms),
    ]
}

/// Only where it must be: a model's name may have a comma in it.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

fn ms(ms: Option<f64>) -> String {
    ms.map(|ms| format!("{ms:.1}")).unwrap_or_default()
}
