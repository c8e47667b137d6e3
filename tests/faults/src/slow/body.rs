//! Bodies that crawl, are empty, or are far too large.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::alone::{Alone, PATIENCE};
use crate::client::Client;
use crate::http::{Heard, hear};
use crate::report::Report;

/// As configured.
const DEADLINE: Duration = Duration::from_secs(4);
const LIMIT_BYTES: usize = 32 << 20;
/// What a loaded machine may add.
const LATE: Duration = Duration::from_millis(1500);
const CRAWLERS: usize = 10;
const EVERY: Duration = Duration::from_millis(100);
/// Bodies without an end at one time.
const ENDLESS: usize = 4;
const CHUNK_BYTES: usize = 64 * 1024;
/// What the kernel holds of a body that nobody reads any more.
const IN_FLIGHT_BYTES: usize = 16 << 20;
/// What they may cost the host together, in bytes: each is held once, and grows by doubling.
const GROWTH_BYTES_MAX: u64 = 3 * (ENDLESS * LIMIT_BYTES) as u64;

pub(super) async fn crawl(stage: &Alone, report: &mut Report) {
    let mut crawling = JoinSet::new();
    for _ in 0..CRAWLERS {
        crawling.spawn(crawl_once(stage.client.clone()));
    }
    let mut longest = Duration::ZERO;
    for (heard, took) in crawling.join_all().await {
        longest = longest.max(took);
        report.expect(heard.status() == 408 && is_json_error(&heard), || {
            format!("a body that crawls: expected 408 and a JSON error, found {}", heard.shown())
        });
    }
    report.line(format!("{CRAWLERS} clients whose bodies crawl: 408 after {longest:?} at the latest"));
    report
        .expect(longest <= DEADLINE + LATE, || format!("expected 408 after {DEADLINE:?}, found {longest:?}"));
}

async fn crawl_once(client: Client) -> (Heard, Duration) {
    let begun = Instant::now();
    let Ok(mut stream) = client.connect().await else { return (Heard::default(), Duration::ZERO) };
    let (mut read, mut write) = stream.split();
    let head = client.head("Content-Length: 100000\r\n\r\n{\"model\":\"m\",\"x\":\"");
    let crawl = async {
        let mut going = write.write_all(head.as_bytes()).await.is_ok();
        while going {
            sleep(EVERY).await;
            going = write.write_all(b"xxxxxxxxxx").await.is_ok();
        }
        std::future::pending().await
    };
    let heard = tokio::select! {
        heard = hear(&mut read, PATIENCE) => heard,
        never = crawl => never,
    };
    (heard, begun.elapsed())
}

pub(super) async fn sizes(stage: &Alone, report: &mut Report) {
    let client = &stage.client;
    let cases = [
        ("of 0 bytes", "Content-Length: 0\r\n\r\n", 400),
        ("that is missing", "\r\n", 400),
        ("said to be 1 GB", "Content-Length: 1000000000\r\n\r\n", 413),
        ("said to be 1 GB, if it may", "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n", 413),
        ("said to be 1 byte too large", "Content-Length: 33554433\r\n\r\n", 413),
    ];
    for (name, fields, status) in cases {
        let heard = client.send(client.head(fields).as_bytes(), PATIENCE).await;
        report.expect(heard.status() == status && is_json_error(&heard), || {
            format!("a body {name}: expected {status} and a JSON error, found {}", heard.shown())
        });
        report.expect(heard.took < LATE, || {
            format!("a body {name}: expected {status} at once, it took {:?}", heard.took)
        });
    }
    endless(stage, report).await;
}

async fn endless(stage: &Alone, report: &mut Report) {
    let before = stage.host.facts().resident;
    let mut sending = JoinSet::new();
    for _ in 0..ENDLESS {
        sending.spawn(endless_once(stage.client.clone()));
    }
    let mut most = 0;
    for (heard, bytes) in sending.join_all().await {
        most = most.max(bytes);
        report.expect(heard.status() == 413, || {
            format!("a body without an end: expected 413, found {}", heard.shown())
        });
    }
    let grown = stage.host.facts().resident_peak.saturating_sub(before);
    report.line(format!(
        "{ENDLESS} bodies without an end: refused after {} MiB at most; the host grew by {} MiB",
        most >> 20,
        grown >> 20
    ));
    report.expect(most <= LIMIT_BYTES + IN_FLIGHT_BYTES, || {
        format!("expected 413 at {LIMIT_BYTES} bytes, found {most}")
    });
    report.expect(grown <= GROWTH_BYTES_MAX, || {
        format!("expected at most {} MiB more memory, found {}", GROWTH_BYTES_MAX >> 20, grown >> 20)
    });
}

/// Returns what was heard, and after how many bytes.
async fn endless_once(client: Client) -> (Heard, usize) {
    let Ok(mut stream) = client.connect().await else { return (Heard::default(), 0) };
    let (mut read, mut write) = stream.split();
    let mut sent = 0;
    let chunk = format!("{CHUNK_BYTES:x}\r\n{}\r\n", " ".repeat(CHUNK_BYTES));
    let head = client.head("Transfer-Encoding: chunked\r\n\r\n");
    let send = async {
        let mut going = write.write_all(head.as_bytes()).await.is_ok();
        while going {
            going = write.write_all(chunk.as_bytes()).await.is_ok();
            sent += CHUNK_BYTES;
        }
        std::future::pending().await
    };
    let heard = tokio::select! {
        heard = hear(&mut read, PATIENCE) => heard,
        never = send => never,
    };
    (heard, sent)
}

fn is_json_error(heard: &Heard) -> bool {
    let body: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
    heard.header("content-type").starts_with("application/json") && body["error"]["message"].is_string()
}
