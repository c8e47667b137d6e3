//! The operator, who sees what waits for a person and says the word: cancel, void, approve, retry, pause, resume, answer.
//! A word that was not acknowledged is said again, if it is wanted still. It must not know when the host dies.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::clients::Desk;
use super::task::{Kind, ROUND_LABEL};

const LOOK_EVERY: Duration = Duration::from_millis(60);
const REASON: &str = "a person said so";

/// Goes on until it is dropped.
pub(super) async fn attend(desk: Desk) {
    let round = desk.ground.round;
    let open = format!(
        "/api/tasks?label={ROUND_LABEL}%3D{round}&state=running,verifying,needs-human,paused&limit=1000"
    );
    loop {
        let rows = desk.operator.get(&open).await.unwrap_or_default();
        for row in rows.as_array().into_iter().flatten() {
            if let (Some(name), Some(state)) = (row["name"].as_str(), row["state"].as_str()) {
                attend_to(&desk, name, state).await;
            }
        }
        once_more(&desk).await;
        sleep(LOOK_EVERY).await;
    }
}

async fn attend_to(desk: &Desk, name: &str, state: &str) {
    let reason = json!({ "reason": REASON });
    match (Kind::of(name), state) {
        (Some(Kind::Hang), "running" | "needs-human") => say(desk, name, "cancel", &reason).await,
        (Some(Kind::Held), "running") if !desk.noted.was_said(name, "pause") => {
            say(desk, name, "pause", &reason).await;
        }
        (_, "paused") => say(desk, name, "resume", &Value::Null).await,
        (Some(Kind::Human), "verifying") => say(desk, name, "approve", &Value::Null).await,
        (Some(Kind::Ask), "needs-human") => say(desk, name, "void", &reason).await,
        (Some(Kind::Mended), "needs-human") => {
            say(desk, name, "answer", &desk.ground.mending(name)).await;
        }
        (_, "needs-human") => say(desk, name, "retry", &reason).await,
        _ => {}
    }
}

/// Those that are done, and are wanted again.
async fn once_more(desk: &Desk) {
    for name in desk.noted.tasks() {
        if Kind::of(&name) != Some(Kind::Again) || desk.noted.was_said(&name, "retry") {
            continue;
        }
        let Ok(task) = desk.operator.get(&format!("/api/tasks/{name}")).await else { continue };
        if task["state"] == "succeeded" {
            say(desk, &name, "retry", &json!({ "reason": REASON })).await;
        }
    }
}

async fn say(desk: &Desk, name: &str, verb: &'static str, body: &Value) {
    if desk.say("POST", &format!("/api/tasks/{name}/{verb}"), body).await {
        desk.noted.said(name, verb);
    }
}
