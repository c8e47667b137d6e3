//! What a plugin may not reach: a plugin with narrow grants tries to read a secret, reach an address, run a program,
//! open a file and write a key that it was not given. Afterwards it is not what the plugin was told that counts, but
//! what became of the world.

mod address;
mod attempt;
mod file;
mod key;
mod process;
mod secret;
mod world;

use serde_json::{Value, json};

use crate::harness::{asker, say};
use attempt::Attempt;
use world::World;

/// What must be tried.
const ATTEMPTS_MIN: usize = 40;

#[tokio::test]
async fn a_plugin_reaches_nothing_that_it_was_not_granted_tried_forty_ways() {
    let Some(asker) = asker().await else { return };
    let world = World::new(&asker).await;
    let attempts: Vec<Attempt> = [
        address::attempts(&world),
        secret::attempts(&world),
        process::attempts(&world),
        file::attempts(&world),
        key::attempts(&world),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(attempts.len() >= ATTEMPTS_MIN, "{} attempts", attempts.len());
    let calls: Vec<&Value> = attempts.iter().map(|attempt| &attempt.call).collect();
    let answers = world.ask(&json!(calls)).await;
    let mut wrong = Vec::new();
    for (number, (attempt, answer)) in attempts.iter().zip(answers.as_array().unwrap()).enumerate() {
        let found = attempt.found(answer);
        say(&format!("{:>2} {:<62} {:<20} {found}", number + 1, attempt.name, attempt.expected));
        if !attempt.holds(answer) {
            wrong.push(format!("{}: expected {}, found {answer}", attempt.name, attempt.expected));
        }
    }
    wrong.extend(world.harm(&answers).await);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_component_that_imports_what_was_not_granted_does_not_load() {
    let Some(asker) = asker().await else { return };
    world::refused_without_llm(&asker).await;
}

#[tokio::test]
async fn what_a_plugin_holds_on_to_stays_within_the_limit_of_a_call() {
    let Some(asker) = asker().await else { return };
    let world = World::new(&asker).await;
    let before = world.resident();
    // Together 320 MiB; a call's blobs may hold 64 MiB.
    let answers = world.ask(&json!([{"call": "hoard", "path": world.large(), "count": 20}])).await;
    let after = world.resident();
    say(&format!(
        "20 blobs of 16 MiB that are held: {answers}; memory {} MiB, before {} MiB",
        after >> 20,
        before >> 20
    ));
    assert!(answers[0]["error"].is_string(), "320 MiB of blobs in one call: {answers}");
}
