//! What breaks around the gateway, played against the real binary over real sockets: providers that fail, clients that
//! leave or crawl, requests that smuggle, storms, and the end of the process. It knows Patchbay by its command line
//! and its sockets alone, and must not link any of it; but `store` breaks the disk under the store, at its own seam, and
//! `points` and `kills` end processes in which an engine works for played skills. `crashes` knows the names of places too.

mod alone;
mod calendar;
mod client;
mod crashes;
mod host;
mod http;
mod kills;
mod leave;
mod matrix;
mod operator;
mod played_engine;
mod points;
mod process;
mod report;
mod say;
mod script;
mod slow;
mod smuggle;
mod soak;
mod statistics;
mod stop;
mod store;
mod storm;
mod upstream;
mod wait;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use report::Report;
use say::say;

/// Losses of power in the long form of all programs.
const STORE_LOSSES: u64 = 100_000;

/// Breaks what stands around Patchbay, and says what did not hold. The exit status is 1 if anything did not.
#[derive(Parser)]
#[command(name = "patchbay-faults")]
struct Arguments {
    /// The binary to test. Without it: the one beside this program.
    #[arg(long, global = true, value_name = "PATH", env = "PATCHBAY_BIN")]
    patchbay: Option<PathBuf>,
    #[command(subcommand)]
    program: Program,
}

#[derive(Subcommand)]
enum Program {
    /// Every fault of a provider, for streams and JSON, with and without others that can answer
    Matrix(matrix::Order),
    /// Clients that leave at a random byte
    Leave(leave::Order),
    /// Headers and bodies that crawl or never end, and readers that do
    Slow,
    /// Requests that mean different things to different readers
    Smuggle,
    /// The end of the process while streams are open
    Stop(stop::Order),
    /// A provider that limits everybody, a kill in the middle, and its return
    Storm(storm::Order),
    /// Losses of power, damage and failed syncs under the store, on a disk in memory; needs no binary
    Store(store::Order),
    /// An engine that is killed at each named place in turn, and started again; needs no binary
    /// (with the feature `failpoints`, so not among all of them)
    Points(points::Order),
    /// An engine under load that is killed, stopped and given another time at random; needs no binary
    Kills(kills::Order),
    /// The host under agents' traffic, killed at random or at its named places
    Crashes(crashes::Order),
    /// Mixed traffic for a while: what grows
    Soak(soak::Order),
    /// All of them
    All {
        /// The short forms: a few minutes in all.
        #[arg(long)]
        short: bool,
    },
}

fn main() -> ExitCode {
    if let Some(ended) = played_engine::child() {
        return ended;
    }
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<bool> {
    process::raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let reports = runtime.block_on(async {
        tokio::select! {
            reports = play(arguments.patchbay, arguments.program) => reports,
            // What was started is killed when it is dropped.
            error = interrupted() => Err(error),
        }
    })?;
    reports.iter().for_each(Report::print);
    Ok(reports.iter().all(Report::passed))
}

async fn play(given: Option<PathBuf>, program: Program) -> anyhow::Result<Vec<Report>> {
    // Asked for by those that need it.
    let binary = binary(given);
    let report = match program {
        Program::All { short } => return all(&binary?, short).await,
        Program::Store(order) => store::run(&order).await?,
        Program::Points(order) => points::run(&order).await?,
        Program::Kills(order) => kills::run(&order).await?,
        Program::Matrix(order) => matrix::run(&binary?, &order).await?,
        Program::Leave(order) => leave::run(&binary?, &order).await?,
        Program::Slow => slow::run(&binary?).await?,
        Program::Smuggle => smuggle::run(&binary?).await?,
        Program::Stop(order) => stop::run(&binary?, &order).await?,
        Program::Storm(order) => storm::run(&binary?, &order).await?,
        Program::Crashes(order) => crashes::run(&binary?, &order).await?,
        Program::Soak(order) => soak::run(&binary?, &order).await?,
    };
    Ok(vec![report])
}

async fn all(binary: &std::path::Path, short: bool) -> anyhow::Result<Vec<Report>> {
    let (clients, streams, rate, seconds) = if short { (100, 200, 200, 20) } else { (1000, 1000, 500, 120) };
    Ok(vec![
        matrix::run(binary, &matrix::Order::default()).await?,
        leave::run(binary, &leave::Order { count: clients, seed: 1 }).await?,
        slow::run(binary).await?,
        smuggle::run(binary).await?,
        stop::run(binary, &stop::Order { streams }).await?,
        storm::run(binary, &storm::Order { rate }).await?,
        store::run(&store::Order { short, long: (!short).then_some(STORE_LOSSES) }).await?,
        kills::run(&kills::Order { short, long: !short, ..kills::Order::default() }).await?,
        crashes::run(binary, &crashes::Order { short, medium: !short, ..crashes::Order::default() }).await?,
        soak::run(binary, &soak::Order { seconds }).await?,
    ])
}

fn binary(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let binary = match given {
        Some(binary) => binary,
        None => std::env::current_exe()?.with_file_name("patchbay"),
    };
    binary.canonicalize().with_context(|| {
        format!("{} is missing: build it with `cargo build`, or name one with --patchbay", binary.display())
    })
}

async fn interrupted() -> anyhow::Error {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => anyhow::anyhow!("interrupted"),
        _ = terminate.recv() => anyhow::anyhow!("terminated"),
    }
}
