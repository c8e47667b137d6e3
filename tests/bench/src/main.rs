//! What Patchbay costs, as ratios to a floor that is measured in the same run on the same machine. One binary; each
//! role (upstream, floor, load) is a process of its own, so that none is scheduled or allocated beside another.
//! It knows Patchbay by its command line and its HTTP surface only, apart from the calls of a plugin, of a
//! slot, of the store and of the engine.

mod awake;
mod change;
mod child;
mod component;
mod floor;
mod full;
mod idle;
mod latency;
mod listen;
mod load;
mod machine;
mod measure;
mod monotonic;
mod operator;
mod pace;
mod paced;
mod pairs;
mod patchbay;
mod peer;
mod pinned;
mod plugin;
mod report;
mod round;
mod statistics;
mod store;
mod streams;
mod swaps;
mod target;
mod tasks;
mod trial;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use child::{Children, say};

/// The host's own, so that the parts of it that run in here, and the floor, have it as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Patchbay against the least that could do the same: throughput, latency, memory, calls and swaps of plugins,
/// trials.
#[derive(Parser)]
#[command(name = "patchbay-bench", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    plan: Plan,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What is measured, and for how long.
#[derive(Args, Clone)]
pub(crate) struct Plan {
    /// Seconds of each measurement, after a second of warm-up (half a second before one of a second).
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// How often everything is measured in turn; medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    rounds: u64,
    /// The binary to measure. Without it: the one beside this program, built first if cargo runs this program.
    #[arg(long, value_name = "PATH-TO-BINARY", conflicts_with = "floor_only")]
    patchbay: Option<PathBuf>,
    /// The short form: one round of a second each, in less than three minutes. It shows that all works, and no more.
    #[arg(long, conflicts_with_all = ["seconds", "rounds"])]
    short: bool,
    /// Measures one part alone; may be given more than once.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Where `tests/bench/peers/install.sh` has put other gateways. Without it they are looked for on the search path.
    #[arg(long, value_name = "FOLDER", env = "PATCHBAY_BENCH_PEERS")]
    peers: Option<PathBuf>,
    /// Leaves Patchbay out: what this machine can do at all.
    #[arg(long, conflicts_with = "only")]
    floor_only: bool,
    /// Prints JSON instead of Markdown.
    #[arg(long)]
    json: bool,
}

/// What can be measured by itself.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A policy's call, loads and swaps, and a host with every bundled plugin
    Plugin,
    /// Requests through the gateway, against a bare reverse proxy
    Gateway,
    /// What the recorder, a shadow and a canary cost
    Trial,
    /// Latency at fixed rates, open loop
    Latency,
    /// Latency while the policy is swapped once a second, open loop
    Swaps,
    /// 1,000 and 5,000 streams that are open at once
    Streams,
    /// Memory and processor time of a host that has nothing to do, and after large bodies
    Idle,
    /// Other gateways that are installed here, beside the floor
    Peers,
}

#[derive(Subcommand)]
enum Role {
    /// Durable batches of the store, alone and among many clients, against a bare commit of its database
    Store(store::Order),
    /// What a task costs: taken in, claimed and completed, begun, found again after a kill, waiting
    Tasks(tasks::Order),
    /// A host whose worker does nothing, to be killed.
    #[command(hide = true)]
    TaskHost(tasks::host::Order),
    /// A provider whose answers are fixed.
    #[command(hide = true)]
    Upstream,
    /// A reverse proxy that only forwards.
    #[command(hide = true)]
    Floor {
        upstream: SocketAddr,
        /// Asks the bundled policy before each request, by wasmtime alone.
        #[arg(long)]
        policy: bool,
    },
    /// Keeps all processors awake.
    #[command(hide = true)]
    Awake,
    /// A provider whose streams keep time.
    #[command(hide = true)]
    Paced,
    /// Clients in a closed loop.
    #[command(hide = true)]
    Load(load::Order),
    /// Clients in an open loop.
    #[command(hide = true)]
    Open(load::open::Order),
    /// Clients that open streams.
    #[command(hide = true)]
    Streams(streams::client::Order),
}

impl Plan {
    /// Whether this part is measured.
    pub(crate) fn has(&self, part: Part) -> bool {
        !self.floor_only && (self.only.is_empty() || self.only.contains(&part))
    }

    /// With what the short form stands for.
    fn settled(self) -> Self {
        if self.short { Self { seconds: 1, rounds: 1, ..self } } else { self }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.role {
        None => one_thread()?.block_on(bench(arguments.plan.settled())),
        Some(Role::Store(order)) => many_threads()?.block_on(store::run(order)),
        Some(Role::Tasks(order)) => many_threads()?.block_on(tasks::run(order)),
        Some(Role::TaskHost(order)) => many_threads()?.block_on(tasks::host::run(order)),
        Some(Role::Upstream) => one_thread()?.block_on(upstream::run()),
        Some(Role::Floor { upstream, policy }) => many_threads()?.block_on(floor::run(upstream, policy)),
        Some(Role::Awake) => one_thread()?.block_on(awake::run()),
        Some(Role::Paced) => one_thread()?.block_on(paced::run()),
        Some(Role::Load(order)) => one_thread()?.block_on(load::run(order)),
        Some(Role::Open(order)) => one_thread()?.block_on(load::open::run(order)),
        Some(Role::Streams(order)) => one_thread()?.block_on(streams::client::run(order)),
    }
}

/// Measures and prints; whatever ends it, every process that was started is ended before it returns.
async fn bench(plan: Plan) -> anyhow::Result<()> {
    // Removed last: it holds the folders of processes that run until the line after the next.
    let folder = tempfile::tempdir()?;
    let mut children = Children::default();
    // Children have what this process may have: clients of many streams and what is between them need it.
    let _ = machine::files_max();
    let measured = tokio::select! {
        report = measure::all(&plan, folder.path(), &mut children) => report,
        error = interrupted() => Err(error),
    };
    children.stop().await;
    report::print(&measured?, plan.json)
}

async fn interrupted() -> anyhow::Error {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => anyhow::anyhow!("interrupted: nothing was measured to its end"),
        _ = terminate.recv() => anyhow::anyhow!("terminated: nothing was measured to its end"),
    }
}

fn one_thread() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// As Patchbay's own.
fn many_threads() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(160).build()
}
