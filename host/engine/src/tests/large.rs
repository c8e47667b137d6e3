//! What workers say may be large; what is stored is not.

use serde_json::json;

use super::world::{Played, World, name, plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_says_more_than_a_row_holds_keeps_its_outcome_and_the_end_of_what_it_said() {
    let world = World::new(Played::default()).await;
    let talk = json!({"name": "a", "skill": "played", "input": {"do": "talk", "lines": 10_000}});
    let shout = json!({"name": "b", "skill": "played", "input": {"do": "shout", "bytes": 2_000_000}});
    world.apply(json!([talk, shout])).await;
    world.until("a", &["succeeded"]).await;
    let log = &world.engine.attempts(&name("a")).await.unwrap()[0].log;
    assert!(log.len() > 1_000 && log.iter().any(|line| line.text == "line 10000"), "{}", log.len());
    world.until("b", &["needs-human"]).await;
    let attempts = world.engine.attempts(&name("b")).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].message.len(), attempts[0].outcome.len()), (1, 4_000, 64));
    let problems = world.engine.problems(true).await.unwrap();
    assert_eq!((problems[0].message.len(), problems[0].problem.class.len()), (4_000, 64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_of_many_tasks_with_large_inputs_is_applied() {
    let played = Played::default();
    *played.proposals.lock().unwrap() = vec![plan(json!({"setting": "right"}))];
    let world = World::new(played).await;
    let input = json!({"do": "need", "setting": "wrong", "much": "x".repeat(250_000)});
    let tasks: Vec<_> =
        (0..8).map(|n| json!({"name": format!("t{n}"), "skill": "played", "input": input})).collect();
    world.apply(json!(tasks)).await;
    for n in 0..8 {
        world.until(&format!("t{n}"), &["succeeded", "needs-human"]).await;
    }
}
