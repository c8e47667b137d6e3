//! Two problems that are one.

use patchbay_store::StoreExt;
use serde_json::json;

use super::world::{Played, World, operator, plan};

async fn fail(world: &World, task: &str, says: &str) {
    let input = json!({"do": "need", "setting": "wrong", "says": says});
    let check = json!({"kind": "json-path", "path": "$.ok"});
    world.apply(json!([{"name": task, "skill": "played", "input": input, "checks": [check]}])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_a_problem_moves_to_the_one_that_it_is_put_into_and_new_failures_follow() {
    let world = World::new(Played::default()).await;
    fail(&world, "a", "ValueError: wrong lamp").await;
    fail(&world, "b", "DoorError: it is shut").await;
    world.until("a", &["needs-human"]).await;
    world.until("b", &["needs-human"]).await;
    let problem = |task: &'static str| {
        let engine = world.engine.clone();
        async move { engine.find(&super::world::name(task)).await.unwrap().state.problem().cloned().unwrap() }
    };
    let (from, into) = (problem("a").await, problem("b").await);
    assert_ne!(from, into);
    let merged = world.engine.merge_problems(&from, &into, &operator()).await.unwrap();
    assert_eq!(merged.problem.failures, 2);
    let moved = async {
        while problem("a").await != into {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), moved).await.expect("its task was left behind");
    fail(&world, "c", "ValueError: wrong lamp").await;
    world.until("c", &["needs-human"]).await;
    assert_eq!(problem("c").await, into);
    assert_eq!(world.engine.problems(true).await.unwrap().len(), 1);
    // One report for each of the two, none for the new one.
    assert_eq!(world.store.last_reports(10).await.unwrap().len(), 2);

    let again = world.engine.merge_problems(&into, &from, &operator()).await.unwrap_err().to_string();
    assert!(again.contains("one already"), "{again}");
    // Closing the whole lets all of them go on.
    *world.played.proposals.lock().unwrap() = vec![plan(json!({"setting": "right"}))];
    world.engine.split_problem(&from, &operator()).await.unwrap();
    fail(&world, "d", "ValueError: wrong lamp").await;
    world.until("d", &["succeeded"]).await;
    assert_eq!(world.engine.fixes(None).await.unwrap()[0].fix.problem, from);
    assert!(world.engine.split_problem(&from, &operator()).await.is_err());
}
