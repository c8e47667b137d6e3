//! Requests that mean one thing to one reader and another to the next. Whatever a gateway makes of them: the provider
//! sees no more requests than were meant, and each has one framing.

mod vector;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::alone::{Alone, MODEL, NATIVE, PATIENCE};
use crate::client::Client;
use crate::report::Report;
use crate::say::say;
use crate::words;
use vector::{Meant, Vector};

/// Vectors at one time.
const AT_ONCE: usize = 8;
/// A host that says nothing for so long has said all.
const SILENCE: Duration = Duration::from_millis(600);
/// Of what a host says as much is read, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// A list that is shorter would not be what it says it is.
const VECTORS_MIN: usize = 80;

pub(crate) async fn run(binary: &Path) -> anyhow::Result<Report> {
    let mut report = Report::new("smuggle");
    let stage = Alone::start(binary, "", |asked| words::good(NATIVE, asked.is_stream())).await?;
    let vectors = vector::all(&stage.client);
    report.expect(vectors.len() >= VECTORS_MIN, || {
        format!("expected {VECTORS_MIN} vectors, found {}", vectors.len())
    });
    say(&format!("smuggle: {} vectors", vectors.len()));
    let statuses = send_all(&stage.client, &vectors).await;
    let mut passed = 0;
    for (index, vector) in vectors.iter().enumerate() {
        let found = arrived(&stage, index);
        let status = statuses.get(index).map_or("", String::as_str);
        passed += found;
        report.expect(vector.meant.allows(found), || {
            format!(
                "{}: expected {} at the provider, found {found} (answered {status})",
                vector.name,
                vector.meant.words()
            )
        });
    }
    unmarked(&stage, vectors.len(), &mut report);
    let next = stage.client.chat(MODEL, false, PATIENCE).await;
    report.expect(next.status() == 200, || {
        format!("expected the host to serve afterwards, found {}", next.shown())
    });
    stage.expect_quiet(&mut report).await;
    report
        .line(format!("{} vectors, {passed} requests at the provider, each with one framing", vectors.len()));
    Ok(report)
}

/// What every vector was answered with first: a status, or how it ended.
async fn send_all(client: &Client, vectors: &[Vector]) -> Vec<String> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut sending = JoinSet::new();
    for (index, vector) in vectors.iter().enumerate() {
        let (client, places, bytes) = (client.clone(), places.clone(), vector.bytes(index));
        sending.spawn(async move {
            let _place = places.acquire().await;
            (index, talk(&client, &bytes).await)
        });
    }
    let mut answers = sending.join_all().await;
    answers.sort();
    answers.into_iter().map(|(_, status)| status).collect()
}

/// Sends the bytes as they are and listens until there is nothing more to hear.
async fn talk(client: &Client, bytes: &[u8]) -> String {
    let Ok(mut stream) = client.connect().await else { return "no connection".to_owned() };
    // A host that refuses what it reads may close before it has read all.
    let _ = timeout(PATIENCE, stream.write_all(bytes)).await;
    let mut answer = Vec::new();
    while answer.len() < ANSWER_BYTES_MAX
        && matches!(timeout(SILENCE, stream.read_buf(&mut answer)).await, Ok(Ok(1..)))
    {}
    let first = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    if first.is_empty() { "nothing".to_owned() } else { first }
}

/// Requests at the provider that bear the mark of a vector.
fn arrived(stage: &Alone, index: usize) -> usize {
    let mark = vector::mark(index);
    stage.upstream.seen().asked().iter().filter(|asked| asked.text().contains(&mark)).count()
}

/// What came from between two requests, or brought something along.
fn unmarked(stage: &Alone, vectors: usize, report: &mut Report) {
    for request in stage.upstream.seen().asked() {
        let (text, head) = (request.text(), &request.head);
        let marked = (0..vectors).any(|index| text.contains(&vector::mark(index)));
        let path = head.second_word().split('?').next().unwrap_or_default();
        report.expect(marked && path == "/v1/chat/completions", || {
            format!("expected no other request at the provider, found {:?} {text:.200}", head.first)
        });
        let sound = head.get("x-smuggled").is_none()
            && head.all("host").count() == 1
            && !head.fields.iter().any(|(_, value)| value.contains("pbk_"));
        report.expect(sound, || {
            format!("expected one Host, no injected field and no key, found {:?}", head.fields)
        });
    }
    for junk in stage.upstream.seen().junk() {
        report.failures.push(format!("expected requests of one framing at the provider, found {junk}"));
    }
}

impl Meant {
    fn allows(self, found: usize) -> bool {
        match self {
            Self::None => found == 0,
            Self::One => found == 1,
            Self::OneOrNone => found <= 1,
            Self::OneOrTwo => (1..=2).contains(&found),
            Self::Two => found == 2,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::None => "no request",
            Self::One => "one request",
            Self::OneOrNone => "one request or none",
            Self::OneOrTwo => "one request or two",
            Self::Two => "two requests",
        }
    }
}
