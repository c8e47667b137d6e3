//! The order of a run: the plugin's calls while nothing else runs, then every target under every load in turn.

use std::path::Path;

use crate::child::{Children, say};
use crate::machine::{Machine, resident_bytes};
use crate::report::{Process, Report, Row};
use crate::target::{Target, patchbays, upstream_and_floor};
use crate::{Plan, plugin, round};

pub(crate) async fn all(plan: &Plan, folder: &Path, children: &mut Children) -> anyhow::Result<Report> {
    let machine = Machine::this();
    let plugin_calls = if plan.floor_only { Vec::new() } else { plugin::measure().await? };
    let [upstream, floor] = upstream_and_floor(children).await?;
    let patchbays = if plan.floor_only {
        Vec::new()
    } else {
        patchbays(plan, folder, upstream.address, children).await?
    };
    let (more, mut processes): (Vec<_>, Vec<_>) = patchbays.into_iter().unzip();
    let targets: Vec<Target> = [floor, upstream].into_iter().chain(more).collect();
    let rows = rows(plan, &targets, children).await?;
    weigh(&mut processes);
    Ok(Report { machine, seconds: plan.seconds, rounds: plan.rounds, rows, processes, plugin_calls })
}

/// The first target is what the others are compared to.
async fn rows(plan: &Plan, targets: &[Target], children: &mut Children) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for scenario in round::SCENARIOS {
        let mut rounds = Vec::new();
        for number in 1..=plan.rounds {
            say(&format!("{}: round {number} of {}", scenario.title, plan.rounds));
            rounds.push(round::measure(scenario, plan.seconds, targets, children).await?);
        }
        rows.extend(round::rows(scenario, targets, &rounds));
    }
    Ok(rows)
}

/// What each process takes now that it has worked.
fn weigh(processes: &mut [Process]) {
    for process in processes {
        process.loaded_bytes = resident_bytes(process.id).unwrap_or_default();
    }
}
