//! Clients in an open loop: requests are due at fixed times, whatever became of those before. Each is timed from when it
//! was due and not from when a client was free to send it, so a pause is told by all requests that it held up.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use bytes::Bytes;
use clap::Args;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::{LAST_ANSWER, Recipient, client};
use crate::monotonic::{nanos, now};
use crate::pace::Pace;
use crate::statistics::{percentile, permille};

/// Connections that are kept. As many requests are under way at the most; more wait, and their time runs.
const CLIENTS: usize = 128;
/// Of one order: each is remembered.
const REQUESTS_MAX: u64 = 1 << 22;

/// How much is sent where, and for how long.
#[derive(Args, Clone, Debug)]
pub(crate) struct Order {
    #[command(flatten)]
    pub(crate) recipient: Recipient,
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) per_second: u64,
    #[arg(long)]
    pub(crate) warm_up_ms: u64,
    #[arg(long)]
    pub(crate) measure_ms: u64,
    /// Where to write the times of each measured request, as JSON.
    #[arg(long)]
    pub(crate) trace: Option<PathBuf>,
}

/// What was seen. Latencies are in microseconds from when a request was due, over good answers after the warm-up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    /// How late the clients themselves were: from when a request was due to when it was sent.
    pub(crate) late_p99_us: f64,
    /// Good answers, those of the warm-up too.
    pub(crate) answered: u64,
    /// All other requests that were due.
    pub(crate) errors: u64,
    /// The first error, in words.
    pub(crate) complaint: Option<String>,
}

/// One request, by the machine's monotonic clock.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Timed {
    pub(crate) due: u64,
    pub(crate) sent: u64,
    /// When its good answer had been read; none if there was none.
    pub(crate) answered: Option<u64>,
}

/// What one client saw, then all.
#[derive(Default)]
struct Seen {
    requests: Vec<Timed>,
    complaint: Option<String>,
}

/// A connection that is kept.
struct Line {
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

impl Timed {
    /// In nanoseconds, from when it was due.
    pub(crate) fn latency(&self) -> Option<u64> {
        self.answered.map(|answered| answered.saturating_sub(self.due))
    }
}

/// The role: one line of JSON on standard output.
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let outcome = send(order).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}

pub(crate) async fn send(order: Order) -> anyhow::Result<Outcome> {
    let count = order.per_second.saturating_mul(order.warm_up_ms + order.measure_ms) / 1000;
    ensure!(count <= REQUESTS_MAX, "{count} requests are more than {REQUESTS_MAX}: ask for less time");
    let begun = now();
    let measured = begun + nanos(Duration::from_millis(order.warm_up_ms));
    let seen = all(&order, Arc::new(Pace::new(begun, order.per_second, count))).await?;
    let (answered, errors) = tell(&seen);
    let timed: Vec<Timed> = seen.requests.into_iter().filter(|timed| timed.due >= measured).collect();
    if let Some(path) = &order.trace {
        serde_json::to_writer(BufWriter::new(File::create(path)?), &timed)?;
    }
    Ok(Outcome { answered, errors, complaint: seen.complaint, ..outcome(&timed) })
}

/// Every client, until each request that was due is over.
async fn all(order: &Order, pace: Arc<Pace>) -> anyhow::Result<Seen> {
    let time = Duration::from_millis(order.warm_up_ms + order.measure_ms);
    let give_up = Instant::now() + time + LAST_ANSWER;
    let request = order.recipient.request(Bytes::from_static(client::WHOLE))?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(work(order.recipient.clone(), request.clone(), pace.clone(), give_up));
    }
    let (driven, seen) = tokio::join!(pace.drive(), clients.join_all());
    driven?;
    Ok(Seen::sum(seen))
}

async fn work(
    recipient: Recipient,
    request: Request<Full<Bytes>>,
    pace: Arc<Pace>,
    give_up: Instant,
) -> Seen {
    let (mut seen, mut line) = (Seen::default(), None);
    while let Some(due) = pace.next().await {
        let sent = now();
        let left = give_up.saturating_duration_since(Instant::now()).min(LAST_ANSWER);
        let answer = timeout(left, ask(&recipient, &request, &mut line)).await;
        let answered = match answer {
            Ok(Ok(())) => Some(now()),
            Ok(Err(error)) => seen.complain(format!("{error:#}")),
            Err(_) => seen.complain(format!("no answer within {left:?}")),
        };
        if answered.is_none() {
            line = None;
        }
        seen.requests.push(Timed { due, sent, answered });
    }
    seen
}

async fn ask(
    recipient: &Recipient,
    request: &Request<Full<Bytes>>,
    line: &mut Option<Line>,
) -> anyhow::Result<()> {
    if line.as_ref().is_none_or(|line| line.sender.is_closed()) {
        let (sender, driver) = recipient.connect().await?;
        *line = Some(Line { sender, _driver: driver });
    }
    let Some(Line { sender, .. }) = line else { bail!("it was opened above") };
    sender.ready().await?;
    let response = sender.send_request(request.clone()).await?;
    client::read(response, Instant::now()).await?.map(drop).map_err(anyhow::Error::msg)
}

impl Seen {
    /// Only the first is kept.
    fn complain<T>(&mut self, complaint: String) -> Option<T> {
        self.complaint.get_or_insert(complaint);
        None
    }

    fn sum(clients: Vec<Seen>) -> Seen {
        clients.into_iter().fold(Seen::default(), |mut sum, mut one| {
            sum.requests.append(&mut one.requests);
            sum.complaint = sum.complaint.or(one.complaint);
            sum
        })
    }
}

/// Good answers, and errors.
fn tell(seen: &Seen) -> (u64, u64) {
    let answered = seen.requests.iter().filter(|timed| timed.answered.is_some()).count();
    (answered as u64, (seen.requests.len() - answered) as u64)
}

fn outcome(timed: &[Timed]) -> Outcome {
    let mut latencies: Vec<u64> = timed.iter().filter_map(Timed::latency).collect();
    let mut late: Vec<u64> = timed.iter().map(|timed| timed.sent.saturating_sub(timed.due)).collect();
    latencies.sort_unstable();
    late.sort_unstable();
    Outcome {
        p50_us: micros(percentile(&latencies, 50)),
        p99_us: micros(percentile(&latencies, 99)),
        p999_us: micros(permille(&latencies, 999)),
        late_p99_us: micros(percentile(&late, 99)),
        ..Outcome::default()
    }
}

#[allow(clippy::cast_precision_loss, reason = "times far below 2^52 ns")]
pub(crate) fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1000.0
}
