//! A life of the process that is killed: several clients give tasks and note what was acknowledged; at the start all
//! that was is looked for, and the last life waits for every end. It must not know when it dies.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::Engine;
use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{Definition, TaskName};
use serde_json::json;
use tokio::task::JoinSet;

use super::clock::Jumping;
use super::{JUMP_VARIABLE, LAST_VARIABLE};
use crate::played_engine::child::{engine, text};
use crate::played_engine::operator::{actor, name};
use crate::played_engine::round::{in_order, side_by_side};

const CLIENTS: u64 = 4;
/// Tasks that are given at once.
const BLOCK: u64 = 4;
const LOOK: Duration = Duration::from_millis(2);
/// Tasks without an end that are told of.
const TOLD_MAX: usize = 10;
/// When the clock jumps, after the start.
const JUMP_AFTER: Duration = Duration::from_millis(40);

pub(crate) fn main(folder: &Path, life: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(text)?.block_on(live(folder, life))
}

async fn live(folder: &Path, life: &str) -> Result<(), String> {
    let options = RedbOptions { ballast_bytes: 0, ..RedbOptions::default() };
    let store: Arc<dyn Store> = Arc::new(RedbStore::open(&folder.join("store.redb"), options).map_err(text)?);
    let clock = Arc::new(Jumping::default());
    let engine = engine(folder, store, clock.clone()).await?;
    engine.start().await.map_err(text)?;
    fs::write(folder.join(format!("ready-{life}")), "").map_err(text)?;
    if life == "last" {
        return end(&engine, folder).await;
    }
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let before = acknowledged(folder, client).pop();
        let file = OpenOptions::new().create(true).append(true).open(file(folder, client)).map_err(text)?;
        let giver = Giver { engine: engine.clone(), file, life: life.to_owned(), client };
        clients.spawn(giver.give(before));
    }
    clients.spawn(async move {
        tokio::time::sleep(JUMP_AFTER).await;
        clock.jump(std::env::var(JUMP_VARIABLE).ok().and_then(|ms| ms.parse().ok()).unwrap_or_default());
        std::future::pending().await
    });
    match clients.join_next().await {
        Some(Ok(Err(error))) => Err(error),
        other => Err(format!("a client ended: {other:?}")),
    }
}

/// One client.
struct Giver {
    engine: Engine,
    file: File,
    life: String,
    client: u64,
}

impl Giver {
    /// Gives a block, notes that it was acknowledged, waits for the end of its last task, and so on.
    async fn give(mut self, before: Option<String>) -> Result<(), String> {
        // What was acknowledged last is what a crash would have taken.
        if let Some(before) = before {
            self.engine.find(&name(&before)).await.map_err(|error| format!("{before} was lost: {error}"))?;
        }
        let mut number = 0;
        loop {
            let block: Vec<Definition> = (0..BLOCK).map(|place| self.task(number, place)).collect();
            number += 1;
            let given = self.engine.apply(block, false, &actor()).await.map_err(text)?;
            let names: String = given.iter().map(|one| format!("{}\n", one.name)).collect();
            self.file.write_all(names.as_bytes()).map_err(text)?;
            if let Some(last) = given.last() {
                until_over(&self.engine, &last.name).await?;
            }
        }
    }

    /// One that is mended first, one that waits for it, one with a check, one without.
    fn task(&self, number: u64, place: u64) -> Definition {
        let of = |place: u64| format!("flood-{}-{}-{number}-{place}", self.life, self.client);
        let check = json!([{"kind": "json-path", "path": "$.ok"}]);
        let task = match place {
            0 => json!({"input": {"do": "need", "setting": "wrong"}, "checks": check}),
            1 => json!({"depends_on": [of(0)]}),
            2 => json!({"checks": check}),
            _ => json!({}),
        };
        let mut task = task;
        task["name"] = json!(of(place));
        task["skill"] = json!("played");
        serde_json::from_value(task).expect("it is a task")
    }
}

async fn until_over(engine: &Engine, task: &TaskName) -> Result<(), String> {
    while !engine.find(task).await.map_err(text)?.state.is_end() {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Waits until all that was acknowledged has its end, and looks whether all is as it has to be.
async fn end(engine: &Engine, folder: &Path) -> Result<(), String> {
    let tasks: Vec<String> = (0..CLIENTS).flat_map(|client| acknowledged(folder, client)).collect();
    for task in &tasks {
        engine.find(&name(task)).await.map_err(|error| format!("{task} was lost: {error}"))?;
    }
    let all_over = async {
        for task in &tasks {
            until_over(engine, &name(task)).await?;
        }
        Ok::<_, String>(())
    };
    let patience =
        std::env::var(LAST_VARIABLE).map_err(text)?.parse().map(Duration::from_secs).map_err(text)?;
    match tokio::time::timeout(patience, all_over).await {
        Ok(over) => over?,
        Err(_) => return Err(left(engine, &tasks, patience).await),
    }
    if engine.forgotten() > 0 {
        return Err(format!(
            "{} tasks were forgotten, and found again when nothing worked any more",
            engine.forgotten()
        ));
    }
    let begun = in_order(folder)?;
    side_by_side(folder)?;
    let (mut lost, mut twice) = (0, 0);
    for task in &tasks {
        let (its_lost, its_twice) = look(engine, task, &begun).await?;
        lost += its_lost;
        twice += its_twice;
    }
    let told = format!(
        "{} tasks acknowledged, 0 lost, all succeeded; {lost} attempts were lost with their process, {twice} effects were had again, each after one of those\n",
        tasks.len()
    );
    fs::write(folder.join("told"), told).map_err(text)
}

/// The first tasks that have no end, and why.
async fn left(engine: &Engine, tasks: &[String], patience: Duration) -> String {
    let mut left = format!("not every task had its end after {patience:?}:");
    let mut told = 0;
    for task in tasks {
        match engine.show(&name(task)).await {
            Ok(view) if view.task.state.is_end() => continue,
            Ok(view) => {
                let why =
                    engine.why(&name(task)).await.map_or_else(|error| error.to_string(), |why| why.text);
                left.push_str(&format!("\n  {task}: {}: {why}: {:?}", view.state, view.task));
            }
            Err(error) => left.push_str(&format!("\n  {task}: {error}")),
        }
        told += 1;
        if told == TOLD_MAX {
            break;
        }
    }
    left
}

/// How many of its attempts were lost, and how often it was run beyond the others.
async fn look(
    engine: &Engine,
    task: &str,
    begun: &HashMap<String, Vec<u64>>,
) -> Result<(usize, usize), String> {
    let view = engine.show(&name(task)).await.map_err(text)?;
    if view.state != "succeeded" {
        return Err(format!("{task} is {}, expected succeeded", view.state));
    }
    let attempts = engine.attempts(&name(task)).await.map_err(text)?;
    let (lost, kept): (Vec<_>, Vec<_>) = attempts.iter().partition(|attempt| attempt.outcome == "lost");
    let runs = begun.get(task).map_or(0, Vec::len);
    let twice = runs.saturating_sub(kept.len());
    match runs >= kept.len() && twice <= lost.len() {
        true => Ok((lost.len(), twice)),
        false => {
            let told: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
            Err(format!("{task} was run {runs} times, its attempts are {told:?}"))
        }
    }
}

fn file(folder: &Path, client: u64) -> std::path::PathBuf {
    folder.join(format!("acknowledged-{client}"))
}

fn acknowledged(folder: &Path, client: u64) -> Vec<String> {
    let text = fs::read_to_string(file(folder, client)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
