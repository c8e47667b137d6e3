//! A diagnosis that finds several independent problems.

use std::sync::Arc;

use patchbay_store::{RedbOptions, RedbStore};
use patchbay_tasks::{FixState, Ladder};
use serde_json::json;

use super::world::{Played, World, plan};
use crate::EngineOptions;

fn pairs(found: &[(&str, &str)]) -> Vec<(String, String)> {
    found.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

async fn world(found: &[(&str, &str)], proposals: &[&str]) -> World {
    let played = Played::default();
    *played.found.lock().unwrap() = pairs(found);
    let plans = proposals.iter().map(|setting| plan(json!({"setting": setting})));
    *played.proposals.lock().unwrap() = plans.collect();
    let mut options = EngineOptions::default();
    // The second failure would be too many, were there no parts left.
    options.fixes.ladder =
        Ladder { step_until: 0, analysis_until: 1, fix_task_until: 1, ..Ladder::default() };
    let store = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let world = World::over(store, Arc::new(played), options).await;
    let check = json!({"kind": "json-path", "path": "$.ok"});
    let wrong = json!({"do": "need", "setting": "wrong"});
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong, "checks": [check]}])).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_independent_problem_gets_a_plan_the_most_urgent_first() {
    let found =
        [("priority", "P1"), ("problem.1", "P2 lamp"), ("problem.2", "P0 door"), ("problem.3", "P1 roof")];
    let world = world(&found, &["door", "roof", "right"]).await;
    world.until("a", &["succeeded", "needs-human"]).await;
    world.until_fix(FixState::Verified).await;
    let fixes = world.engine.fixes(None).await.unwrap();
    let parts: Vec<&str> = fixes.iter().map(|fix| fix.provenance.part.as_str()).collect();
    assert_eq!(parts, ["P0 door", "P1 roof", "P2 lamp"]);
    let told = world.played.told.lock().unwrap().clone();
    assert!(told.iter().all(|told| told["parts"] == "3"));
    assert_eq!(told.iter().map(|told| told["part"].as_str()).collect::<Vec<_>>(), parts);
    let problem = &world.engine.problems(false).await.unwrap()[0];
    assert_eq!(problem.problem.used.plans, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_count_against_the_budget_and_one_without_a_plan_is_passed_over() {
    let many: Vec<(String, String)> =
        (1..=9).map(|n| (format!("problem.{n}"), format!("P1 thing {n}"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let settings: Vec<String> = (0..9).map(|n| format!("wrong {n}")).collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let budgeted = world(&many, &settings).await;
    budgeted.until("a", &["needs-human"]).await;
    assert_eq!(budgeted.engine.fixes(None).await.unwrap().len(), 5);

    let none = world(&many, &[]).await;
    none.until("a", &["needs-human"]).await;
    assert_eq!(none.engine.fixes(None).await.unwrap().len(), 0);
    assert!(
        none.played
            .told
            .lock()
            .unwrap()
            .iter()
            .any(|told| told.get("part").is_some_and(|p| p == "P1 thing 9"))
    );
}
