//! Requests at a fixed rate, whether or not those before are answered. It must not know who answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::alone::{MODEL, PATIENCE};
use crate::client::Client;
use crate::http::Heard;
use crate::report::Report;

/// Requests under way at one time; beyond, the rate is not kept, and that is told.
const UNDER_WAY_MAX: usize = 2000;

pub(super) struct Load {
    stop: Arc<AtomicBool>,
    sending: JoinSet<Sent>,
}

/// What came of a load.
#[derive(Default)]
pub(super) struct Sent {
    count: usize,
    skipped: usize,
    seconds: f64,
    errors: Vec<String>,
}

impl Load {
    pub(super) fn start(client: Client, rate: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut sending = JoinSet::new();
        sending.spawn(send(client, Duration::from_micros(1_000_000 / rate.max(1)), stop.clone()));
        Self { stop, sending }
    }

    /// Sends no more, and waits for what is under way.
    pub(super) async fn stop(mut self) -> Sent {
        self.stop.store(true, Ordering::SeqCst);
        self.sending.join_next().await.and_then(Result::ok).unwrap_or_default()
    }
}

impl Sent {
    pub(super) fn judge(&self, when: &str, report: &mut Report) {
        report.line(format!(
            "{when}: {} requests in {:.1} s, {} not sent because {UNDER_WAY_MAX} were under way",
            self.count, self.seconds, self.skipped
        ));
        report.expect(self.count > 0, || format!("{when}: expected requests, none was sent"));
        report.expect(self.errors.is_empty(), || {
            let first = self.errors.first().map_or("", String::as_str);
            format!("{when}: expected no client to notice, {} did; one: {first}", self.errors.len())
        });
    }
}

async fn send(client: Client, every: Duration, stop: Arc<AtomicBool>) -> Sent {
    let (mut sent, mut under_way, begun) = (Sent::default(), JoinSet::new(), Instant::now());
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !stop.load(Ordering::SeqCst) {
        ticks.tick().await;
        while let Some(Ok(heard)) = under_way.try_join_next() {
            sent.count_in(&heard);
        }
        match under_way.len() < UNDER_WAY_MAX {
            true => drop(under_way.spawn(one(client.clone(), sent.count % 2 == 0))),
            false => sent.skipped += 1,
        }
        sent.count += 1;
    }
    sent.seconds = begun.elapsed().as_secs_f64();
    under_way.join_all().await.iter().for_each(|heard| sent.count_in(heard));
    sent
}

async fn one(client: Client, stream: bool) -> Heard {
    client.chat(MODEL, stream, PATIENCE).await
}

impl Sent {
    fn count_in(&mut self, heard: &Heard) {
        if !(heard.is_whole() && heard.status() == 200) {
            self.errors.push(heard.shown());
        }
    }
}
