//! What it takes a host that runs to put another component in charge: the load command's round trip through the socket.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use patchbay_runtime::{Limits, engine_config};
use serde::Serialize;
use wasmtime::Engine;

use crate::child::{Children, say};
use crate::component::{POLICY, bundled, unseen, whole};
use crate::operator::Operator;
use crate::patchbay::Patchbay;
use crate::statistics::{median, percentile};

/// Loads of components that the host has never seen.
const LOADS: u32 = 9;
/// Swaps between two components that were compiled before: through the socket, and by the command.
const SWAPS: usize = 100;
const COMMANDS: usize = 10;
/// With it, in turn with the other.
const OTHER: &str = "cost-aware";
/// What one durable write writes, in bytes.
const DURABLE_BYTES: usize = 4096;

/// One kind of change. Milliseconds.
#[derive(Serialize)]
pub(crate) struct Change {
    pub(crate) what: String,
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// What it cannot be cheaper than here, in words, and the median of it.
    pub(crate) floor: &'static str,
    pub(crate) floor_ms: f64,
    /// Of the medians.
    pub(crate) ratio: f64,
    /// What it may take, at its median.
    pub(crate) allowed_ms: Option<f64>,
}

pub(crate) async fn measure(patchbay: &Patchbay, children: &mut Children) -> anyhow::Result<Vec<Change>> {
    let operator = patchbay.operator();
    let load = load(&operator).await?;
    let both = [whole(bundled(POLICY)?)?, whole(bundled(OTHER)?)?];
    for component in &both {
        operator.load("routing", component.clone()).await?;
    }
    let durable = durable(patchbay.folder())?;
    let swap = swap(&operator, &both, &durable).await?;
    Ok(vec![load, swap, command(patchbay, &durable, children).await?])
}

async fn load(operator: &Operator) -> anyhow::Result<Change> {
    say(&format!("{LOADS} loads of a component that the host has not seen"));
    let component = whole(bundled(POLICY)?)?;
    let engine = engine()?;
    let (mut loads, mut compiles) = (Vec::new(), Vec::new());
    for number in 1..=LOADS {
        let component = unseen(&component, number);
        let begun = Instant::now();
        engine.precompile_component(&component).map_err(|error| anyhow::anyhow!("{error:#}"))?;
        compiles.push(begun.elapsed());
        let begun = Instant::now();
        operator.load("routing", component).await?;
        loads.push(begun.elapsed());
    }
    let what = format!("load of a component of {} KiB, never seen before", component.len().div_ceil(1024));
    Ok(Change::new(what, loads, ("wasmtime alone compiles it", &compiles), Some(1000.0)))
}

/// As Patchbay's child that compiles has it, but for the pool, which decides no code.
fn engine() -> anyhow::Result<Engine> {
    Engine::new(&engine_config(Limits::default().memory_bytes)).map_err(|error| anyhow::anyhow!("{error:#}"))
}

async fn swap(operator: &Operator, both: &[Bytes; 2], durable: &[Duration]) -> anyhow::Result<Change> {
    say(&format!("{SWAPS} swaps"));
    let mut swaps = Vec::new();
    for component in both.iter().cycle().take(SWAPS) {
        let component = component.clone();
        let begun = Instant::now();
        operator.load("routing", component).await?;
        swaps.push(begun.elapsed());
    }
    Ok(Change::new("swap, compiled before".into(), swaps, (DURABLE, durable), Some(20.0)))
}

/// `patchbay plugin load`, from the start of its process to its end.
async fn command(
    patchbay: &Patchbay,
    durable: &[Duration],
    children: &mut Children,
) -> anyhow::Result<Change> {
    let mut commands = Vec::new();
    for name in [POLICY, OTHER].into_iter().cycle().take(COMMANDS) {
        let begun = Instant::now();
        patchbay.run(&["plugin", "load", name, "--slot", "routing"], children).await?;
        commands.push(begun.elapsed());
    }
    let what = "the same, as the command `plugin load`, with its process";
    Ok(Change::new(what.into(), commands, (DURABLE, durable), None))
}

const DURABLE: &str = "one durable write of 4 KiB to the same disk";

fn durable(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let mut file = std::fs::File::create(folder.join("bench-durable"))?;
    let mut writes = Vec::new();
    for _ in 0..SWAPS {
        let begun = Instant::now();
        file.write_all(&[7; DURABLE_BYTES])?;
        file.sync_all()?;
        writes.push(begun.elapsed());
    }
    Ok(writes)
}

impl Change {
    fn new(
        what: String,
        mut times: Vec<Duration>,
        (floor, floors): (&'static str, &[Duration]),
        allowed_ms: Option<f64>,
    ) -> Self {
        times.sort();
        let p50_ms = median(times.iter().copied().map(milliseconds));
        let floor_ms = median(floors.iter().copied().map(milliseconds));
        let p99_ms = milliseconds(percentile(&times, 99));
        let (count, ratio) = (times.len(), p50_ms / floor_ms);
        Self { what, count, p50_ms, p99_ms, floor, floor_ms, ratio, allowed_ms }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
