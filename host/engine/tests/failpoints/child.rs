//! The process that plays: an engine over a store on disk, its load, and what it left when all is done. It may end
//! anywhere, and then it is started again on the same folder.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::{Engine, EngineOptions, EngineParts};
use patchbay_runs::{Artifacts, Runs, TOTAL_BYTES_DEFAULT};
use patchbay_store::{RedbOptions, RedbStore, Store, StoreExt};
use patchbay_tasks::{Definition, FixState, Holder};
use patchbay_types::{Clock, SystemClock};

use super::load::{self, EXPECTED, LAST};
use super::operator::{actor, attend, name};
use super::outcome::Outcome;
use super::outsider::work;
use super::played::Played;

/// For all tasks to come to their ends.
const PATIENCE: Duration = Duration::from_secs(60);
/// Short, so that leases are renewed often and one that is held up is late.
const HEARTBEAT: Duration = Duration::from_millis(30);
pub(crate) const LEASE: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(10);

pub(crate) fn main(folder: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(text)?.block_on(play(folder))
}

async fn play(folder: &Path) -> Result<(), String> {
    let options = RedbOptions { ballast_bytes: 0, ..RedbOptions::default() };
    let store = Arc::new(RedbStore::open(&folder.join("store.redb"), options).map_err(text)?);
    let engine = engine(folder, store.clone(), Arc::new(SystemClock::default())).await?;
    acknowledged_are_there(&engine, folder).await?;
    engine.start().await.map_err(text)?;
    let outcome = tokio::select! {
        outcome = give_and_wait(&engine, folder, &*store) => outcome?,
        () = attend(&engine, folder) => unreachable!("a person attends for ever"),
        () = work(&engine, folder) => unreachable!("somebody outside works for ever"),
    };
    engine.close().await;
    drop(engine);
    let json = serde_json::to_vec(&outcome).map_err(text)?;
    fs::write(folder.join("outcome"), json).map_err(text)?;
    let store = Arc::into_inner(store).ok_or("somebody has the store still")?;
    store.close().await.map_err(text)
}

pub(crate) async fn engine(
    folder: &Path,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> Result<Engine, String> {
    let played = Arc::new(Played::new(folder).map_err(text)?);
    let (spools, artifacts) = (folder.join("runs"), folder.join("artifacts"));
    let artifacts = Artifacts::in_folder(artifacts, TOTAL_BYTES_DEFAULT).await.map_err(text)?;
    let mut options = EngineOptions { heartbeat: HEARTBEAT, lease: LEASE, ..EngineOptions::default() };
    // A life may find whatever the many before it have left.
    options.fixes.gate.fixes_per_hour = u32::MAX;
    let pid = std::process::id();
    Ok(Engine::new(EngineParts {
        store,
        holder: Holder { incarnation: format!("played-{pid}").into(), pid, started: clock.wall().0 },
        clock,
        skills: played.clone(),
        checks: played.clone(),
        minds: played.clone(),
        hands: played,
        runs: (Runs::new(spools.clone()), spools),
        artifacts,
        options,
    }))
}

/// What was said to be kept is kept, before anything runs.
async fn acknowledged_are_there(engine: &Engine, folder: &Path) -> Result<(), String> {
    let acknowledged = fs::read_to_string(folder.join("acknowledged")).unwrap_or_default();
    for task in acknowledged.lines() {
        engine.find(&name(task)).await.map_err(|error| format!("{task} was acknowledged: {error}"))?;
    }
    Ok(())
}

async fn give_and_wait(engine: &Engine, folder: &Path, store: &dyn Store) -> Result<Outcome, String> {
    let mut acknowledged =
        OpenOptions::new().create(true).append(true).open(folder.join("acknowledged")).map_err(text)?;
    for block in load::blocks() {
        give(engine, block, &mut acknowledged).await?;
    }
    settled(engine, false).await?;
    give(engine, load::last(), &mut acknowledged).await?;
    settled(engine, true).await?;
    Outcome::of(engine, store).await
}

/// What is not there yet, at once.
async fn give(engine: &Engine, block: Vec<Definition>, acknowledged: &mut File) -> Result<(), String> {
    let mut new = Vec::new();
    for definition in block {
        if engine.find(&definition.name).await.is_err() {
            new.push(definition);
        }
    }
    let given = engine.apply(new, false, &actor()).await.map_err(text)?;
    let names: String = given.iter().map(|one| format!("{}\n", one.name)).collect();
    acknowledged.write_all(names.as_bytes()).map_err(text)
}

/// Until every task has its end and nothing is open; with the last of them or without.
async fn settled(engine: &Engine, with_last: bool) -> Result<(), String> {
    let waiting = async {
        while !left(engine, with_last).await.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(()) => Ok(()),
        Err(_) => Err(left(engine, with_last).await),
    }
}

/// What is not as it has to be, and why.
async fn left(engine: &Engine, with_last: bool) -> String {
    let mut left = Vec::new();
    for (task, expected) in EXPECTED.into_iter().filter(|(task, _)| with_last || *task != LAST) {
        match engine.show(&name(task)).await {
            Ok(view) if view.state == expected => {}
            Ok(view) => {
                let why = engine.why(&name(task)).await.map(|why| why.text).unwrap_or_default();
                left.push(format!("{task} is {}, not {expected}: {why}", view.state));
            }
            Err(error) => left.push(error.to_string()),
        }
    }
    for record in engine.fixes(None).await.unwrap_or_default() {
        let is_over = match record.provenance.task.as_ref().map_or("", |task| task.as_str()) {
            "undone" => record.fix.state == FixState::Undone,
            _ => !is_open(record.fix.state),
        };
        if !is_over {
            left.push(format!("fix {} is {:?}", record.fix.id, record.fix.state));
        }
    }
    left.join("; ")
}

fn is_open(state: FixState) -> bool {
    use FixState::{Applied, Applying, Planned, WaitsForApproval};
    matches!(state, Planned | WaitsForApproval | Applying | Applied)
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// All reports that wait to be delivered.
pub(crate) async fn reports(store: &dyn Store) -> Result<Vec<String>, String> {
    let reports = store.last_reports(1_000).await.map_err(text)?;
    Ok(reports.into_iter().map(|(_, report)| report.title).collect())
}
