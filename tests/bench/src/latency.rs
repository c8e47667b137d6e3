//! Latency at fixed rates, open loop: requests come whether or not those before were answered, so a pause is told by all
//! that it held up. The rates are shares of what the floor can do in a closed loop, in the same run.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use crate::Plan;
use crate::child::{Children, say};
use crate::load::LAST_ANSWER;
use crate::load::open::Outcome;
use crate::pairs::Pairs;
use crate::patchbay::{Patchbay, Policy};
use crate::round::{self, MARGIN, SCENARIOS, warm_up};
use crate::target::Target;

/// Shares of the floor's capacity.
const PERCENTS: [u64; 3] = [10, 30, 60];

/// One target at one rate. What is `added` is to the floor's figure of the same round.
#[derive(Serialize)]
pub(crate) struct LatencyRow {
    pub(crate) percent: u64,
    /// Requests that are due in a second.
    pub(crate) per_second: u64,
    pub(crate) target: String,
    pub(crate) p50_us: f64,
    pub(crate) p50_added_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p99_added_us: f64,
    pub(crate) p999_us: f64,
    pub(crate) p999_added_us: f64,
    /// How late the clients were to send: part of all of these.
    pub(crate) late_p99_us: f64,
    /// In all rounds together.
    pub(crate) errors: u64,
    pub(crate) complaint: Option<String>,
}

pub(crate) async fn measure(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    children: &mut Children,
) -> anyhow::Result<Vec<LatencyRow>> {
    say("latency at fixed rates: setting up");
    let mut targets = vec![floor.clone()];
    for (name, policy) in [("Patchbay, policy on", Policy::Plugin), ("Patchbay, policy off", Policy::Native)]
    {
        let folder = folder.join(format!("latency, {name}"));
        let patchbay = Patchbay::set_up(binary, folder, upstream.address, policy, children).await?;
        let serving = patchbay.serve(children).await?;
        targets.push(patchbay.target(name, &serving));
    }
    let capacity = round::sample(SCENARIOS[0], plan.seconds, floor, children).await?.outcome.per_second;
    let mut rows = Vec::new();
    for percent in PERCENTS {
        rows.extend(at(plan, percent, rate(capacity, percent), &targets, children).await?);
    }
    for process in targets.iter().skip(1).filter_map(|target| target.process) {
        children.stop_one(process).await;
    }
    Ok(rows)
}

/// In hundreds: it is a share of a figure that differs by more from run to run.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is neither negative nor large"
)]
fn rate(capacity: f64, percent: u64) -> u64 {
    (capacity as u64 * percent / 10_000 * 100).max(100)
}

async fn at(
    plan: &Plan,
    percent: u64,
    per_second: u64,
    targets: &[Target],
    children: &mut Children,
) -> anyhow::Result<Vec<LatencyRow>> {
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        say(&format!("{per_second} requests/s, open loop: round {number} of {}", plan.rounds));
        let mut outcomes = Vec::new();
        for target in targets {
            outcomes.push(open(target, per_second, Duration::from_secs(plan.seconds), None, children).await?);
        }
        rounds.push(outcomes);
    }
    let row =
        |(index, target): (usize, &Target)| row(percent, per_second, target, &Pairs::of(&rounds, index));
    Ok(targets.iter().enumerate().map(row).collect())
}

/// Clients in an open loop for a time. The times of each request go into a file, if one is named.
pub(crate) async fn open(
    target: &Target,
    per_second: u64,
    time: Duration,
    trace: Option<&Path>,
    children: &mut Children,
) -> anyhow::Result<Outcome> {
    let mut clients = target.clients("open")?;
    clients
        .args(["--per-second", &per_second.to_string()])
        .args(["--warm-up-ms", &warm_up(time).as_millis().to_string()])
        .args(["--measure-ms", &time.as_millis().to_string()]);
    if let Some(trace) = trace {
        clients.arg("--trace").arg(trace);
    }
    let line = children.finish(&mut clients, warm_up(time) + time + 2 * LAST_ANSWER + MARGIN).await?;
    serde_json::from_str(&line).context("the clients' line")
}

fn row(percent: u64, per_second: u64, target: &Target, pairs: &Pairs<'_, Outcome>) -> LatencyRow {
    LatencyRow {
        percent,
        per_second,
        target: target.name.clone(),
        p50_us: pairs.own(|outcome| outcome.p50_us),
        p50_added_us: pairs.added(|outcome| outcome.p50_us),
        p99_us: pairs.own(|outcome| outcome.p99_us),
        p99_added_us: pairs.added(|outcome| outcome.p99_us),
        p999_us: pairs.own(|outcome| outcome.p999_us),
        p999_added_us: pairs.added(|outcome| outcome.p999_us),
        late_p99_us: pairs.own(|outcome| outcome.late_p99_us),
        errors: pairs.samples().map(|outcome| outcome.errors).sum(),
        complaint: pairs.samples().find_map(|outcome| outcome.complaint.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_in_hundreds() {
        assert_eq!(rate(47_123.4, 10), 4700);
        assert_eq!(rate(47_123.4, 60), 28_200);
        assert_eq!(rate(10.0, 10), 100);
    }
}
