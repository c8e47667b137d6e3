//! What a fix is judged by, and what comes of that.

use patchbay_tasks::{FixState, Offered, OfferedPart};
use serde_json::{Value, json};

use super::world::{Played, World, plan};

fn wrong() -> Value {
    json!({"do": "need", "setting": "wrong"})
}

/// A good plan that says itself what must hold.
fn checked_plan() -> Offered {
    let check = json!({"path": "$.ok"}).to_string();
    let checks = vec![OfferedPart { kind: "json-path".to_owned(), arguments: check }];
    Offered { checks, ..plan(json!({"setting": "right"})) }
}

async fn world(plans: Vec<Offered>) -> World {
    let played = Played::default();
    *played.proposals.lock().unwrap() = plans;
    World::new(played).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plans_checks_see_what_the_attempt_after_it_gave_back() {
    let world = world(vec![checked_plan()]).await;
    world.apply(json!([{"name": "a", "skill": "played", "input": wrong()}])).await;
    let fix = world.until_fix(FixState::Verified).await;
    let task = world.engine.find(&super::world::name("a")).await.unwrap();
    assert_eq!(fix.held_by, Some((task.id, 2)));
}
