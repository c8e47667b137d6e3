//! What a job costs in rows and bytes: each row is work in a tree, each byte is copied, summed and synced.

use std::sync::Arc;

use patchbay_store::{RedbOptions, RedbStore};
use serde_json::json;

use super::counted::Counted;
use super::world::{Played, World};
use crate::EngineOptions;

/// Jobs that are counted, after one that takes the first numbers out of the store.
const JOBS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_costs_two_commits_and_few_small_rows() {
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let counted = Arc::new(Counted::over(store));
    let world = World::over(counted.clone(), Arc::new(Played::default()), EngineOptions::default()).await;
    let job = |n: usize| json!([{"name": format!("J-{n:06}"), "skill": "noop"}]);
    world.apply(job(JOBS)).await;
    world.until("J-000100", &["succeeded"]).await;
    let (before, _) = (counted.commits(), counted.written());
    for n in 0..JOBS {
        world.apply(job(n)).await;
        world.until(&format!("J-{n:06}"), &["succeeded"]).await;
    }
    let written = counted.written();
    let (rows, bytes) = written.values().fold((0, 0), |(rows, bytes), (r, b)| (rows + r, bytes + b));
    let each: Vec<_> = written.iter().map(|(table, (r, b))| (*table, r / JOBS, b / JOBS)).collect();
    println!("a job: {} rows, {} bytes: {each:?}", rows / JOBS, bytes / JOBS);
    // One to make it, one to claim it, one to end it.
    // One to make it with its lease, one to end it.
    assert_eq!(counted.commits() - before, 2 * JOBS);
    assert_eq!(rows, 10 * JOBS);
    assert!(bytes <= 2_300 * JOBS, "{} bytes", bytes / JOBS);
}
