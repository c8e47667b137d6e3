//! Tasks that fail, and what is done about it.

use std::sync::atomic::Ordering;

use patchbay_store::{StoreExt, Table};
use patchbay_tasks::{FixState, What};
use serde_json::json;

use super::ends::over_full;
use super::world::{Played, World, name, operator, plan};
use crate::EngineOptions;

fn check() -> serde_json::Value {
    json!({"kind": "json-path", "path": "$.ok"})
}

fn one_good_plan() -> Played {
    let played = Played::default();
    *played.proposals.lock().unwrap() = vec![plan(json!({"setting": "right"}))];
    played
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_setting_is_fixed_verified_remembered_and_the_next_time_fixed_without_a_model() {
    let world = World::new(one_good_plan()).await;
    let wrong = json!({"do": "need", "setting": "wrong"});
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong, "checks": [check()]}])).await;
    let view = world.until("a", &["succeeded", "needs-human"]).await;
    assert_eq!((view.state, view.task.definition.input["setting"].as_str()), ("succeeded", Some("right")));
    let fixed = async {
        loop {
            let fixes = world.engine.fixes(None).await.unwrap();
            if fixes.first().is_some_and(|fix| fix.fix.state == FixState::Verified) {
                return fixes;
            }
            tokio::task::yield_now().await;
        }
    };
    let fixes =
        tokio::time::timeout(std::time::Duration::from_secs(10), fixed).await.expect("never verified");
    assert_eq!(fixes.len(), 1);
    let problems = world.engine.problems(false).await.unwrap();
    assert_eq!((problems.len(), problems[0].problem.failures), (1, 1));
    assert!(problems[0].problem.closed.is_some());
    assert_eq!(world.played.plans.load(Ordering::SeqCst), 1);

    world.apply(json!([{"name": "b", "skill": "played", "input": wrong, "checks": [check()]}])).await;
    world.until("b", &["succeeded"]).await;
    assert_eq!(world.played.plans.load(Ordering::SeqCst), 1, "the second time cost a model");
    let fixes = world.engine.fixes(None).await.unwrap();
    assert_eq!(fixes[1].provenance.known, Some(fixes[0].fix.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_fails_for_ever_makes_one_problem_five_fixes_at_most_and_one_report() {
    let mut played = one_good_plan();
    played.forever = true;
    let world = World::new(played).await;
    let wrong = json!({"do": "need", "setting": "wrong"});
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong}])).await;
    world.until("a", &["needs-human"]).await;
    let problems = world.engine.problems(true).await.unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].problem.breaker.is_open());
    let fixes = world.engine.fixes(None).await.unwrap();
    assert!((1..=5).contains(&fixes.len()), "{} fixes", fixes.len());
    assert!(fixes.iter().all(|fix| fix.fix.state == FixState::Failed));
    assert!(world.played.diagnoses.load(Ordering::SeqCst) <= 1);
    let reports = world.store.last_reports(100).await.unwrap();
    assert_eq!(reports.len(), 1, "{reports:#?}");
    assert!(reports[0].1.body.contains("patchbay task retry a"), "{}", reports[0].1.body);

    // A person says once more: one plan is tried, and then it is enough again.
    let again = What::Retried { reason: "I looked".to_owned() };
    world.engine.command(&name("a"), None, &operator(), again).await.unwrap();
    world.until("a", &["needs-human"]).await;
    let more = world.engine.fixes(None).await.unwrap();
    assert!(more.len() <= fixes.len() + 1, "{} and then {}", fixes.len(), more.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breaker_hears_of_a_persons_retry_before_the_task_can_fail_again() {
    let (world, store) = over_full(0, EngineOptions::default()).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": {"do": "fail"}}])).await;
    world.until("a", &["needs-human"]).await;
    store.asked.lock().unwrap().clear();
    let again = What::Retried { reason: "I looked".to_owned() };
    world.engine.command(&name("a"), None, &operator(), again).await.unwrap();
    let asked = store.asked.lock().unwrap().clone();
    let first = |table| asked.iter().position(|tables| tables.contains(&Table(table)));
    let (problem, task) = (first("problems"), first("tasks"));
    assert!(problem.is_some() && problem < task, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tasks_with_the_same_fault_share_one_problem_and_one_diagnosis() {
    let world = World::new(Played::default()).await;
    let tasks: Vec<_> = (0..20)
        .map(|n| json!({"name": format!("t{n}"), "skill": "played", "input": {"do": "fail"}}))
        .collect();
    world.apply(json!(tasks)).await;
    for n in 0..20 {
        world.until(&format!("t{n}"), &["needs-human"]).await;
    }
    let problems = world.engine.problems(true).await.unwrap();
    assert_eq!((problems.len(), problems[0].problem.failures), (1, 20));
    assert_eq!(world.played.diagnoses.load(Ordering::SeqCst), 1);
    assert_eq!(world.store.last_reports(100).await.unwrap().len(), 1);

    // Once it is mended, closing it lets all of them go on.
    world.engine.close_problem(&problems[0].problem.fingerprint).await.unwrap();
    for n in 0..20 {
        let run_again = async {
            while world.runs(&format!("t{n}")) < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), run_again)
            .await
            .expect("it was left behind");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_can_be_taken_back_and_is_then_proposed_no_more() {
    let world = World::new(one_good_plan()).await;
    let wrong = json!({"do": "need", "setting": "wrong"});
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong, "checks": [check()]}])).await;
    world.until("a", &["succeeded"]).await;
    let verified = async {
        loop {
            let fixes = world.engine.fixes(None).await.unwrap();
            match fixes.first() {
                Some(fix) if fix.fix.state == FixState::Verified => return fix.clone(),
                _ => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
            }
        }
    };
    let fix = tokio::time::timeout(std::time::Duration::from_secs(10), verified).await.unwrap();
    assert_eq!(fix.inputs, [(name("a"), wrong)]);
    let undone = world.engine.undo_fix(fix.fix.id, &operator()).await.unwrap();
    assert_eq!(undone.fix.state, FixState::Undone);
    assert!(world.engine.known_fixes(&fix.fix.problem).await.unwrap()[0].retired);
    assert!(world.engine.undo_fix(fix.fix.id, &operator()).await.is_err());
}
