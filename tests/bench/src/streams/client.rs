//! The role that opens streams: each by its time, over a connection that was open before, and none waits for another.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;
use clap::Args;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::reading::Reading;
use super::tally::{AllOpen, Outcome, Tally};
use crate::load::{LAST_ANSWER, Recipient};
use crate::monotonic::{nanos, now};
use crate::pace::{Pace, WAITING_MAX};
use crate::paced::Pacing;

/// How long all connections may take to open. Whoever accepts them waits no longer for their first line.
const CONNECTING: Duration = Duration::from_secs(8);
/// After so many connections there is a rest, so that they can be accepted: the kernel keeps few that are not.
const CONNECTIONS_AT_ONCE: u64 = 50;
const REST: Duration = Duration::from_millis(10);
/// Between the last connection and the first stream.
const BREATH: Duration = Duration::from_millis(100);
/// What of a bad answer is shown, in bytes.
const COMPLAINT_BYTES_MAX: usize = 300;

/// Which streams, from whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Order {
    #[command(flatten)]
    pub(crate) recipient: Recipient,
    /// Streams that are open at one time.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=WAITING_MAX as u64))]
    pub(crate) count: u64,
    /// How many begin a second.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) per_second: u64,
    #[arg(long)]
    pub(crate) first_ms: u64,
    #[arg(long)]
    pub(crate) gap_ms: u64,
    #[arg(long)]
    pub(crate) events: u32,
}

type Line = (SendRequest<Full<Bytes>>, JoinSet<()>);
/// When it was due, when it was asked for, and what came.
type Streamed = Result<(u64, u64, Reading), String>;

/// The role: one line of JSON on standard output.
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let outcome = open(order).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}

pub(crate) async fn open(order: Order) -> anyhow::Result<Outcome> {
    let pacing = Pacing { first_ms: order.first_ms, gap_ms: order.gap_ms, events: order.events };
    let request = order.recipient.request(pacing.request())?;
    let lines = match timeout(CONNECTING, connect(&order)).await {
        Ok(Ok(lines)) => lines,
        Ok(Err(error)) => return Ok(Outcome::none(order.count, format!("{error:#}"))),
        Err(_) => {
            return Ok(Outcome::none(
                order.count,
                format!("no {} connections within {CONNECTING:?}", order.count),
            ));
        }
    };
    let start = now() + nanos(BREATH);
    let pace = Arc::new(Pace::new(start, order.per_second, order.count));
    let begins = Duration::from_nanos(pace.time(order.count).saturating_sub(now()));
    let give_up = Instant::now() + begins + pacing.length() + LAST_ANSWER;
    let mut streams = JoinSet::new();
    for line in lines {
        streams.spawn(stream(line, request.clone(), pace.clone(), pacing.events, give_up));
    }
    let (driven, streamed) = tokio::join!(pace.drive(), streams.join_all());
    driven?;
    Ok(count(streamed, all_open(&pace, order.count, pacing)?))
}

async fn connect(order: &Order) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for number in 1..=order.count {
        if number % CONNECTIONS_AT_ONCE == 0 {
            sleep(REST).await;
        }
        lines.push(order.recipient.connect().await?);
    }
    Ok(lines)
}

/// From the last one's first event to the first one's end.
fn all_open(pace: &Pace, count: u64, pacing: Pacing) -> anyhow::Result<AllOpen> {
    let from = pace.time(count) + nanos(Duration::from_millis(pacing.first_ms));
    let until = pace.time(0) + nanos(pacing.length());
    ensure!(from < until, "the first stream ends before the last one begins: ask for more events");
    Ok(AllOpen { from, until })
}

async fn stream(
    mut line: Line,
    request: Request<Full<Bytes>>,
    pace: Arc<Pace>,
    events: u32,
    give_up: Instant,
) -> Streamed {
    let due = pace.next().await.ok_or("nothing was due any more")?;
    let asked = now();
    match timeout_at(give_up, read(&mut line.0, request)).await {
        Ok(Ok(Ok(reading))) => reading.end(events).map(|()| (due, asked, reading)),
        Ok(Ok(Err(complaint))) => Err(complaint),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err("the stream did not end in time".to_owned()),
    }
}

/// The inner error is a bad answer over a sound connection.
async fn read(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Result<Reading, String>> {
    sender.ready().await?;
    let (head, mut body) = sender.send_request(request).await?.into_parts();
    let mut reading = Reading::default();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if head.status != StatusCode::OK {
            let shown = data.get(..COMPLAINT_BYTES_MAX).unwrap_or(data);
            return Ok(Err(format!("{}: {}", head.status, String::from_utf8_lossy(shown))));
        }
        if let Err(complaint) = reading.add(data, now()) {
            return Ok(Err(complaint));
        }
    }
    Ok(Ok(reading))
}

fn count(streamed: Vec<Streamed>, open: AllOpen) -> Outcome {
    let mut tally = Tally::default();
    for stream in streamed {
        match stream {
            Ok((due, asked, reading)) => tally.count(due, asked, &reading, open),
            Err(complaint) => tally.complain(complaint),
        }
    }
    tally.outcome()
}
