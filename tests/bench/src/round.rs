//! One load on each target in turn, and what several such rounds come to.

use std::time::Duration;

use tokio::process::Command;

use crate::child::Children;
use crate::load::{LAST_ANSWER, Outcome};
use crate::machine::family_time;
use crate::pairs::Pairs;
use crate::report::Row;
use crate::statistics::median;
use crate::target::Target;

const WARM_UP_MAX: Duration = Duration::from_secs(1);
/// How much longer than its order a load may live.
pub(crate) const MARGIN: Duration = Duration::from_secs(10);

/// One kind of load.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) title: &'static str,
    pub(crate) connections: u32,
    pub(crate) stream: bool,
    /// With all processors kept awake.
    pub(crate) awake: bool,
}

pub(crate) const SCENARIOS: [Scenario; 4] = [
    Scenario { title: "32 connections", connections: 32, stream: false, awake: false },
    Scenario { title: "1 connection", connections: 1, stream: false, awake: false },
    Scenario { title: "1 connection, all processors kept awake", connections: 1, stream: false, awake: true },
    Scenario {
        title: "32 connections, each answer a stream of 23 events",
        connections: 32,
        stream: true,
        awake: false,
    },
];

/// With a candidate beside the policy in charge.
pub(crate) const TRIALS: Scenario =
    Scenario { title: "32 connections, a candidate on trial", connections: 32, stream: false, awake: false };

/// What goes before a measurement of so long.
pub(crate) fn warm_up(time: Duration) -> Duration {
    WARM_UP_MAX.min(time / 2)
}

/// One measurement of one target.
pub(crate) struct Sample {
    pub(crate) outcome: Outcome,
    /// Of the process under test, for each answer.
    pub(crate) processor_us: Option<f64>,
}

/// A sample of each target, in their order.
pub(crate) async fn measure(
    scenario: Scenario,
    seconds: u64,
    targets: &[Target],
    children: &mut Children,
) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for target in targets {
        samples.push(sample(scenario, seconds, target, children).await?);
    }
    Ok(samples)
}

pub(crate) async fn sample(
    scenario: Scenario,
    seconds: u64,
    target: &Target,
    children: &mut Children,
) -> anyhow::Result<Sample> {
    let time = Duration::from_secs(seconds);
    let before = target.process.and_then(family_time);
    let limit = warm_up(time) + time + LAST_ANSWER + MARGIN;
    let line = children.finish(&mut load(scenario, time, target)?, limit).await?;
    let after = target.process.and_then(family_time);
    let outcome: Outcome = serde_json::from_str(&line)?;
    let spent = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    let processor_us = spent.map(|spent| spent.as_secs_f64() * 1e6 / count(outcome.answered.max(1)));
    Ok(Sample { outcome, processor_us })
}

fn load(scenario: Scenario, time: Duration, target: &Target) -> anyhow::Result<Command> {
    let mut load = target.clients("load")?;
    load.args(["--connections", &scenario.connections.to_string()])
        .args(["--warm-up-ms", &warm_up(time).as_millis().to_string()])
        .args(["--measure-ms", &time.as_millis().to_string()])
        .args(scenario.stream.then_some("--stream"));
    Ok(load)
}

/// A row for each target; in each round the first target is what the others are compared to.
pub(crate) fn rows(scenario: Scenario, targets: &[Target], rounds: &[Vec<Sample>]) -> Vec<Row> {
    targets.iter().enumerate().map(|(index, target)| row(scenario, index, target, rounds)).collect()
}

fn row(scenario: Scenario, index: usize, target: &Target, rounds: &[Vec<Sample>]) -> Row {
    let pairs = Pairs::of(rounds, index);
    let own = |of: fn(&Outcome) -> f64| pairs.own(|sample| of(&sample.outcome));
    let added = |of: fn(&Outcome) -> f64| pairs.added(|sample| of(&sample.outcome));
    Row {
        scenario: scenario.title,
        target: target.name.clone(),
        per_second: own(|outcome| outcome.per_second),
        ratio: pairs.ratio(|sample| sample.outcome.per_second),
        p50_us: own(|outcome| outcome.p50_us),
        p50_added_us: added(|outcome| outcome.p50_us),
        p99_us: own(|outcome| outcome.p99_us),
        p99_added_us: added(|outcome| outcome.p99_us),
        first_p50_us: own(|outcome| outcome.first_p50_us),
        first_p50_added_us: added(|outcome| outcome.first_p50_us),
        processor_us: target
            .process
            .map(|_| median(pairs.samples().filter_map(|sample| sample.processor_us))),
        errors: pairs.samples().map(|sample| sample.outcome.errors).sum(),
        complaint: pairs.samples().find_map(|sample| sample.outcome.complaint.clone()),
        generation: pairs.samples().find_map(|sample| sample.outcome.generation.clone()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn count(answers: u64) -> f64 {
    answers as f64
}
