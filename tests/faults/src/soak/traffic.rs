//! Clients of all kinds: good ones, leavers, and those who ask wrongly.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::alone::{MODEL, PATIENCE};
use crate::client::{Client, body};

/// Clients at one time.
const CLIENTS: u64 = 8;
/// A client that leaves has read about so many bytes.
const LEAVES_AFTER: usize = 700;
const READ_MAX: Duration = Duration::from_secs(2);
const LARGE_BYTES: usize = 64 * 1024;

#[derive(Default)]
pub(super) struct Sent {
    pub(super) count: u64,
    /// By what the clients saw.
    seen: BTreeMap<String, u64>,
}

impl Sent {
    pub(super) fn told(&self) -> String {
        self.seen.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
    }
}

/// Sends until `end`.
pub(super) async fn run(client: &Client, end: Instant) -> Sent {
    let mut clients = JoinSet::new();
    for seed in 0..CLIENTS {
        clients.spawn(one(client.clone(), Rng::with_seed(seed), end));
    }
    let mut sent = Sent::default();
    for seen in clients.join_all().await {
        for (what, count) in seen {
            sent.count += count;
            *sent.seen.entry(what).or_default() += count;
        }
    }
    sent
}

async fn one(client: Client, mut rng: Rng, end: Instant) -> BTreeMap<String, u64> {
    let mut seen = BTreeMap::new();
    while Instant::now() < end {
        let what = match rng.u8(..10) {
            0 => leave(&client, &mut rng).await,
            1 => status(&client, &json!({"messages": []})).await,
            2 => status(&client, &body("unknown", false)).await,
            3 => {
                let mut large = body(MODEL, false);
                large["metadata"] = "x".repeat(LARGE_BYTES).into();
                status(&client, &large).await
            }
            _ => status(&client, &body(MODEL, rng.bool())).await,
        };
        *seen.entry(what).or_default() += 1;
    }
    seen
}

async fn status(client: &Client, body: &serde_json::Value) -> String {
    let heard = client.send(&client.request("", body), PATIENCE).await;
    let whole = if heard.is_whole() { "" } else { " cut" };
    format!("{}{whole}", heard.status())
}

async fn leave(client: &Client, rng: &mut Rng) -> String {
    let Ok(mut stream) = client.connect().await else { return "no connection".to_owned() };
    let mut buffer = vec![0; rng.usize(1..LEAVES_AFTER)];
    // It leaves in any case.
    let _ = stream.write_all(&client.request("", &body(MODEL, true))).await;
    let _ = timeout(READ_MAX, stream.read_exact(&mut buffer)).await;
    "left".to_owned()
}
