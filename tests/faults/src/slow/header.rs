//! Headers that come byte by byte, and headers that are too many or too large.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::alone::{Alone, MODEL, PATIENCE};
use crate::client::{Client, body};
use crate::report::Report;

/// As configured.
const DEADLINE: Duration = Duration::from_secs(1);
/// What a loaded machine may add.
const LATE: Duration = Duration::from_millis(1500);
const EVERY: Duration = Duration::from_millis(50);
const CRAWLERS: usize = 20;

pub(super) async fn crawl(stage: &Alone, report: &mut Report) {
    let mut crawling = JoinSet::new();
    for _ in 0..CRAWLERS {
        crawling.spawn(crawl_once(stage.client.clone()));
    }
    let beside = stage.client.chat(MODEL, false, PATIENCE).await;
    report.expect(beside.status() == 200, || {
        format!("expected an answer beside them, found {}", beside.shown())
    });
    let times = crawling.join_all().await;
    let longest = times.iter().max().copied().unwrap_or_default();
    report.line(format!("{CRAWLERS} clients whose headers crawl: closed after {longest:?} at the latest"));
    report.expect(longest <= DEADLINE + LATE, || {
        format!("expected slow headers to be closed after {DEADLINE:?}, found {longest:?}")
    });
}

/// A byte now and then, until the host closes. Returns when that was.
async fn crawl_once(client: Client) -> Duration {
    let Ok(mut stream) = client.connect().await else { return Duration::ZERO };
    let begun = Instant::now();
    let (mut read, mut write) = stream.split();
    let closed = async { while matches!(read.read(&mut [0; 1024]).await, Ok(1..)) {} };
    let head = client.head("X-Slow: ") + &"x".repeat(10_000);
    let crawl = async {
        for byte in head.bytes() {
            if write.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(EVERY).await;
        }
    };
    // Whichever comes first: a host that closes is one that does not read.
    let _ = timeout(PATIENCE, async {
        tokio::select! { () = closed => {}, () = crawl => {} }
    })
    .await;
    begun.elapsed()
}

pub(super) async fn bombs(stage: &Alone, report: &mut Report) {
    let client = &stage.client;
    let line = |number: usize| format!("X-Line-{number}: x\r\n");
    let many = |count: usize| (0..count).map(line).collect::<String>();
    let large = |kib: usize| format!("X-Large: {}\r\n", "x".repeat(kib * 1024));
    // A good request has four lines of its own.
    let cases = [
        ("64 lines", many(60), 200),
        ("65 lines", many(61), 431),
        ("1,000 lines", many(1000), 431),
        ("30 KiB", large(30), 200),
        ("33 KiB", large(33), 431),
        ("1 MiB", large(1024), 431),
        ("33 KiB in 40 lines", large(1).repeat(33), 431),
    ];
    let before = stage.upstream.seen().count();
    let mut good = 0;
    for (name, fields, status) in cases {
        let heard = client.send(&client.request(&fields, &body(MODEL, false)), PATIENCE).await;
        good += usize::from(heard.status() == 200);
        report.expect(heard.status() == status, || {
            format!("headers of {name}: expected {status}, found {}", heard.shown())
        });
    }
    let asked = stage.upstream.seen().count() - before;
    report.expect(asked == good, || {
        format!("expected the provider to see only those {good} that passed, it saw {asked}")
    });
    report.line("header bombs: lines and bytes beyond the limit are answered 431");
}
