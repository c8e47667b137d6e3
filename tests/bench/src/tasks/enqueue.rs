//! Clients that apply one task a time, each until it is acknowledged, which is when it is durable. Nothing runs meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use patchbay_engine::Engine;
use tokio::task::JoinSet;

use super::World;
use super::worker::Conduct;
use super::world::{definition, operator};

/// Acknowledgements a second.
pub(super) async fn measure(folder: &Path, clients: usize, duration: Duration) -> anyhow::Result<f64> {
    let world = World::open(folder, Conduct::Succeed).await?;
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..clients {
        all.spawn(client(world.engine.clone(), next.clone(), begun + duration));
    }
    let mut acknowledged = 0;
    while let Some(client) = all.join_next().await {
        acknowledged += client??;
    }
    let rate = f64::from(acknowledged) / begun.elapsed().as_secs_f64();
    world.remove().await?;
    Ok(rate)
}

async fn client(engine: Engine, next: Arc<AtomicU64>, until: Instant) -> anyhow::Result<u32> {
    let mut acknowledged = 0;
    while Instant::now() < until {
        let definition = definition(next.fetch_add(1, Ordering::Relaxed))?;
        engine.apply(vec![definition], false, &operator()).await?;
        acknowledged += 1;
    }
    Ok(acknowledged)
}
