//! Swaps under load: no request fails, each is decided by the generation that was in charge before or after, none goes
//! back, and what it costs in time is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::harness::{Agent, Decided, Host, Operator, Upstream, body_of, policy, say};

const CLIENTS: usize = 8;
/// Swaps, unless `PATCHBAY_SWAPS` says otherwise.
const SWAPS: u64 = 1_000;
/// How long the clients ask before the first swap: what the time of a request is compared with.
const CALM: Duration = Duration::from_secs(2);
/// How much slower one of a hundred requests may become, on a machine that has nothing else to do.
const SLOWER: f64 = 1.5;
/// The longest that all of them may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// The policies are quick; on a machine that is busy with other tests a thread may still stand for a while.
const PATIENT: &str = "[plugins]\ndeadline = \"2s\"\n";

/// What all clients share.
#[derive(Default)]
struct Round {
    stop: AtomicBool,
    /// Set with the first swap.
    swapping: AtomicBool,
    /// The newest generation that may be in charge: noted before its load can be seen.
    newest: AtomicU64,
    /// The newest generation whose load has been answered: older ones decide for no new request.
    settled: AtomicU64,
}

/// How long requests took: before the first swap, and from then on.
#[derive(Default)]
struct Times {
    calm: Vec<Duration>,
    swapping: Vec<Duration>,
}

impl Times {
    fn join(&mut self, other: Self) {
        self.calm.extend(other.calm);
        self.swapping.extend(other.swapping);
    }
}

/// The time that so many of a hundred did not pass.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_swap_fails_a_request_or_takes_a_client_back() {
    let upstream = Upstream::good().await;
    let host = Host::start_with(PATIENT).await;
    for number in 0..4 {
        host.provider(&format!("p{number}"), &upstream, &["--model", "m"]).await;
    }
    let agent = Arc::new(host.agent("tester").await);
    let round = Arc::new(Round { newest: AtomicU64::new(1), ..Round::default() });
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(agent.clone(), round.clone()));
    }
    tokio::time::sleep(CALM).await;
    round.swapping.store(true, Ordering::SeqCst);
    let began = Instant::now();
    let swaps = swap(&host.operator(), &round).await;
    let took = began.elapsed();
    round.stop.store(true, Ordering::SeqCst);
    let mut times = Times::default();
    while let Some(ended) = clients.join_next().await {
        times.join(ended.unwrap());
    }
    let calls = times.swapping.len() as u64;
    let rate = calls as f64 / took.as_secs_f64();
    say(&format!("{swaps} swaps in {took:.1?} during {calls} requests ({rate:.0} a second): 0 failed"));
    tell(&mut times);
    assert!(calls > swaps, "{calls} requests say little about {swaps} swaps");
    let slot = host.json(&["slot", "show", "routing"]).await;
    assert_eq!(slot["active"], format!("routing/{}", swaps + 1));
    assert!(
        slot["generations"].as_array().unwrap().iter().all(|row| row["state"] != "quarantined"),
        "{slot}"
    );
}

/// How much slower requests were. Only told: a debug build among other tests says little about it.
fn tell(times: &mut Times) {
    for percent in [50, 99] {
        let (before, during) =
            (percentile(&mut times.calm, percent), percentile(&mut times.swapping, percent));
        let slower = during.as_secs_f64() / before.as_secs_f64();
        say(&format!(
            "p{percent} {during:.1?} during swaps, {before:.1?} before: {slower:.2} times (wanted: {SLOWER})"
        ));
    }
}

/// Two components take turns. Returns how often.
async fn swap(operator: &Operator, round: &Round) -> u64 {
    let turns = [("even", "one"), ("odd", "two")].map(|(name, reason)| {
        policy(name, "0.2.0", Decided { reason, reason_bytes: 3, ..Decided::default() })
    });
    let asked = std::env::var("PATCHBAY_SWAPS").ok().map(|text| text.parse::<u64>().unwrap());
    let began = Instant::now();
    let mut swaps = 0;
    while swaps < asked.unwrap_or(SWAPS) {
        assert!(began.elapsed() < PATIENCE, "{swaps} swaps in {PATIENCE:?}");
        let next = round.newest.fetch_add(1, Ordering::SeqCst) + 1;
        let loaded = operator.load(&turns[usize::try_from(swaps % 2).unwrap()]).await;
        assert_eq!(loaded["number"], next, "{loaded}");
        round.settled.store(next, Ordering::SeqCst);
        swaps += 1;
    }
    swaps
}

/// One request after the other on one connection. Panics at the first that is wrong.
async fn client(agent: Arc<Agent>, round: Arc<Round>) -> Times {
    let mut connection = agent.connect().await;
    let mut times = Times::default();
    let mut last = 0;
    while !round.stop.load(Ordering::SeqCst) {
        let oldest = last.max(round.settled.load(Ordering::SeqCst));
        let (swapping, began) = (round.swapping.load(Ordering::SeqCst), Instant::now());
        let request = agent.call("/v1/chat/completions", body_of("m", false));
        let reply = connection.ask(request).await.expect("an answer on the same connection");
        if swapping { &mut times.swapping } else { &mut times.calm }.push(began.elapsed());
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("x-patchbay-fallback"), "", "{reply:?}");
        let generation = reply.header("x-patchbay-generation");
        let number: u64 = generation.strip_prefix("routing/").unwrap().parse().unwrap();
        let newest = round.newest.load(Ordering::SeqCst);
        assert!((oldest..=newest).contains(&number), "generation {number}, expected {oldest} to {newest}");
        last = number;
    }
    times
}
