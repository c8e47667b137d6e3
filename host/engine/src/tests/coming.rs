//! Tasks come in: one alone, many at once, the same from two sides.

use patchbay_tasks::Definition;
use serde_json::{Value, json};

use super::world::{Played, World, name, operator};
use crate::ApplyOutcome;

fn definitions(tasks: Value) -> Vec<Definition> {
    serde_json::from_value(tasks).unwrap()
}

async fn outcomes(world: &World, tasks: Value) -> Vec<ApplyOutcome> {
    let applied = world.engine.apply(definitions(tasks), true, &operator()).await.unwrap();
    applied.into_iter().map(|one| one.outcome).collect()
}

#[tokio::test]
async fn more_tasks_than_fit_into_one_transaction_are_all_made_and_run() {
    let world = World::new(Played::default()).await;
    let tasks: Vec<Value> = (0..600).map(|n| json!({"name": format!("T-{n}"), "skill": "s"})).collect();
    world.apply(Value::Array(tasks)).await;
    for task in ["T-0", "T-255", "T-256", "T-599"] {
        world.until(task, &["succeeded"]).await;
    }
}

#[tokio::test]
async fn a_parent_of_more_children_than_fit_into_one_transaction_goes_after_all_of_them() {
    let world = World::new(Played::default()).await;
    let children = (0..300).map(|n| json!({"name": format!("C-{n}"), "skill": "s", "parent": "P-1"}));
    let tasks = [json!({"name": "P-1", "skill": "s"})].into_iter().chain(children);
    let definitions = definitions(tasks.collect());
    let applied = world.engine.apply(definitions, false, &operator()).await.unwrap();
    assert_eq!((applied[0].name.as_str(), applied[300].name.as_str()), ("P-1", "C-299"));
    world.until("P-1", &["succeeded"]).await;
    let began = world.engine.attempts(&name("P-1")).await.unwrap()[0].began;
    for child in ["C-0", "C-255", "C-256", "C-299"] {
        assert!(world.engine.attempts(&name(child)).await.unwrap()[0].ended <= began);
    }
}

#[tokio::test]
async fn what_is_there_is_edited_or_left_beside_what_is_made() {
    let world = World::new(Played::default()).await;
    let both = json!([{"name": "A-1", "skill": "s"}, {"name": "B-1", "skill": "s"}]);
    assert_eq!(outcomes(&world, both.clone()).await, [ApplyOutcome::Created; 2]);
    assert_eq!(outcomes(&world, both).await, [ApplyOutcome::Unchanged; 2]);
    assert_eq!(outcomes(&world, json!([{"name": "A-1", "skill": "s"}])).await, [ApplyOutcome::Unchanged]);
    let mixed = json!([
        {"name": "C-1", "skill": "s"},
        {"name": "A-1", "skill": "s", "depends_on": ["C-1"]},
        {"name": "D-1", "skill": "s"},
    ]);
    let found = outcomes(&world, mixed).await;
    assert_eq!(found, [ApplyOutcome::Created, ApplyOutcome::Changed, ApplyOutcome::Created]);
}

#[tokio::test]
async fn a_name_that_comes_from_two_sides_at_once_is_one_task() {
    let world = World::new(Played::default()).await;
    let one = || outcomes(&world, json!([{"name": "A-1", "skill": "s"}]));
    let (first, second) = tokio::join!(one(), one());
    let created = [first, second].concat().into_iter().filter(|made| *made == ApplyOutcome::Created);
    assert_eq!(created.count(), 1);
    assert_eq!(world.engine.history(&name("A-1"), 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_task_that_waits_hears_of_the_end_that_it_waits_for() {
    let world = World::new(Played::default()).await;
    let tasks = json!([
        {"name": "A-1", "skill": "s"},
        {"name": "B-1", "skill": "s", "depends_on": ["A-1"]},
        {"name": "C-1", "skill": "s", "depends_on": ["B-1"]},
    ]);
    world.apply(tasks).await;
    world.until("C-1", &["succeeded"]).await;
}
