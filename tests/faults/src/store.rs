//! The store on a disk that loses power, rots, or fails a sync. The one program that needs no host: the disk is made in
//! memory, at the store's own seam, and is the one of the store's tests.

// Each of the two has what the other does not need.
#[allow(dead_code)]
#[path = "../../../host/store/tests/store/disk.rs"]
mod disk;
mod eio;
#[path = "../../../host/store/tests/store/notes.rs"]
mod notes;
#[path = "../../../host/store/tests/store/power.rs"]
mod power;
#[path = "../../../host/store/tests/store/rot.rs"]
mod rot;

use std::ops::Range;

use clap::Args;
use tokio::task::JoinSet;

use crate::report::Report;
use crate::say::say;
use rot::Outcome;

/// Of one disk, one after the other.
const LOSSES_EACH: u64 = 10;
/// Disks whose syncs lie, one in as many.
const LIARS: u64 = 100;
const LIES: u8 = 4;
/// Of 100 of them, so many must be caught, or the others were tested by nothing.
const CAUGHT_MIN: u64 = 25;
const SHORT_LOSSES: u64 = 10_000;
const SHORT_DAMAGES: u64 = 1000;
const LONG_DAMAGES: u64 = 10_000;
const FAILED_SYNCS: u64 = 200;
/// Each is played by so many at one time.
const AT_ONCE: u64 = 4;
/// What is told of one kind of failure.
const SHOWN: usize = 5;

#[derive(Args, Clone, Default)]
pub(crate) struct Order {
    /// 10,000 losses of power and 1,000 kinds of damage: a minute.
    #[arg(long, conflicts_with = "long")]
    pub(crate) short: bool,
    /// So many losses of power, and 10,000 kinds of damage.
    #[arg(long, value_name = "LOSSES")]
    pub(crate) long: Option<u64>,
}

pub(crate) async fn run(order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("store");
    let (losses, damages) = match order.long {
        Some(losses) => (losses, LONG_DAMAGES),
        None => (SHORT_LOSSES, SHORT_DAMAGES),
    };
    rot::silence_redb();
    say(&format!("store: {losses} losses of power"));
    power_losses(losses, &mut report).await?;
    liars(&mut report).await?;
    say(&format!("store: {damages} kinds of damage"));
    damage(damages, &mut report).await?;
    say(&format!("store: {FAILED_SYNCS} syncs that fail"));
    let failed = in_parts(FAILED_SYNCS, |seeds| async move { eio::play(seeds).await }).await?;
    report
        .line(format!("{FAILED_SYNCS} failed syncs, {} stores that did not stop as they must", failed.len()));
    report.failures.extend(failed.into_iter().take(SHOWN));
    Ok(report)
}

async fn power_losses(losses: u64, report: &mut Report) -> anyhow::Result<()> {
    let disks = losses.div_ceil(LOSSES_EACH);
    let results = in_parts(disks, |seeds| lose(seeds, 0)).await?;
    let recoveries: u64 = results.iter().filter_map(|result| result.as_ref().ok()).sum();
    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    let losses = disks * LOSSES_EACH;
    report.line(format!(
        "{losses} losses of power, {recoveries} of them while a store was being opened: {} disks lost something",
        failures.len()
    ));
    report.expect(recoveries * 4 >= losses, || {
        format!("expected a quarter of {losses} losses to hit a store that recovers, found {recoveries}")
    });
    report.failures.extend(failures.into_iter().take(SHOWN));
    Ok(())
}

/// If nobody notices syncs that are lies, nobody would notice a loss either.
async fn liars(report: &mut Report) -> anyhow::Result<()> {
    let results = in_parts(LIARS, |seeds| lose(seeds, LIES)).await?;
    let caught = results.iter().filter(|result| result.is_err()).count() as u64;
    report.line(format!("{LIARS} disks whose syncs lie, {caught} caught"));
    report.expect(caught >= CAUGHT_MIN, || {
        format!("expected at least {CAUGHT_MIN} of {LIARS} lying disks to be caught, found {caught}")
    });
    Ok(())
}

/// Of each disk, how many losses hit a store that was being opened, or what was found.
async fn lose(seeds: Range<u64>, lies: u8) -> Vec<Result<u64, String>> {
    let mut results = Vec::new();
    for seed in seeds {
        let result = power::run(seed, LOSSES_EACH, lies).await;
        results.push(result.map_err(|loss| format!("disk {seed}: {loss}")));
    }
    results
}

async fn damage(damages: u64, report: &mut Report) -> anyhow::Result<()> {
    for verified in [false, true] {
        let outcomes = in_parts(damages, |seeds| rot::rot(verified, seeds)).await?;
        let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count();
        let (refused, found, missing) =
            (count(Outcome::Refused), count(Outcome::Found), count(Outcome::Missing));
        report.line(format!(
            "{damages} kinds of damage, opened {}: {refused} refused, {found} found by a read, {} harmless, {missing} with a row that seems absent, {} with a wrong row",
            if verified { "with verification" } else { "as always" },
            count(Outcome::Harmless),
            count(Outcome::Wrong)
        ));
        report.expect(count(Outcome::Wrong) == 0, || "expected no wrong row, found some".to_owned());
        report.expect(!verified || found + missing == 0, || {
            format!("expected a verified store to be refused or whole, {} were neither", found + missing)
        });
        report.expect(verified || found > 0, || "expected damage to hit rows, it hit none".to_owned());
    }
    Ok(())
}

/// Plays `0..count` in parts of their own, a few at one time, and gathers what they answer.
async fn in_parts<T, P>(count: u64, play: impl Fn(Range<u64>) -> P) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    P: Future<Output = Vec<T>> + Send + 'static,
{
    let mut parts = JoinSet::new();
    let each = count.div_ceil(AT_ONCE);
    for part in 0..AT_ONCE {
        parts.spawn(play((part * each).min(count)..((part + 1) * each).min(count)));
    }
    let mut results = Vec::new();
    while let Some(part) = parts.join_next().await {
        results.extend(part?);
    }
    Ok(results)
}
