//! Problems that no task has any more, and fixes that nobody waits for.

use std::sync::Arc;

use patchbay_store::{Batch, RedbOptions, RedbStore, Store};
use patchbay_tasks::{Breaker, Fingerprint, FixState, Offered, OfferedPart, Problem, Target, Used, What};
use patchbay_types::Timestamp;
use serde_json::{Value, json};

use super::counted::Counted;
use super::world::{Played, World, name, operator, plan};
use crate::row::{OpenProblem, ProblemRecord};
use crate::{EngineOptions, FixRecord};

async fn world(proposals: Vec<Offered>) -> World {
    let played = Played::default();
    *played.proposals.lock().unwrap() = proposals;
    World::new(played).await
}

fn wrong() -> Value {
    json!({"do": "need", "setting": "wrong"})
}

fn part(kind: &str, arguments: &Value) -> OfferedPart {
    OfferedPart { kind: kind.to_owned(), arguments: arguments.to_string() }
}

/// The task goes on in an hour.
fn later() -> Offered {
    Offered { actions: vec![part("retry", &json!({"after_ms": 3_600_000}))], ..plan(json!({})) }
}

async fn until_left(world: &World, count: usize) -> ProblemRecord {
    let left = async {
        loop {
            let all = world.engine.problems(false).await.unwrap();
            if let Some(record) = all.iter().find(|record| record.problem.left)
                && world.engine.problems(true).await.unwrap().len() == count
            {
                return record.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    match tokio::time::timeout(std::time::Duration::from_secs(10), left).await {
        Ok(record) => record,
        Err(_) => panic!("nobody has it, and it lingers: {:#?}", world.engine.problems(false).await.unwrap()),
    }
}

async fn cancel(world: &World, task: &str) {
    let what = What::Cancelled { reason: "not needed".to_owned() };
    world.engine.command(&name(task), None, &operator(), what).await.unwrap();
}

async fn first_fix(world: &World, state: FixState) -> FixRecord {
    let seen = async {
        loop {
            match world.engine.fixes(None).await.unwrap().into_iter().next() {
                Some(fix) if fix.fix.state == state => return fix,
                _ => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), seen).await.expect("the fix stays as it is")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_that_its_task_leaves_by_another_failure_is_over_and_goes_on_where_it_was() {
    let world = world(vec![plan(json!({"do": "fail", "says": "DoorError: it is shut"}))]).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    world.until("a", &["needs-human"]).await;
    let left = until_left(&world, 1).await.problem;
    assert_eq!((left.failures, left.open_fix, left.used.plans), (1, None, 1));
    first_fix(&world, FixState::Failed).await;
    world.apply(json!([{"name": "b", "skill": "played", "input": wrong()}])).await;
    world.until("b", &["needs-human"]).await;
    let again = world.engine.problem(&left.fingerprint.0).await.unwrap().problem;
    assert_eq!((again.failures, again.used.plans, again.closed, again.left), (2, 1, None, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_whose_task_is_taken_away_before_it_is_judged_is_void_and_can_be_taken_back() {
    let world = world(vec![later()]).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    world.until("a", &["backoff"]).await;
    let fix = first_fix(&world, FixState::Applied).await;
    cancel(&world, "a").await;
    until_left(&world, 0).await;
    let voided = first_fix(&world, FixState::Voided).await;
    assert_eq!(voided.reason, "nobody waits for it any more");
    let undone = world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap();
    assert_eq!(undone.fix.state, FixState::Undone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_problem_still_gets_the_next_plan() {
    let world = world(vec![later(), plan(json!({"setting": "right"}))]).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    first_fix(&world, FixState::Applied).await;
    world.until("a", &["backoff"]).await;
    world.apply(json!([{"name": "b", "skill": "played", "input": wrong()}])).await;
    world.until("b", &["diagnosing"]).await;
    cancel(&world, "a").await;
    world.until("b", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_that_waits_for_its_tasks_is_void_when_the_last_task_leaves() {
    let step = json!({"task": {"name": "STEP-1", "skill": "played", "input": {"part": "step"}}});
    let world = world(vec![Offered { actions: vec![part("subtask", &step)], ..plan(json!({})) }]).await;
    world.played.fix_tasks_hang.store(true, std::sync::atomic::Ordering::SeqCst);
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    world.until("a", &["fixing"]).await;
    first_fix(&world, FixState::Applying).await;
    cancel(&world, "a").await;
    until_left(&world, 0).await;
    first_fix(&world, FixState::Voided).await;
    world.until("STEP-1", &["voided"]).await;
}

fn problem(number: usize, closed: Option<Timestamp>) -> ProblemRecord {
    let problem = Problem {
        fingerprint: Fingerprint(format!("fp_v1:{number:06}").into()),
        class: "exit:1".to_owned(),
        title: String::new(),
        target: Target::TaskInput { task: name("gone") },
        failures: 1,
        first: Timestamp(1),
        last: Timestamp(1),
        diagnosis: None,
        open_fix: None,
        tried: Vec::new(),
        used: Used::default(),
        breaker: Breaker::Closed,
        closed,
        left: false,
    };
    ProblemRecord { problem, found: Vec::new(), parts_tried: 0, message: String::new(), failure: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_start_what_was_left_is_found_without_a_look_at_what_is_closed() {
    const CLOSED: usize = 5_000;
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    for page in 0..CLOSED / 500 {
        let rows = (page * 500..(page + 1) * 500).map(|number| problem(number, Some(Timestamp(2))));
        let batch = rows.fold(Batch::new(), |batch, row| batch.put(&row).unwrap());
        store.commit(batch).await.unwrap();
    }
    let open = problem(CLOSED, None);
    let found = OpenProblem { problem: open.problem.fingerprint.clone() };
    store.commit(Batch::new().put(&open).unwrap().put(&found).unwrap()).await.unwrap();
    let counted = Arc::new(Counted::over(store));
    let world = World::over(counted.clone(), Arc::new(Played::default()), EngineOptions::default()).await;
    let left = async {
        while !world.engine.problem(&open.problem.fingerprint.0).await.unwrap().problem.left {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), left).await.expect("it lingers");
    assert!(world.engine.problems(true).await.unwrap().is_empty());
    let read = counted.read("problems");
    assert!(read < 1_000, "{read} problems were read");
}
