//! SIGTERM while streams are open: none is cut within the grace, and the process is gone by its end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::alone::{Alone, MODEL, NATIVE};
use crate::client::{Client, body};
use crate::http::{Heard, hear};
use crate::process::raise_descriptors;
use crate::report::Report;
use crate::say::say;
use crate::script::Script;
use crate::wait::until;
use crate::words::{self, DONE, EVENTS};

/// Between two events of a stream.
const EVERY: Duration = Duration::from_millis(500);
/// Streams that end by themselves do so this long after the signal.
const ENDS_AFTER: Duration = Duration::from_millis(1500);
const GRACE: Duration = Duration::from_secs(15);
const SHORT_GRACE: Duration = Duration::from_secs(2);
/// What the end of the process may take beyond the grace.
const BEYOND: Duration = Duration::from_secs(1);
/// How long all streams together may take to open.
const OPENING: Duration = Duration::from_secs(60);
/// Streams that never end.
const ENDLESS: usize = 100;
/// Of the host with all streams open, in bytes.
const RESIDENT_BYTES_MAX: u64 = 256 << 20;
/// Two descriptors a stream in this process.
const DESCRIPTORS_EACH: u64 = 2;
const DESCRIPTORS_OTHER: u64 = 200;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// How many streams are open at the signal.
    #[arg(long, default_value_t = 1000)]
    pub(crate) streams: usize,
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("stop");
    let needed = order.streams as u64 * DESCRIPTORS_EACH + DESCRIPTORS_OTHER;
    let allowed = raise_descriptors();
    anyhow::ensure!(
        allowed >= needed,
        "{needed} descriptors are needed and {allowed} allowed: ask for fewer --streams"
    );
    say(&format!("stop: {} streams that end, {ENDLESS} that do not", order.streams));
    those_that_end(binary, order.streams, &mut report).await?;
    those_that_do_not(binary, &mut report).await?;
    Ok(report)
}

async fn those_that_end(binary: &Path, count: usize, report: &mut Report) -> anyhow::Result<()> {
    let over = Arc::new(AtomicBool::new(false));
    let mut stage = stage(binary, GRACE, over.clone()).await?;
    let streams = open(&stage, count, report).await;
    let facts = stage.host.facts();
    report.line(format!(
        "{count} streams open in {} MiB, {} descriptors",
        facts.resident >> 20,
        facts.descriptors
    ));
    report.expect(facts.resident <= RESIDENT_BYTES_MAX, || {
        format!(
            "expected {count} streams in {} MiB, found {}",
            RESIDENT_BYTES_MAX >> 20,
            facts.resident >> 20
        )
    });
    let signalled = Instant::now();
    stage.host.terminate()?;
    sleep(ENDS_AFTER).await;
    let refused = TcpStream::connect(stage.client.address).await.is_err();
    report.expect(refused, || "expected no new connection after SIGTERM, one was accepted".to_owned());
    over.store(true, Ordering::SeqCst);
    let status = stage.host.ended(GRACE + BEYOND).await;
    let took = signalled.elapsed();
    match status {
        Ok(status) => {
            report.line(format!("{count} streams: {status} {:.1} s after SIGTERM", took.as_secs_f64()));
            report.expect(status.success(), || format!("expected exit status 0, found {status}"));
        }
        Err(error) => report.failures.push(format!("expected an end within {GRACE:?} + {BEYOND:?}: {error}")),
    }
    let heard = streams.join_all().await;
    let cut: Vec<&Heard> =
        heard.iter().filter(|heard| !(heard.is_whole() && heard.body.ends_with(DONE.as_bytes()))).collect();
    report.expect(cut.is_empty(), || {
        format!(
            "expected every stream whole, {} were not; one: {}",
            cut.len(),
            cut.first().map_or_else(String::new, |one| one.shown())
        )
    });
    Ok(())
}

async fn those_that_do_not(binary: &Path, report: &mut Report) -> anyhow::Result<()> {
    let mut stage = stage(binary, SHORT_GRACE, Arc::default()).await?;
    let streams = open(&stage, ENDLESS, report).await;
    let signalled = Instant::now();
    stage.host.terminate()?;
    let ended = stage.host.ended(SHORT_GRACE + BEYOND).await;
    let took = signalled.elapsed();
    report.expect(ended.is_ok(), || {
        format!("expected an end at the grace of {SHORT_GRACE:?} + {BEYOND:?}, it goes on")
    });
    report.expect(took >= SHORT_GRACE, || {
        format!("expected nothing to be cut before {SHORT_GRACE:?}, it ended after {took:?}")
    });
    drop(stage);
    let heard = streams.join_all().await;
    let told = heard.iter().filter(|heard| heard.is_whole()).count();
    report.line(format!(
        "{ENDLESS} streams without an end: gone {:.1} s after SIGTERM; {told} were told so in order, the others were cut",
        took.as_secs_f64()
    ));
    Ok(())
}

/// A host whose streams go on until `over`.
async fn stage(binary: &Path, grace: Duration, over: Arc<AtomicBool>) -> anyhow::Result<Alone> {
    let config = format!("[server]\ndrain_timeout = \"{}s\"\n", grace.as_secs());
    Alone::start(binary, &config, move |_| {
        let begun = Script::chunked(EVENTS).chunk(words::role(NATIVE)).chunk(words::text(NATIVE, "one "));
        let going = begun.chunks_until(&words::text(NATIVE, "more "), EVERY, over.clone());
        going.chunk(words::finish(NATIVE)).chunk(DONE).end()
    })
    .await
}

/// Opens so many streams, and returns once each has its provider.
async fn open(stage: &Alone, count: usize, report: &mut Report) -> JoinSet<Heard> {
    let mut streams = JoinSet::new();
    for _ in 0..count {
        streams.spawn(listen(stage.client.clone()));
    }
    let seen = stage.upstream.seen();
    let opened = until(OPENING, || async { (seen.count() >= count).then_some(()) }).await;
    report.expect(opened.is_some(), || {
        format!("expected {count} streams within {OPENING:?}, {} opened", seen.count())
    });
    // The last ones have their first events by then.
    sleep(EVERY).await;
    streams
}

async fn listen(client: Client) -> Heard {
    let Ok(mut stream) = client.connect().await else { return Heard::default() };
    let request = client.request("", &body(MODEL, true));
    if stream.write_all(&request).await.is_err() {
        return Heard::default();
    }
    hear(&mut stream, OPENING + GRACE + GRACE).await
}
