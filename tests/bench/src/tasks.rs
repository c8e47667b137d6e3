//! What a task costs, as ratios to a bare commit by the same database in the same run: to take one in, to work one off,
//! how soon one begins, what a restart among a million takes, and what a hundred thousand that wait cost. It knows the
//! engine by its public face; the worker does nothing, so all that is left is the engine's and the store's.

mod backlog;
mod enqueue;
pub(crate) mod host;
mod report;
mod rest;
mod restart;
mod start;
mod worker;
mod world;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::child::say;
use crate::store::floor;
use report::Report;
use world::World;

/// Clients of the crowd.
const MANY: usize = 256;
/// Tasks of a backlog; a restart has ten times as many.
const BACKLOG: u64 = 100_000;
const LONG: u64 = 1_000_000;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How often everything is measured in turn; medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    rounds: u64,
    /// Where the files are made. Without it: the folder for temporary files, which should not be in memory.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// A backlog of a million tasks; without it, of a hundred thousand.
    #[arg(long)]
    long: bool,
    /// Measures only this; may be given more than once.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Prints JSON instead of Markdown.
    #[arg(long)]
    json: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// One client, and 256, that apply one task a time
    Enqueue,
    /// Claim and completion of a backlog
    Backlog,
    /// From a task's coming to its start, where nothing else runs
    Start,
    /// A host that is killed among a million tasks, and started again
    Restart,
    /// Tasks that wait
    Rest,
}

/// The role: measures and prints.
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let folder = match &order.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    measure(&order, folder.path()).await?.print(order.json)
}

async fn measure(order: &Order, folder: &Path) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let has = |part| order.only.is_empty() || order.only.contains(&part);
    for number in 0..order.rounds {
        say(&format!("tasks: round {} of {}", number + 1, order.rounds));
        round(order, folder, &mut report).await?;
    }
    if has(Part::Restart) {
        say("tasks: a restart among a million");
        report.restart = Some(restart::measure(folder, LONG).await?);
    }
    if has(Part::Rest) {
        say("tasks: a hundred thousand that wait");
        report.rest = Some(rest::measure(folder).await?);
    }
    Ok(report)
}

async fn round(order: &Order, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let duration = Duration::from_secs(order.seconds);
    let has = |part| order.only.is_empty() || order.only.contains(&part);
    let (file, bare) = (folder.join("synced"), folder.join("bare.redb"));
    report.syncs.push(tokio::task::spawn_blocking(move || floor::syncs(&file, duration)).await??);
    report.floor.push(tokio::task::spawn_blocking(move || floor::commits(&bare, duration)).await??);
    if has(Part::Enqueue) {
        report.alone.push(enqueue::measure(folder, 1, duration).await?);
        report.many.push(enqueue::measure(folder, MANY, duration).await?);
    }
    if has(Part::Start) {
        report.start.push(start::measure(folder, duration).await?);
    }
    if has(Part::Backlog) {
        let tasks = if order.long { LONG } else { BACKLOG };
        report.backlog.push(backlog::measure(folder, tasks).await?);
    }
    Ok(())
}
