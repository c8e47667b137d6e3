//! Tasks that wait already are claimed and completed, each step durable, by a worker that is done at once.

use std::path::Path;
use std::time::{Duration, Instant};

use patchbay_engine::Query;
use patchbay_tasks::StateName;
use serde::Serialize;

use super::World;
use super::worker::Conduct;
use crate::machine::processor_time;

/// Between two looks whether all is done.
const LOOK: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Serialize)]
pub(super) struct Worked {
    pub(super) tasks: u64,
    pub(super) a_second: f64,
    /// Taken in before, many at once, a second.
    pub(super) filled_a_second: f64,
    /// Processor time of the whole process for each, in microseconds.
    pub(super) micros: f64,
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub(super) async fn measure(folder: &Path, tasks: u64) -> anyhow::Result<Worked> {
    let world = World::open(folder, Conduct::Succeed).await?;
    let begun = Instant::now();
    world.fill(0..tasks).await?;
    let filled_a_second = tasks as f64 / begun.elapsed().as_secs_f64();
    let (begun, busy) = (Instant::now(), busy());
    world.engine.start().await?;
    world.worker.until(tasks).await;
    while !all_done(&world).await? {
        tokio::time::sleep(LOOK).await;
    }
    let (took, busy) = (begun.elapsed(), self::busy().saturating_sub(busy));
    world.remove().await?;
    Ok(Worked {
        tasks,
        a_second: tasks as f64 / took.as_secs_f64(),
        filled_a_second,
        micros: busy.as_secs_f64() * 1e6 / tasks as f64,
    })
}

/// All have begun: those that are not over are still leased.
async fn all_done(world: &World) -> anyhow::Result<bool> {
    let states = vec![StateName::Ready, StateName::Leased];
    let query = Query { states, limit: 1, ..Query::default() };
    Ok(world.engine.list(&query).await?.tasks.is_empty())
}

fn busy() -> Duration {
    processor_time(std::process::id()).unwrap_or_default()
}
