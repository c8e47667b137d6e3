//! How soon a task begins where nothing else runs: from its coming to the worker's first moment, two durable steps.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use tokio::task::JoinSet;

use super::World;
use super::worker::Conduct;
use super::world::{definition, operator};
use crate::statistics::percentile;

/// Between two tasks, at least.
const REST: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Serialize)]
pub(super) struct Starts {
    pub(super) p50_millis: f64,
    pub(super) p95_millis: f64,
}

/// From within the runtime, as whoever takes tasks in over a socket.
pub(super) async fn measure(folder: &Path, duration: Duration) -> anyhow::Result<Starts> {
    let folder = folder.to_owned();
    let mut within = JoinSet::new();
    within.spawn(async move { starts(&folder, duration).await });
    within.join_next().await.context("it was given")??
}

async fn starts(folder: &Path, duration: Duration) -> anyhow::Result<Starts> {
    let world = World::open(folder, Conduct::Succeed).await?;
    world.engine.start().await?;
    let until = Instant::now() + duration;
    let mut waits = Vec::new();
    for number in 0.. {
        rest(&world).await;
        waits.push(one(&world, number).await?);
        if Instant::now() >= until {
            break;
        }
    }
    world.remove().await?;
    waits.sort_unstable();
    let millis = |percent| percentile(&waits, percent).as_secs_f64() * 1e3;
    Ok(Starts { p50_millis: millis(50), p95_millis: millis(95) })
}

/// Until the end of the last task is on the disk: the next would wait for that commit, too.
async fn rest(world: &World) {
    tokio::time::sleep(REST).await;
    while world.engine.running().0 > 0 {
        tokio::time::sleep(REST).await;
    }
}

async fn one(world: &World, number: u64) -> anyhow::Result<Duration> {
    let definition = definition(number)?;
    let begun = Instant::now();
    world.engine.apply(vec![definition], false, &operator()).await?;
    world.worker.until(number + 1).await;
    let started = world.worker.begun().context("a run has begun")?;
    Ok(started.saturating_duration_since(begun))
}
