//! The order of a run: what is timed in this process while nothing else runs, then hosts that are changed, then every
//! target under every load in turn, then open loops, a host at rest, and other gateways.

use std::path::{Path, PathBuf};

use crate::child::{Children, say};
use crate::machine::{Machine, resident_bytes};
use crate::report::{Process, Report, Skipped};
use crate::target::{Target, floor_with_policy, patchbays, upstream_and_floor};
use crate::{
    Part, Plan, awake, full, idle, latency, patchbay, peer, pinned, plugin, round, streams, swaps, trial,
};

pub(crate) async fn all(plan: &Plan, folder: &Path, children: &mut Children) -> anyhow::Result<Report> {
    let binary = if plan.floor_only { PathBuf::new() } else { binary(plan, children).await? };
    let mut report = Report::new(Machine::this(), plan);
    if plan.has(Part::Plugin) {
        report.plugin_calls = plugin::measure().await?;
    }
    if plan.has(Part::Trial) {
        report.pinned_calls = pinned::measure().await?;
    }
    let [upstream, floor] = upstream_and_floor(children).await?;
    let address = upstream.address;
    if plan.has(Part::Plugin) {
        let (changes, process) = full::measure(plan, binary.clone(), folder, address, children).await?;
        report.changes = changes;
        report.processes.push(process);
    }
    if plan.has(Part::Gateway) || plan.floor_only {
        gateway(plan, &binary, folder, [&floor, &upstream], &mut report, children).await?;
    }
    if plan.has(Part::Trial) {
        let (rows, heard) = trial::measure(plan, binary.clone(), folder, address, children).await?;
        report.rows.extend(rows);
        report.heard = Some(heard);
    }
    open_loops(plan, &binary, folder, [&upstream, &floor], &mut report, children).await?;
    beside(plan, &binary, folder, [&upstream, &floor], &mut report, children).await?;
    Ok(report)
}

/// What is measured while requests come at their own times.
async fn open_loops(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    report: &mut Report,
    children: &mut Children,
) -> anyhow::Result<()> {
    if plan.has(Part::Latency) {
        report.latency = latency::measure(plan, binary, folder, [upstream, floor], children).await?;
    }
    if plan.has(Part::Swaps) {
        report.swaps = Some(swaps::measure(plan, binary, folder, upstream, children).await?);
    }
    if plan.has(Part::Streams) {
        let (rows, skipped) = streams::measure(plan, binary, folder, children).await?;
        report.streams = rows;
        report.skipped.extend(skipped);
    }
    Ok(())
}

/// A host at rest, and other gateways.
async fn beside(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    report: &mut Report,
    children: &mut Children,
) -> anyhow::Result<()> {
    if plan.has(Part::Idle) {
        let (idle, processes) = idle::measure(plan, binary, folder, upstream, children).await?;
        report.idle = Some(idle);
        report.processes.extend(processes);
    }
    if plan.has(Part::Peers) {
        let peers = peer::measure(plan, binary, folder, [upstream, floor], children).await?;
        report.peers = peers.rows;
        report.skipped.extend(peers.skipped);
    }
    Ok(())
}

async fn binary(plan: &Plan, children: &mut Children) -> anyhow::Result<PathBuf> {
    match &plan.patchbay {
        Some(binary) => Ok(binary.clone()),
        None => patchbay::binary(children).await,
    }
}

async fn gateway(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [floor, upstream]: [&Target; 2],
    report: &mut Report,
    children: &mut Children,
) -> anyhow::Result<()> {
    let patchbays = match plan.floor_only {
        true => Vec::new(),
        false => patchbays(plan, binary, folder, upstream.address, children).await?,
    };
    let (more, mut processes): (Vec<_>, Vec<_>) = patchbays.into_iter().unzip();
    let decided = floor_with_policy(upstream.address, children).await?;
    let decided_process = decided.process;
    let targets: Vec<Target> = [floor.clone(), upstream.clone(), decided].into_iter().chain(more).collect();
    rows(plan, &targets, report, children).await?;
    weigh(&mut processes);
    if let Some(id) = decided_process {
        children.stop_one(id).await;
    }
    for process in &processes {
        children.stop_one(process.id).await;
    }
    report.processes.extend(processes);
    Ok(())
}

/// The first target is what the others are compared to.
async fn rows(
    plan: &Plan,
    targets: &[Target],
    report: &mut Report,
    children: &mut Children,
) -> anyhow::Result<()> {
    for scenario in round::SCENARIOS {
        let mut awake = None;
        if scenario.awake {
            match awake::start(children).await {
                Ok(id) => awake = Some(id),
                Err(why) => {
                    report.skipped.push(Skipped { what: scenario.title.into(), reason: format!("{why:#}") });
                    continue;
                }
            }
        }
        let mut rounds = Vec::new();
        for number in 1..=plan.rounds {
            say(&format!("{}: round {number} of {}", scenario.title, plan.rounds));
            rounds.push(round::measure(scenario, plan.seconds, targets, children).await?);
        }
        report.rows.extend(round::rows(scenario, targets, &rounds));
        if let Some(id) = awake {
            children.stop_one(id).await;
        }
    }
    Ok(())
}

/// What each process takes now that it has worked.
fn weigh(processes: &mut [Process]) {
    for process in processes {
        process.loaded_bytes = resident_bytes(process.id);
    }
}
