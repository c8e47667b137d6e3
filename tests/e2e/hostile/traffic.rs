//! Clients that ask one thing after the other while something else happens. Each answer must be 200.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::harness::{Agent, body_of};

/// Between an answer and the next question of a client: they are there to see, not to keep the machine busy.
const PAUSE: Duration = Duration::from_millis(2);

/// Ends when it is told to; dropped, at once.
pub(super) struct Traffic {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Vec<Seen>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) took: Duration,
    pub(super) generation: String,
    pub(super) fallback: String,
}

impl Traffic {
    pub(super) fn start(agent: &Arc<Agent>, clients: usize) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (mut running, going) = (JoinSet::new(), stop.clone());
        (0..clients).for_each(|_| drop(running.spawn(client(agent.clone(), going.clone()))));
        Self { stop, clients: running }
    }

    /// All answers.
    ///
    /// # Panics
    /// One of them was not 200.
    pub(super) async fn end(mut self) -> Vec<Seen> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Vec::new();
        while let Some(ended) = self.clients.join_next().await {
            all.extend(ended.unwrap());
        }
        assert!(!all.is_empty(), "nobody asked anything");
        all
    }
}

async fn client(agent: Arc<Agent>, stop: Arc<AtomicBool>) -> Vec<Seen> {
    let mut connection = agent.connect().await;
    let mut seen = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let began = Instant::now();
        let request = agent.call("/v1/chat/completions", body_of("m", false));
        let reply = connection.ask(request).await.expect("an answer on the same connection");
        assert_eq!(reply.status, 200, "{reply:?}");
        let text = |name: &str| reply.header(name).to_owned();
        let (generation, fallback) = (text("x-patchbay-generation"), text("x-patchbay-fallback"));
        seen.push(Seen { took: began.elapsed(), generation, fallback });
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

/// The time that 99 of 100 answers did not pass.
pub(super) fn p99(seen: &[Seen]) -> Duration {
    let mut times: Vec<Duration> = seen.iter().map(|seen| seen.took).collect();
    times.sort_unstable();
    times[(times.len() - 1) * 99 / 100]
}
