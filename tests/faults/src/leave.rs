//! Clients that leave at a random byte: in the request, after it, in the headers, in the stream. Their provider is left
//! at once, and what they used is counted, once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::alone::{Alone, MODEL, NATIVE, PATIENCE};
use crate::client::{Client, body};
use crate::http::hear;
use crate::process::{is_loaded, load_average};
use crate::report::Report;
use crate::say::say;
use crate::script::{Script, Step};
use crate::statistics::percentile;
use crate::upstream::Asked;
use crate::words::{self, EVENTS};

const CONFIG: &str = "[usage]\nflush_interval = \"10ms\"\n";
/// Clients at one time.
const AT_ONCE: usize = 32;
/// How long the provider's connection may outlive its client: of 99 in 100, and of any.
const CLOSED_P99_MS: f64 = 100.0;
const CLOSED_MAX_MS: f64 = 1000.0;
/// Between two events of a stream that has no end.
const EVERY: Duration = Duration::from_millis(5);
/// The head of an answer is about so long; what lies beyond is stream.
const HEAD_BYTES: usize = 300;
const STREAM_BYTES: usize = 4000;
/// Marks a client whose answer comes to an end.
const STAYS: &str = "stays";

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// How many clients.
    #[arg(long, default_value_t = 1000)]
    pub(crate) count: usize,
    /// What chance follows from; the same seed leaves at the same bytes.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// Before the request is whole.
    InRequest,
    AfterRequest,
    InHead,
    InStream,
    /// Never: the answer is heard to its end.
    Stays,
}

/// One that was there.
struct Gone {
    number: usize,
    when: When,
    /// When its connection was closed.
    at: Instant,
    /// For one that stays: whether it got all.
    whole: bool,
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("leave");
    let loaded = is_loaded();
    let stage = Alone::start(binary, CONFIG, play).await?;
    say(&format!("leave: {} clients", order.count));
    let gone = leave_all(&stage.client, order).await;
    stage.expect_quiet(&mut report).await;
    let asked = stage.upstream.seen().asked();
    latencies(&gone, &asked, loaded, &mut report);
    ledger(&stage, &gone, asked.len() as u64, &mut report).await?;
    let strays = gone.iter().filter(|gone| gone.when == When::Stays && !gone.whole).count();
    report.expect(strays == 0, || format!("expected those who stay to get all, {strays} did not"));
    let next = stage.client.chat(MODEL, false, PATIENCE).await;
    report.expect(next.status() == 200, || {
        format!("expected the host to serve afterwards, found {}", next.shown())
    });
    Ok(report)
}

/// A good answer for one that stays or wants JSON late; for any other a stream without an end.
fn play(asked: &Asked) -> Script {
    if asked.text().contains(STAYS) || !asked.text().contains("leaver") {
        return words::good(NATIVE, asked.is_stream());
    }
    if !asked.is_stream() {
        return Script::default().then(Step::Stall);
    }
    let event = words::text(NATIVE, "word ");
    let begun = Script::chunked(EVENTS).chunk(words::role(NATIVE)).chunk(&event);
    begun.chunks_until(&event, EVERY, Arc::default())
}

async fn leave_all(client: &Client, order: &Order) -> Vec<Gone> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut rng = Rng::with_seed(order.seed);
    let mut leaving = JoinSet::new();
    for number in 0..order.count {
        let (client, places, rng) = (client.clone(), places.clone(), rng.fork());
        leaving.spawn(async move {
            let _place = places.acquire().await;
            leave(&client, number, rng).await
        });
    }
    leaving.join_all().await
}

