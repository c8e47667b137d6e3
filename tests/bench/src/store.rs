//! What a durable batch costs, as ratios to a bare commit by the same database in the same run: alone, among many
//! clients, and in the shapes of a task's claim and completion. It knows the store by its trait only.

mod client;
pub(crate) mod floor;
mod record;
mod thread;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use patchbay_store::{RedbOptions, RedbStore};

use crate::child::say;
use crate::statistics::median;
use client::{Batches, Clients};
use record::Shape;

/// One client must reach so much of the floor.
const ALONE_MIN: f64 = 0.8;
/// Many clients must reach so many times the floor, or so many batches a second.
const SHARED_MIN: f64 = 50.0;
const SHARED_ENOUGH: f64 = 50_000.0;
const MANY: usize = 256;
const WORKERS: usize = 512;

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
    /// Bytes of the store's journal. With 0 there is none, and each commit takes the tables to the disk.
    #[arg(long, value_name = "BYTES", default_value_t = RedbOptions::default().journal_bytes)]
    journal: u64,
}

/// What one round found, a second.
struct Round {
    syncs: f64,
    floor: f64,
    alone: Batches,
    many: Batches,
    claims: Batches,
    completions: Batches,
}

/// The role: measures and prints.
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let folder = match &order.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut rounds = Vec::new();
    for number in 0..order.rounds {
        say(&format!("store: round {} of {}", number + 1, order.rounds));
        rounds.push(round(folder.path(), Duration::from_secs(order.seconds), order.journal).await?);
    }
    print(&rounds);
    Ok(())
}

async fn round(folder: &Path, duration: Duration, journal: u64) -> anyhow::Result<Round> {
    let (file, bare) = (folder.join("synced"), folder.join("bare.redb"));
    let syncs = tokio::task::spawn_blocking(move || floor::syncs(&file, duration)).await??;
    let floor = tokio::task::spawn_blocking(move || floor::commits(&bare, duration)).await??;
    let options = RedbOptions { journal_bytes: journal, ..RedbOptions::default() };
    let measure = |shape, clients| measure(folder, &options, Clients { shape, count: clients, duration });
    Ok(Round {
        syncs,
        floor,
        alone: measure(Shape::Row, 1).await?,
        many: measure(Shape::Row, MANY).await?,
        claims: measure(Shape::Claim, WORKERS).await?,
        completions: measure(Shape::Completion, WORKERS).await?,
    })
}

/// On a new file each time, so that none pays for the rows of another.
async fn measure(folder: &Path, options: &RedbOptions, clients: Clients) -> anyhow::Result<Batches> {
    let file = folder.join("store.redb");
    let store = RedbStore::open(&file, options.clone())?;
    let (store, batches) = clients.load(store).await?;
    store.close().await?;
    std::fs::remove_file(&file)?;
    Ok(batches)
}

#[allow(clippy::print_stdout)] // this is what the role is for
fn print(rounds: &[Round]) {
    let middle = |of: &dyn Fn(&Round) -> f64| median(rounds.iter().map(of));
    let floor = middle(&|round| round.floor);
    println!(
        "| durable | a second | x floor | goal | writer, us of processor a batch |\n|---|---|---|---|---|"
    );
    println!("| fdatasync of 512 bytes | {:.0} | | | |", middle(&|round| round.syncs));
    println!("| bare redb commit of one 512-byte row (the floor) | {floor:.0} | 1 | | |");
    let row = |what: &str, of: fn(&Round) -> &Batches, goal: String| {
        let (rate, cost) = (middle(&|round| of(round).a_second), middle(&|round| of(round).writer_micros));
        println!("| {what} | {rate:.0} | {:.2} | {goal} | {cost:.1} |", rate / floor);
    };
    let shared = (SHARED_MIN * floor).min(SHARED_ENOUGH);
    row("one client, one row", |round| &round.alone, format!("{:.0}", ALONE_MIN * floor));
    row("256 clients, one row each", |round| &round.many, format!("{shared:.0}"));
    row("512 clients, a claim each", |round| &round.claims, String::new());
    row("512 clients, a completion each", |round| &round.completions, String::new());
}
