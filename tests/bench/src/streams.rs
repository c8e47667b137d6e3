//! Many streams that are open at once: what is added to the first event and to each gap, whether every byte is right, and
//! what memory they take.

pub(crate) mod client;
mod reading;
mod tally;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use tokio::process::Command;

use crate::Plan;
use crate::child::{Children, say};
use crate::load::LAST_ANSWER;
use crate::machine::{files_max, watched};
use crate::pairs::Pairs;
use crate::patchbay::{Patchbay, Policy};
use crate::report::Skipped;
use crate::round::MARGIN;
use crate::target::{Target, floor};
use tally::Outcome;

/// How many streams, and how they begin and go on. The events of all together are 10,000 a second, which two cores can
/// pass on beside clients and provider.
#[derive(Clone, Copy)]
struct Size {
    count: u64,
    /// How many begin a second.
    per_second: u64,
    gap_ms: u64,
}

const SIZES: [Size; 2] = [
    Size { count: 1000, per_second: 1000, gap_ms: 100 },
    Size { count: 5000, per_second: 2000, gap_ms: 500 },
];
/// How long the provider takes for the first event.
const FIRST_MS: u64 = 200;
/// For how long all streams are open at the least.
const HOLD_MIN: Duration = Duration::from_secs(2);
/// Of a process between a client and a provider: two for each stream, and its own.
const FILES_BESIDE: u64 = 500;

/// So many streams through one target. What is `added` is to the floor's figure of the same round.
#[derive(Serialize)]
pub(crate) struct StreamRow {
    pub(crate) target: String,
    pub(crate) streams: u64,
    /// How many begin a second, and how far the events of one are apart.
    pub(crate) per_second: u64,
    pub(crate) gap_ms: u64,
    /// Streams that came whole, byte for byte, in all rounds together; then those that did not.
    pub(crate) good: u64,
    pub(crate) errors: u64,
    pub(crate) complaint: Option<String>,
    /// The time to the first event, without the provider's.
    pub(crate) first_p50_us: f64,
    pub(crate) first_p50_added_us: f64,
    pub(crate) first_p99_us: f64,
    pub(crate) first_p99_added_us: f64,
    /// By how much longer a gap was at the client than at the provider.
    pub(crate) gap_p50_us: f64,
    pub(crate) gap_p99_us: f64,
    pub(crate) gap_p99_added_us: f64,
    /// Of all rounds.
    pub(crate) gap_max_us: f64,
    /// An event's way from the provider to the client.
    pub(crate) delay_p50_us: f64,
    pub(crate) delay_p50_added_us: f64,
    pub(crate) delay_p99_us: f64,
    pub(crate) delay_p99_added_us: f64,
    /// How late the clients were to ask: theirs, not the target's.
    pub(crate) late_p99_us: f64,
    /// The most memory that was resident, in all rounds; none for the provider alone.
    pub(crate) peak_bytes: Option<u64>,
}

struct Sample {
    outcome: Outcome,
    peak_bytes: Option<u64>,
}

pub(crate) async fn measure(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    children: &mut Children,
) -> anyhow::Result<(Vec<StreamRow>, Vec<Skipped>)> {
    say("streams: setting up");
    let targets = targets(plan, binary, folder, children).await?;
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    for size in SIZES {
        match size.lacks() {
            None => rows.extend(rounds(plan, size, &targets, children).await?),
            Some(reason) => skipped.push(Skipped { what: format!("{} streams", size.count), reason }),
        }
    }
    for target in &targets {
        if let Some(process) = target.process {
            children.stop_one(process).await;
        }
    }
    Ok((rows, skipped))
}

/// The floor and Patchbay before a provider whose streams keep time, and, unless it is to go quickly, the provider
/// itself.
async fn targets(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    children: &mut Children,
) -> anyhow::Result<Vec<Target>> {
    let (upstream, _) = children.role(&["paced".into()]).await?;
    let floor = floor(upstream, children).await?;
    let folder = folder.join("streams");
    let patchbay = Patchbay::set_up(binary, folder, upstream, Policy::Plugin, children).await?;
    let serving = patchbay.serve(children).await?;
    let through = patchbay.target("Patchbay, policy on", &serving);
    let direct = (!plan.short).then(|| Target::new("the upstream, asked directly", upstream));
    Ok([floor].into_iter().chain(direct).chain([through]).collect())
}

