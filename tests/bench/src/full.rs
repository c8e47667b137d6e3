//! A host with every bundled plugin that has a place: its changes while it is fresh, then what it is to start and to
//! keep it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::bail;
use patchbay_bundled::Bundled;
use serde_json::{Value, json};

use crate::Plan;
use crate::change::{self, Change};
use crate::child::{Children, say};
use crate::component::{POLICY, whole};
use crate::operator::Operator;
use crate::patchbay::{Patchbay, Policy, Serving};
use crate::report::Process;
use crate::target;

/// In its slot on a fresh host, as [`POLICY`] is.
const THERE: &str = "upstream-errors";
/// Routing has one slot, and one place for a candidate beside it.
const CANDIDATE: &str = "sticky";

pub(crate) async fn measure(
    plan: &Plan,
    binary: PathBuf,
    folder: &Path,
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<(Vec<Change>, Process)> {
    say("a host for every bundled plugin: setting up");
    let folder = folder.join("full");
    let patchbay = Patchbay::set_up(&binary, folder, upstream, Policy::Plugin, children).await?;
    let first = patchbay.serve(children).await?;
    let changes = change::measure(&patchbay, children).await?;
    Ok((changes, restart(plan, patchbay, first, children).await?))
}

/// Such a host alone, without its changes.
pub(crate) async fn process(
    plan: &Plan,
    binary: &Path,
    folder: PathBuf,
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<Process> {
    say("a host for every bundled plugin: setting up");
    let patchbay = Patchbay::set_up(binary, folder, upstream, Policy::Plugin, children).await?;
    let first = patchbay.serve(children).await?;
    restart(plan, patchbay, first, children).await
}

/// Loads them all, and starts it again.
async fn restart(
    plan: &Plan,
    patchbay: Patchbay,
    first: Serving,
    children: &mut Children,
) -> anyhow::Result<Process> {
    let loaded = fill(&patchbay.operator()).await?;
    children.stop_one(first.process).await;
    let name = format!(
        "Patchbay, {loaded} of {} bundled plugins in {} slots",
        patchbay_bundled::all().len(),
        loaded - 1
    );
    let (target, mut process) = target::start(name, patchbay, plan.rounds, children).await?;
    // It was started before, to be changed.
    process.first_ready_ms = target::milliseconds(first.ready);
    process.loaded_bytes = None;
    if let Some(id) = target.process {
        children.stop_one(id).await;
    }
    Ok(process)
}

/// Loads each where it belongs. Returns how many plugins are there then.
async fn fill(operator: &Operator) -> anyhow::Result<usize> {
    let mut there = 0;
    for plugin in patchbay_bundled::all() {
        there += usize::from(place(operator, plugin).await?);
    }
    Ok(there)
}

async fn place(operator: &Operator, plugin: &Bundled) -> anyhow::Result<bool> {
    let component = whole(plugin)?;
    match (plugin.world, plugin.name) {
        (_, THERE) => {}
        ("routing-policy", POLICY) => operator.load("routing", component).await.map(drop)?,
        ("routing-policy", CANDIDATE) => {
            operator.try_out(json!({ "shadow": { "sample": 1.0 } }), &component).await?;
        }
        ("routing-policy", _) => return Ok(false),
        (world, name) => {
            let (slot, options) = (slot(world, name)?, json!({ "config": config(name) }));
            operator.load_with(&slot, &options, &component).await?;
        }
    }
    Ok(true)
}

fn slot(world: &str, name: &str) -> anyhow::Result<String> {
    let kind = match world {
        "error-analyzer" => "analyzers",
        "fix-strategy" => "strategies",
        "skill-adapter" => "skills",
        "notifier" => "notifiers",
        "task-source" => "sources",
        _ => bail!("{name} is a {world}, and no slot is known for that"),
    };
    Ok(format!("{kind}/{name}"))
}

/// What its schema requires.
fn config(name: &str) -> Value {
    match name {
        "command" => json!({ "program": "true" }),
        "webhook" => json!({ "url": "http://127.0.0.1:9/" }),
        "llm-root-cause" | "llm-script" => json!({ "model": "bench" }),
        _ => json!({}),
    }
}
