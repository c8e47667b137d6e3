//! What tasks cost that wait: half of them for another task, half for a moment that is an hour away.

use std::path::Path;
use std::time::Duration;

use patchbay_engine::Query;
use patchbay_tasks::{Definition, StateName};
use serde::Serialize;
use serde_json::json;

use super::World;
use super::worker::Conduct;
use super::world::operator;
use crate::machine::{processor_time, resident_bytes};

/// Tasks of each kind.
const EACH: u64 = 50_000;
/// Definitions that are given at once.
const TOGETHER: u64 = 1_000;
/// How often it is looked whether they have come to rest, and how often at most.
const SETTLE: Duration = Duration::from_secs(1);
const SETTLES_MAX: u32 = 60;
/// Processor time in such a second that counts as rest.
const RESTING: Duration = Duration::from_millis(20);
/// How long processor time is counted.
const COUNTED: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Serialize)]
pub(super) struct AtRest {
    pub(super) tasks: u64,
    /// Of one core.
    pub(super) processor_percent: f64,
    pub(super) resident_bytes: u64,
}

pub(super) async fn measure(folder: &Path) -> anyhow::Result<AtRest> {
    let world = World::open(folder, Conduct::FailForNow).await?;
    world.engine.apply(vec![one("LAST", &[])?], true, &operator()).await?;
    world.fill(0..EACH).await?;
    for from in (0..EACH).step_by(1_000) {
        let waiting = (from..from + TOGETHER).map(|number| one(&format!("WAITS-{number}"), &["LAST"]));
        world.engine.apply(waiting.collect::<Result<_, _>>()?, false, &operator()).await?;
    }
    world.engine.start().await?;
    while anybody(&world, StateName::Ready).await? || anybody(&world, StateName::Leased).await? {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut settles = 0;
    while settles < SETTLES_MAX && busy_for(SETTLE).await > RESTING {
        settles += 1;
    }
    let busy = busy_for(COUNTED).await;
    let id = std::process::id();
    let resident_bytes = resident_bytes(id).unwrap_or_default();
    world.remove().await?;
    let processor_percent = busy.as_secs_f64() / COUNTED.as_secs_f64() * 100.0;
    Ok(AtRest { tasks: 2 * EACH, processor_percent, resident_bytes })
}

/// Processor time of this process in so much time.
async fn busy_for(time: Duration) -> Duration {
    let id = std::process::id();
    let before = processor_time(id).unwrap_or_default();
    tokio::time::sleep(time).await;
    processor_time(id).unwrap_or_default().saturating_sub(before)
}

async fn anybody(world: &World, state: StateName) -> anyhow::Result<bool> {
    let query = Query { states: vec![state], limit: 1, ..Query::default() };
    Ok(!world.engine.list(&query).await?.tasks.is_empty())
}

fn one(name: &str, depends_on: &[&str]) -> anyhow::Result<Definition> {
    Ok(serde_json::from_value(json!({"name": name, "skill": "nothing", "depends_on": depends_on}))?)
}
