//! The real binary under agents' traffic, killed at random or at its named places, again and again over one folder. What
//! was acknowledged over its sockets is there afterwards, every task comes to its end, and nothing is done by two at a
//! time.

mod clients;
mod effect;
mod judge;
mod leftover;
mod noted;
mod person;
mod places;
mod rest;
mod round;
mod stage;
mod story;
mod tally;
mod task;
mod verdict;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use crate::report::Report;
use crate::say::say;
use round::Round;
use stage::Stage;
use tally::Tally;

/// Kills of a short, a medium and a long run.
const SHORT: u64 = 60;
const MEDIUM: u64 = 200;
const LONG: u64 = 10_000;
/// Kills between two rests.
const ROUND: u64 = 50;
/// A life goes on for so long after it is ready, at most.
const LIFE_MS_MAX: u64 = 800;
/// One life in so many is killed before it is ready, so long after its start at most.
const EARLY_EACH: u64 = 10;
const EARLY_MS_MAX: u64 = 150;
/// How long after a start a program of an earlier host may still be seen: a killed one takes a moment to go.
const LEFT: Duration = Duration::from_millis(500);

#[derive(Args, Clone, Default)]
pub(crate) struct Order {
    /// 60 kills.
    #[arg(long, conflicts_with_all = ["medium", "long", "places"])]
    pub(crate) short: bool,
    /// 200 kills. So it is if nothing is said.
    #[arg(long, conflicts_with_all = ["long", "places"])]
    pub(crate) medium: bool,
    /// 10,000 kills.
    #[arg(long, conflicts_with = "places")]
    pub(crate) long: bool,
    /// A kill at each named place that the host passes; the binary has to be built with `failpoints`.
    #[arg(long)]
    pub(crate) places: bool,
    /// Of these only such whose names have this in them.
    #[arg(long, value_name = "TEXT", default_value = "", requires = "places")]
    pub(crate) only: String,
    /// What the random moments follow from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

impl Order {
    fn kills(&self) -> u64 {
        match (self.short, self.long) {
            (true, _) => SHORT,
            (_, true) => LONG,
            _ => MEDIUM,
        }
    }
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("crashes");
    let mut stage = Stage::set(binary).await?;
    let mut tally = Tally::default();
    let played = match order.places {
        true => places::play(&mut stage, &mut tally, &mut report, &order.only).await,
        false => kills(order, &mut stage, &mut tally).await,
    };
    report.line(format!("seed {}", order.seed));
    // What was seen until then is worth telling all the same.
    if let Err(error) = played {
        tally.failures.push(format!("{error:#}; the end of its log: {}", stage.host.log_tail()));
    }
    tally.tell(&mut report);
    stage.host.kill().await?;
    leftover::left(&stage.mark(), None, Duration::ZERO).await;
    Ok(report)
}

async fn kills(order: &Order, stage: &mut Stage, tally: &mut Tally) -> anyhow::Result<()> {
    let (kills, mut random) = (order.kills(), fastrand::Rng::with_seed(order.seed));
    say(&format!("crashes: {kills} kills, seed {}", order.seed));
    for number in 0..kills.div_ceil(ROUND) {
        let round = Round::begin(stage, number)?;
        for _ in 0..ROUND.min(kills - number * ROUND) {
            sleep(Duration::from_millis(random.u64(..LIFE_MS_MAX))).await;
            stage.host.kill().await?;
            round.desk.noted.killed();
            tally.kills += 1;
            if random.u64(..EARLY_EACH) == 0 {
                stage.host.serve_briefly(Duration::from_millis(random.u64(..EARLY_MS_MAX))).await?;
                tally.kills += 1;
                tally.early += 1;
            }
            start(stage, tally, &[]).await?;
        }
        round.end(stage, tally).await?;
        say(&format!("crashes: {} kills, {} failures", tally.kills, tally.failures.len()));
    }
    Ok(())
}

/// Starts the host again, and looks whether anything of the one before goes on.
async fn start(stage: &mut Stage, tally: &mut Tally, variables: &[(&str, &str)]) -> anyhow::Result<()> {
    let began = Instant::now();
    stage.host.serve_with(variables).await?;
    tally.ready.push(began.elapsed());
    stage.moved()?;
    let left = leftover::left(&stage.mark(), stage.host.id(), LEFT).await;
    if !left.is_empty() {
        tally.left += left.len();
        tally
            .failures
            .push(format!("after kill {} the processes {left:?} went on without their host", tally.kills));
    }
    Ok(())
}
