//! Readers that take a stream slower than it comes: they slow themselves alone, and nothing piles up for them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::alone::{Alone, MODEL, NATIVE, PATIENCE};
use crate::client::{Client, body};
use crate::report::Report;
use crate::script::{Script, Step};
use crate::statistics::percentile;
use crate::words::{EVENTS, text};

/// Marks a request that is answered with more than anybody reads.
pub(super) const MARK: &str = "flood";

const READERS: usize = 50;
/// What a slow one reads at a time, and how often: 1 KiB a second.
const PIECE_BYTES: usize = 256;
const EVERY: Duration = Duration::from_millis(250);
/// So much is there to be read by each, in events of 4 KiB.
const EVENTS_EACH: u64 = 16 * 1024;
const EVENT_BYTES: usize = 4096;
/// What the kernel holds for a slow one on its own side.
const WINDOW_BYTES: u32 = 8192;
/// Until what the kernel holds of each stream is full, they are no slow readers: the host is busy with them.
const FILL_MAX: Duration = Duration::from_secs(40);
const FILL_LOOK: Duration = Duration::from_millis(500);
/// Hundredths of a second between two looks; less is a host that waits.
const IDLE_TICKS: u64 = 4;
/// Requests of the others, and of these at one time.
const OTHERS: usize = 200;
const AT_ONCE: usize = 10;
/// How much slower the others may be at p50, beside what a loaded machine adds.
const SLOWER: f64 = 3.0;
const LATE_MS: f64 = 20.0;
/// What the slow ones may cost the host together, in bytes.
const GROWTH_BYTES_MAX: u64 = 64 << 20;

pub(super) fn flood() -> Script {
    let event = text(NATIVE, &"x".repeat(EVENT_BYTES));
    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
    let flood = Step::Repeat { bytes: chunk.as_bytes().into(), every: Duration::ZERO, times: EVENTS_EACH };
    Script::chunked(EVENTS).then(flood).end()
}

pub(super) async fn crawl(stage: &Alone, report: &mut Report) {
    let alone = others(&stage.client, report).await;
    let before = stage.host.facts().resident;
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn(read_slowly(stage.client.clone()));
    }
    let filled = fill(stage).await;
    let beside = others(&stage.client, report).await;
    let grown = stage.host.facts().resident.saturating_sub(before);
    report.expect(readers.try_join_next().is_none(), || {
        "expected slow readers to be served on, one was cut".to_owned()
    });
    readers.shutdown().await;
    report.line(format!(
        "others at p50: {alone:.1} ms alone, {beside:.1} ms beside {READERS} slow readers, for which the host grew by {} MiB; \
         their streams were full after {:.1} s",
        grown >> 20,
        filled.as_secs_f64()
    ));
    report.expect(beside <= alone * SLOWER + LATE_MS, || {
        format!("expected slow readers to slow nobody else, {alone:.1} ms became {beside:.1} ms")
    });
    report.expect(grown <= GROWTH_BYTES_MAX, || {
        format!("expected at most {} MiB for slow readers, found {}", GROWTH_BYTES_MAX >> 20, grown >> 20)
    });
}

/// Waits until the host has little to do with the slow ones. Returns how long that took.
async fn fill(stage: &Alone) -> Duration {
    let begun = Instant::now();
    let mut before = 0;
    loop {
        let now = stage.host.facts().ticks;
        if now.saturating_sub(before) <= IDLE_TICKS || begun.elapsed() > FILL_MAX {
            return begun.elapsed();
        }
        before = now;
        sleep(FILL_LOOK).await;
    }
}

/// What a request takes at p50, in milliseconds.
async fn others(client: &Client, report: &mut Report) -> f64 {
    let mut times = Vec::new();
    for _ in 0..OTHERS / AT_ONCE {
        let mut asking = JoinSet::new();
        for _ in 0..AT_ONCE {
            let client = client.clone();
            asking.spawn(async move { client.chat(MODEL, false, PATIENCE).await });
        }
        for heard in asking.join_all().await {
            report.expect(heard.status() == 200, || {
                format!("expected the others to be served, found {}", heard.shown())
            });
            times.push(heard.took.as_secs_f64() * 1e3);
        }
    }
    percentile(&times, 50)
}

/// Ends only if the host ends the stream.
async fn read_slowly(client: Client) {
    let Ok(mut stream) = client.connect_narrowly(WINDOW_BYTES).await else { return };
    let mut request = body(MODEL, true);
    request["user"] = MARK.into();
    if stream.write_all(&client.request("", &request)).await.is_err() {
        return;
    }
    let mut piece = [0; PIECE_BYTES];
    while matches!(timeout(PATIENCE, stream.read_exact(&mut piece)).await, Ok(Ok(_))) {
        sleep(EVERY).await;
    }
}
