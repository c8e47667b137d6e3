//! Latency while the policy is swapped once a second: the requests near a swap, against all others of the same run.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use serde::Serialize;
use tokio::time::{Instant, interval_at};

use crate::Plan;
use crate::child::{Children, say};
use crate::component::{POLICY, bundled, whole};
use crate::latency::open;
use crate::load::open::{Timed, micros};
use crate::monotonic::{nanos, now};
use crate::operator::Operator;
use crate::patchbay::{Patchbay, Policy};
use crate::round::warm_up;
use crate::statistics::{percentile, permille};
use crate::target::Target;

/// With it, in turn with the other.
const OTHER: &str = "cost-aware";
const PER_SECOND: u64 = 1000;
const EACH: Duration = Duration::from_secs(1);
/// How long after a swap a request still counts as one near it: caches and instances are new then.
const AFTER: Duration = Duration::from_millis(100);
/// All rounds are one run here; it is not shorter, nor longer.
const TIME_MIN: Duration = Duration::from_secs(5);
const TIME_MAX: Duration = Duration::from_secs(60);

/// What a swap is to the requests near it.
#[derive(Serialize)]
pub(crate) struct Swaps {
    pub(crate) seconds: u64,
    /// Requests that were due in a second.
    pub(crate) per_second: u64,
    pub(crate) swaps: usize,
    pub(crate) swap_p50_ms: f64,
    /// Under way between the begin of a swap and a tenth of a second after its end.
    pub(crate) near: Latencies,
    pub(crate) others: Latencies,
    /// Of the p99s.
    pub(crate) ratio: f64,
    /// Requests without a good answer, near or not.
    pub(crate) errors: u64,
    pub(crate) complaint: Option<String>,
}

/// In microseconds, from when a request was due.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Latencies {
    pub(crate) requests: usize,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
}

/// From its first to its last moment, by the machine's clock.
#[derive(Clone, Copy)]
struct Swap {
    begun: u64,
    ended: u64,
}

pub(crate) async fn measure(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    upstream: &Target,
    children: &mut Children,
) -> anyhow::Result<Swaps> {
    let time = Duration::from_secs(plan.seconds * plan.rounds).clamp(TIME_MIN, TIME_MAX);
    say(&format!("swaps under load: {time:?}"));
    let folder = folder.join("swaps");
    let patchbay = Patchbay::set_up(binary, folder, upstream.address, Policy::Plugin, children).await?;
    let serving = patchbay.serve(children).await?;
    let target = patchbay.target("Patchbay, policy on", &serving);
    let both = [whole(bundled(OTHER)?)?, whole(bundled(POLICY)?)?];
    let operator = patchbay.operator();
    for component in &both {
        operator.load("routing", component.clone()).await?;
    }
    let trace = patchbay.folder().join("bench-trace.json");
    let (outcome, swaps) =
        tokio::join!(open(&target, PER_SECOND, time, Some(&trace), children), swap(&operator, &both, time),);
    let (outcome, swaps) = (outcome?, swaps?);
    children.stop_one(serving.process).await;
    let timed: Vec<Timed> = serde_json::from_slice(&std::fs::read(trace)?).context("the clients' trace")?;
    let told = tell(&timed, swaps);
    Ok(Swaps { seconds: time.as_secs(), errors: outcome.errors, complaint: outcome.complaint, ..told })
}

/// Once a second from the end of the warm-up on.
async fn swap(operator: &Operator, both: &[Bytes; 2], time: Duration) -> anyhow::Result<Vec<Swap>> {
    let mut swaps = Vec::new();
    let mut ticks = interval_at(Instant::now() + warm_up(time) + EACH / 2, EACH);
    for component in both.iter().cycle().take(usize::try_from(time.as_secs())?) {
        ticks.tick().await;
        let begun = now();
        operator.load("routing", component.clone()).await?;
        swaps.push(Swap { begun, ended: now() });
    }
    Ok(swaps)
}

fn tell(timed: &[Timed], swaps: Vec<Swap>) -> Swaps {
    let (near, others): (Vec<Timed>, Vec<Timed>) =
        timed.iter().partition(|timed| swaps.iter().any(|swap| swap.touches(timed)));
    let (near, others) = (Latencies::of(&near), Latencies::of(&others));
    let ratio = if others.p99_us > 0.0 { near.p99_us / others.p99_us } else { 0.0 };
    let mut times: Vec<u64> = swaps.iter().map(|swap| swap.ended - swap.begun).collect();
    times.sort_unstable();
    let swap_p50_ms = micros(percentile(&times, 50)) / 1000.0;
    let (swaps, per_second) = (swaps.len(), PER_SECOND);
    Swaps { seconds: 0, per_second, swaps, swap_p50_ms, near, others, ratio, errors: 0, complaint: None }
}

impl Swap {
    /// Whether a request was under way near it; one without an answer is so to the end.
    fn touches(self, timed: &Timed) -> bool {
        timed.due <= self.ended + nanos(AFTER) && timed.answered.is_none_or(|answered| answered >= self.begun)
    }
}

impl Latencies {
    fn of(timed: &[Timed]) -> Self {
        let mut latencies: Vec<u64> = timed.iter().filter_map(Timed::latency).collect();
        latencies.sort_unstable();
        Self {
            requests: latencies.len(),
            p50_us: micros(percentile(&latencies, 50)),
            p99_us: micros(percentile(&latencies, 99)),
            p999_us: micros(permille(&latencies, 999)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    fn timed(due: u64, took: u64) -> Timed {
        Timed { due: due * MILLI, sent: due * MILLI, answered: Some((due + took) * MILLI) }
    }

    #[test]
    fn requests_under_way_at_a_swap_and_soon_after_are_near_it() {
        let swap = Swap { begun: 1000 * MILLI, ended: 1010 * MILLI };
        let near = [timed(995, 5), timed(1005, 1), timed(1110, 1)];
        let others = [timed(990, 2), timed(1111, 1), timed(5000, 1)];
        assert!(near.iter().all(|timed| swap.touches(timed)));
        assert!(!others.iter().any(|timed| swap.touches(timed)));
        let told = tell(&[near, others].concat(), vec![swap]);
        assert_eq!((told.near.requests, told.others.requests, told.swaps), (3, 3, 1));
        assert!((told.ratio - 2.5).abs() < 1e-9 && (told.swap_p50_ms - 10.0).abs() < 1e-9);
    }
}
