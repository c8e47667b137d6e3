//! What is listed when there is more than one list holds.

use std::sync::Arc;

use patchbay_store::Batch;
use patchbay_tasks::{FixId, Plan, State, StateName, Task, TaskId, What};
use patchbay_types::Timestamp;
use serde_json::json;

use super::world::{Played, World, name, operator, plan};
use crate::row::{KnownFix, OpenRow, TaskRow};
use crate::shelf::{Place, Shelf};
use crate::{ProblemRecord, Query};

const ROWS: usize = 500;

/// Tasks that wait for their time, those with the lowest numbers the longest.
async fn backing_off(world: &World, tasks: u64) {
    world.apply(json!([{"name": "a", "skill": "played"}])).await;
    let task = world.until("a", &["succeeded"]).await.task;
    let far = 4_000_000_000_000;
    let numbers: Vec<u64> = (1..=tasks).collect();
    for page in numbers.chunks(ROWS) {
        let mut batch = Batch::new();
        for number in page {
            let mut task = Task::clone(&task);
            task.id = TaskId(1_000 + number);
            Arc::make_mut(&mut task.definition).name = name(&format!("b{number}"));
            task.state = State::Backoff { until: Timestamp(far - number) };
            let place = Place { shelf: Shelf::Backoff, order: far - number, id: task.id };
            batch = batch.put(&TaskRow(task)).unwrap().put(&OpenRow { place, lease: None }).unwrap();
        }
        world.store.commit(batch).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_one_state_skip_no_task_however_many_there_are_and_wherever_they_stand() {
    const TASKS: u64 = 10_500;
    let world = World::new(Played::default()).await;
    backing_off(&world, TASKS).await;
    let mut query = Query { states: vec![StateName::Backoff], limit: 4_000, ..Query::default() };
    let mut seen = Vec::new();
    loop {
        let page = world.engine.list(&query).await.unwrap();
        seen.extend(page.tasks.iter().map(|view| view.task.id.0));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert!(seen.iter().copied().eq(1_001..=1_000 + TASKS), "{} were seen", seen.len());
}

fn known(problem: &ProblemRecord, fix: u64, (held, failed): (u32, u32), retired: bool) -> KnownFix {
    KnownFix {
        problem: problem.problem.fingerprint.clone(),
        fix: FixId(fix),
        plan: Plan::from_contract(&plan(json!({"setting": fix}))).unwrap(),
        held,
        failed,
        retired,
        since: problem.problem.first,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_best_known_fix_is_told_first_whatever_was_retired_before_it() {
    let world = World::new(Played::default()).await;
    let wrong = json!({"do": "need", "setting": "wrong"});
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong}])).await;
    world.until("a", &["needs-human"]).await;
    let problem = world.engine.problems(false).await.unwrap().remove(0);
    let retired = (1..=100).map(|fix| known(&problem, 10_000 + fix, (1, 3), true));
    let live = (101..=120).map(|fix| known(&problem, 10_000 + fix, (u32::from(fix == 115), 0), false));
    let batch = retired.chain(live).fold(Batch::new(), |batch, row| batch.put(&row).unwrap());
    world.store.commit(batch).await.unwrap();
    let again = What::Retried { reason: "once more".to_owned() };
    world.engine.command(&name("a"), None, &operator(), again).await.unwrap();
    world.until("a", &["needs-human"]).await;
    let told = world.played.told.lock().unwrap();
    let told = told.iter().find(|told| told.contains_key("known.1")).unwrap();
    let first: serde_json::Value = serde_json::from_str(&told["known.1"]).unwrap();
    assert_eq!(first["fix"], 10_115);
    assert!(told.contains_key("known.16") && !told.contains_key("known.17"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_is_found_by_the_beginning_of_its_fingerprint_if_that_names_one_only() {
    let world = World::new(Played::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "fail"}}])).await;
    world.until("a", &["needs-human"]).await;
    let mut problem = world.engine.problems(false).await.unwrap().remove(0);
    for fingerprint in ["fp_x:ab1", "fp_x:ab2", "fp_x:b"] {
        problem.problem.fingerprint = patchbay_tasks::Fingerprint(fingerprint.into());
        world.store.commit(Batch::new().put(&problem).unwrap()).await.unwrap();
    }
    for (beginning, found) in [("fp_x:b", "fp_x:b"), ("fp_x:ab1", "fp_x:ab1"), ("fp_x:ab", "")] {
        let problem = world.engine.problem(beginning).await.ok();
        let problem = problem.map(|record| record.problem.fingerprint.0.to_string());
        assert_eq!(problem.unwrap_or_default(), found);
    }
    assert!(world.engine.problem("").await.is_err() && world.engine.problem("fp_x:c").await.is_err());
}
