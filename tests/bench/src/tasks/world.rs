//! An engine over a store of its own, with a worker that does nothing. It must not know what is measured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use patchbay_engine::{Engine, EngineOptions, EngineParts};
use patchbay_runs::{Artifacts, Runs, TOTAL_BYTES_DEFAULT};
use patchbay_store::{RedbOptions, RedbStore};
use patchbay_tasks::{Actor, Definition, Holder, LaneConfig};
use patchbay_types::SystemClock;
use serde_json::json;

use super::worker::{Conduct, Nobody, Worker};

/// Attempts at one time where throughput is measured; as many as a commit takes batches.
pub(super) const PLACES: u32 = 1_024;
/// Definitions that are given at once.
const TOGETHER: u64 = 1_000;
/// Where runs leave what they say, and what they make.
const SPOOLS: &str = "runs";
const ARTIFACTS: &str = "artifacts";

pub(super) struct World {
    file: PathBuf,
    store: Arc<RedbStore>,
    pub(super) engine: Engine,
    pub(super) worker: Arc<Worker>,
}

impl World {
    /// Opens the store of a folder, or makes it. The engine stands still until it is started.
    pub(super) async fn open(folder: &Path, conduct: Conduct) -> anyhow::Result<Self> {
        let file = folder.join("tasks.redb");
        let store = Arc::new(RedbStore::open(&file, RedbOptions::default())?);
        let worker = Arc::new(Worker::new(conduct));
        let lane = LaneConfig { concurrency: PLACES, ..LaneConfig::DEFAULT };
        let nobody = Arc::new(Nobody);
        let (spools, kept) = (folder.join(SPOOLS), folder.join(ARTIFACTS));
        let parts = EngineParts {
            runs: (Runs::new(spools.clone()), spools),
            artifacts: Artifacts::in_folder(kept, TOTAL_BYTES_DEFAULT).await?,
            store: store.clone(),
            clock: Arc::new(SystemClock::default()),
            skills: worker.clone(),
            checks: nobody.clone(),
            minds: nobody.clone(),
            hands: nobody,
            holder: Holder { incarnation: "bench".into(), pid: std::process::id(), started: 1 },
            options: EngineOptions {
                places: PLACES,
                fix_lane: lane,
                regular_lane: lane,
                ..EngineOptions::default()
            },
        };
        Ok(Self { file, store, engine: Engine::new(parts), worker })
    }

    /// Takes in tasks with these numbers, many at once.
    pub(super) async fn fill(&self, numbers: std::ops::Range<u64>) -> anyhow::Result<()> {
        let mut from = numbers.start;
        while from < numbers.end {
            let upto = numbers.end.min(from + TOGETHER);
            let definitions = (from..upto).map(definition).collect::<Result<_, _>>()?;
            self.engine.apply(definitions, false, &operator()).await?;
            from = upto;
        }
        Ok(())
    }

    /// Ends the engine and the store, and takes its files away.
    pub(super) async fn remove(self) -> anyhow::Result<()> {
        let Self { file, store, engine, worker } = self;
        engine.close().await;
        drop((engine, worker));
        Arc::into_inner(store).context("somebody still has the store")?.close().await?;
        for folder in [SPOOLS, ARTIFACTS].map(|name| file.with_file_name(name)) {
            match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        std::fs::remove_file(file)?;
        Ok(())
    }
}

/// A task that waits for nobody.
pub(super) fn definition(number: u64) -> anyhow::Result<Definition> {
    Ok(serde_json::from_value(json!({"name": format!("BENCH-{number}"), "skill": "nothing"}))?)
}

pub(super) fn operator() -> Actor {
    Actor::Operator("bench".to_owned())
}