async fn leave(client: &Client, number: usize, mut rng: Rng) -> Gone {
    let all =
        [When::InRequest, When::AfterRequest, When::InHead, When::InStream, When::InStream, When::Stays];
    let when = all.get(rng.usize(..all.len())).copied().unwrap_or(When::Stays);
    let stream = matches!(when, When::InHead | When::InStream) || rng.bool();
    let mut body = body(MODEL, stream);
    let word = if when == When::Stays { STAYS } else { "leaver" };
    body["user"] = format!("{word}-{number}-").into();
    let request = client.request("", &body);
    let mut gone = Gone { number, when, at: Instant::now(), whole: false };
    let Ok(mut connection) = client.connect().await else { return gone };
    let bytes = if when == When::InRequest { rng.usize(1..request.len()) } else { request.len() };
    // One that the host refuses to read is one that is gone.
    let _ = connection.write_all(request.get(..bytes).unwrap_or_default()).await;
    match when {
        When::InRequest => sleep(Duration::from_millis(rng.u64(..5))).await,
        When::AfterRequest => sleep(Duration::from_millis(rng.u64(..30))).await,
        When::InHead => read(&mut connection, rng.usize(1..HEAD_BYTES)).await,
        When::InStream => read(&mut connection, rng.usize(HEAD_BYTES..STREAM_BYTES)).await,
        When::Stays => gone.whole = hear(&mut connection, PATIENCE).await.is_whole(),
    }
    drop(connection);
    gone.at = Instant::now();
    gone
}

async fn read(connection: &mut TcpStream, bytes: usize) {
    let mut buffer = vec![0; bytes];
    // What does not come in time is not waited for.
    let _ = timeout(PATIENCE, connection.read_exact(&mut buffer)).await;
}

/// How long the provider was kept busy for nobody.
fn latencies(gone: &[Gone], asked: &[Asked], loaded: bool, report: &mut Report) {
    let mut times = Vec::new();
    for leaver in gone.iter().filter(|gone| gone.when != When::Stays) {
        let mark = format!("leaver-{}-", leaver.number);
        let Some(asked) = asked.iter().find(|asked| asked.text().contains(&mark)) else { continue };
        let Some(left) = asked.left else { continue };
        // One that left before its request had arrived there could not be seen to leave before.
        times.push(left.saturating_duration_since(leaver.at.max(asked.at)).as_secs_f64() * 1e3);
    }
    let (p50, p99, max) = (percentile(&times, 50), percentile(&times, 99), percentile(&times, 100));
    report.line(format!(
        "{} clients, {} of them left one that was asked; its connection was closed after {p50:.1} ms (p50), {p99:.1} ms \
         (p99), {max:.1} ms (max); load {}",
        gone.len(),
        times.len(),
        load_average()
    ));
    report.expect(loaded || p99 <= CLOSED_P99_MS, || {
        format!("expected {CLOSED_P99_MS} ms at p99, found {p99:.1}")
    });
    report.expect(max <= CLOSED_MAX_MS, || format!("expected {CLOSED_MAX_MS} ms at most, found {max:.1}"));
}

/// Each request that reached the provider is counted once; one that the provider never saw may be.
async fn ledger(stage: &Alone, gone: &[Gone], asked: u64, report: &mut Report) -> anyhow::Result<()> {
    let found = stage.counted().await?;
    let count = |when: &dyn Fn(When) -> bool| gone.iter().filter(|gone| when(gone.when)).count() as u64;
    let (whole, stays) = (count(&|when| when != When::InRequest), count(&|when| when == When::Stays));
    report.line(format!("{whole} whole requests, {asked} at the provider, in the ledger: {found:?}"));
    report.expect((asked..=whole).contains(&found.requests), || {
        format!("expected {asked} to {whole} requests in the ledger, found {}", found.requests)
    });
    let left = found.requests.saturating_sub(stays);
    report
        .expect(found.cancelled == left, || format!("expected {left} cancelled, found {}", found.cancelled));
    report
        .expect(found.estimated == left, || format!("expected {left} estimated, found {}", found.estimated));
    report
        .expect(found.errors == 0, || format!("expected no errors of the provider, found {}", found.errors));
    let stated = stays * words::PROMPT;
    report.expect(found.prompt >= stated + left, || {
        format!("expected the prompts of all to be counted, found {} tokens", found.prompt)
    });
    Ok(())
}
