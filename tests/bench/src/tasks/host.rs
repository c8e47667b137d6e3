//! The role of a host that is killed: it fills a store, or takes one over, says so, and goes on until it is ended.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::World;
use super::worker::Conduct;
use crate::machine::resident_bytes;

/// After it is ready, before its memory is looked at.
const SETTLE: Duration = Duration::from_secs(2);
/// Attempts that have begun when a host is ready, and which a killed one leaves behind.
const RUNNING: u64 = 64;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// Where the store is.
    folder: PathBuf,
    /// Tasks to take in before it starts; none: what is there is taken over.
    #[arg(long, default_value_t = 0)]
    fill: u64,
}

/// What the role says, in one line of JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct Said {
    /// From the start of the role until an attempt has begun, without the filling.
    pub(super) ready_millis: f64,
    /// Before the store was opened, when it was ready, and two seconds later.
    pub(super) empty_bytes: u64,
    pub(super) ready_bytes: u64,
    pub(super) settled_bytes: u64,
}

#[allow(clippy::print_stdout)] // this is what the role is for
pub(crate) async fn run(order: Order) -> anyhow::Result<()> {
    let empty_bytes = memory();
    let begun = Instant::now();
    let world = World::open(&order.folder, Conduct::Hang).await?;
    let filled = fill(&world, order.fill).await?;
    world.engine.start().await?;
    world.worker.until(1).await;
    let ready_millis = (begun.elapsed() - filled).as_secs_f64() * 1e3;
    let ready_bytes = memory();
    world.worker.until(RUNNING).await;
    tokio::time::sleep(SETTLE).await;
    let said = Said { ready_millis, empty_bytes, ready_bytes, settled_bytes: memory() };
    println!("{}", serde_json::to_string(&said)?);
    std::future::pending().await
}

async fn fill(world: &World, tasks: u64) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    world.fill(0..tasks).await?;
    Ok(begun.elapsed())
}

fn memory() -> u64 {
    resident_bytes(std::process::id()).unwrap_or_default()
}

/// The command line of this role.
pub(super) fn arguments(folder: &Path, fill: u64) -> Vec<String> {
    vec!["task-host".to_owned(), folder.display().to_string(), "--fill".to_owned(), fill.to_string()]
}
