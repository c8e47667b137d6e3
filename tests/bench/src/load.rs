//! Clients in a closed loop: each sends its next request when it has read the last answer to its end.

mod client;
pub(crate) mod open;
mod recipient;
mod tally;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub(crate) use client::WHOLE;
pub(crate) use recipient::Recipient;
use tally::Tally;

/// How long an answer may take that was asked for in time.
pub(crate) const LAST_ANSWER: Duration = Duration::from_secs(5);

/// What is sent where, and for how long.
#[derive(Args, Clone, Debug)]
pub(crate) struct Order {
    #[command(flatten)]
    pub(crate) recipient: Recipient,
    /// Connections that are kept, each with one request at a time.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) connections: u32,
    #[arg(long)]
    pub(crate) warm_up_ms: u64,
    #[arg(long)]
    pub(crate) measure_ms: u64,
    /// Asks for streams of events.
    #[arg(long)]
    pub(crate) stream: bool,
}

/// What was seen. Latencies are in microseconds, over answers that were good.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Good answers a second.
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// To the first bytes of the body.
    pub(crate) first_p50_us: f64,
    /// Good answers, those of the warm-up too.
    pub(crate) answered: u64,
    pub(crate) errors: u64,
    /// The first error, in words.
    pub(crate) complaint: Option<String>,
    /// `x-patchbay-generation` of the first answer.
    pub(crate) generation: Option<String>,
}

/// When an exchange counts: begun after `start`, over before `end`.
#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    end: Instant,
}

/// The role: one line of JSON on standard output.
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let outcome = send(order).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}

/// # Errors
/// When an answer does not come to its end: a figure without it would be a lie.
pub(crate) async fn send(order: Order) -> anyhow::Result<Outcome> {
    let (measure, connections) = (Duration::from_millis(order.measure_ms), order.connections);
    let start = Instant::now() + Duration::from_millis(order.warm_up_ms);
    let window = Window { start, end: start + measure };
    let target = order.recipient.target;
    let order = Arc::new(order);
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(client::run(order.clone(), window, tally::latencies_max(connections)));
    }
    let tallies = tokio::time::timeout_at(window.end + LAST_ANSWER, clients.join_all())
        .await
        .with_context(|| format!("{target} left a request without an answer for {LAST_ANSWER:?}"))?;
    Ok(Tally::sum(tallies).outcome(measure))
}