async fn rounds(
    plan: &Plan,
    size: Size,
    targets: &[Target],
    children: &mut Children,
) -> anyhow::Result<Vec<StreamRow>> {
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        say(&format!("{} streams: round {number} of {}", size.count, plan.rounds));
        let mut samples = Vec::new();
        for target in targets {
            samples.push(sample(plan, size, target, children).await?);
        }
        rounds.push(samples);
    }
    Ok(targets
        .iter()
        .enumerate()
        .map(|(index, target)| row(size, target, &Pairs::of(&rounds, index)))
        .collect())
}

async fn sample(plan: &Plan, size: Size, target: &Target, children: &mut Children) -> anyhow::Result<Sample> {
    let hold = Duration::from_secs(plan.seconds).max(HOLD_MIN);
    let mut clients = size.clients(hold, target)?;
    let limit = size.begins() * 2 + hold + 2 * LAST_ANSWER + MARGIN;
    let (line, peak_bytes) = watched(target.process, children.finish(&mut clients, limit)).await;
    let outcome = serde_json::from_str(&line?).context("the clients' line")?;
    Ok(Sample { outcome, peak_bytes })
}

impl Size {
    /// How long it takes until all have begun.
    fn begins(self) -> Duration {
        Duration::from_millis(self.count * 1000 / self.per_second)
    }

    fn clients(self, hold: Duration, target: &Target) -> anyhow::Result<Command> {
        let events = (self.begins() + hold).as_millis() / u128::from(self.gap_ms);
        let mut clients = target.clients("streams")?;
        for (name, number) in [
            ("--count", u128::from(self.count)),
            ("--per-second", u128::from(self.per_second)),
            ("--first-ms", u128::from(FIRST_MS)),
            ("--gap-ms", u128::from(self.gap_ms)),
            ("--events", events + 1),
        ] {
            clients.args([name, &number.to_string()]);
        }
        Ok(clients)
    }

    /// What this machine does not allow, in words.
    fn lacks(self) -> Option<String> {
        let (needed, allowed) = (2 * self.count + FILES_BESIDE, files_max());
        (allowed < needed).then(|| format!("a process may open {allowed} files here, {needed} are needed"))
    }
}

fn row(size: Size, target: &Target, pairs: &Pairs<'_, Sample>) -> StreamRow {
    let own = |of: fn(&Outcome) -> f64| pairs.own(|sample| of(&sample.outcome));
    let added = |of: fn(&Outcome) -> f64| pairs.added(|sample| of(&sample.outcome));
    let outcomes = || pairs.samples().map(|sample| &sample.outcome);
    StreamRow {
        target: target.name.clone(),
        streams: size.count,
        per_second: size.per_second,
        gap_ms: size.gap_ms,
        good: outcomes().map(|outcome| outcome.good).sum(),
        errors: outcomes().map(|outcome| outcome.errors).sum(),
        complaint: outcomes().find_map(|outcome| outcome.complaint.clone()),
        first_p50_us: own(|outcome| outcome.first_p50_us),
        first_p50_added_us: added(|outcome| outcome.first_p50_us),
        first_p99_us: own(|outcome| outcome.first_p99_us),
        first_p99_added_us: added(|outcome| outcome.first_p99_us),
        gap_p50_us: own(|outcome| outcome.gap_p50_us),
        gap_p99_us: own(|outcome| outcome.gap_p99_us),
        gap_p99_added_us: added(|outcome| outcome.gap_p99_us),
        gap_max_us: outcomes().map(|outcome| outcome.gap_max_us).fold(0.0, f64::max),
        delay_p50_us: own(|outcome| outcome.delay_p50_us),
        delay_p50_added_us: added(|outcome| outcome.delay_p50_us),
        delay_p99_us: own(|outcome| outcome.delay_p99_us),
        delay_p99_added_us: added(|outcome| outcome.delay_p99_us),
        late_p99_us: own(|outcome| outcome.late_p99_us),
        peak_bytes: pairs.samples().filter_map(|sample| sample.peak_bytes).max(),
    }
}
