//! Somebody outside of the played engine: claims what is theirs, says what they do and how it ended, and after each death
//! of the host says all of it again. What they remember stands in files. It must not know when the host ends.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use patchbay_engine::{Claimant, Done, Engine, EngineError};
use patchbay_tasks::{Fence, State};
use serde_json::json;

use super::operator::name;

const LOOK: Duration = Duration::from_millis(10);
/// What is done outside. Of the second nothing is said at the first attempt, so that its lease runs out.
pub(crate) const OUTSIDE: [&str; 2] = ["outside", "outside-lost"];
/// What the log of a whole attempt has.
pub(crate) const SAID: [&str; 3] = ["one", "two", "three"];

/// Goes on until it is dropped.
pub(crate) async fn work(engine: &Engine, folder: &Path) {
    loop {
        for task in OUTSIDE {
            match read(folder, task) {
                None => claim(engine, folder, task).await,
                Some(fence) => go_on(engine, folder, (task, fence)).await,
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn claim(engine: &Engine, folder: &Path, task: &str) {
    let by = Claimant { agent: "outsider".to_owned(), pid: 1, started: 1 };
    if let Ok(granted) = engine.claim(&name(task), &by).await {
        let fence = granted.fence;
        if task == "outside-lost" {
            let first = OpenOptions::new().create_new(true).write(true).open(folder.join("first"));
            let _ = first.map(|mut file| write!(file, "{fence}"));
        }
        effect(folder, "begin", (task, fence));
        let _ = fs::write(folder.join(task), fence.to_string());
    }
}

async fn go_on(engine: &Engine, folder: &Path, (task, fence): (&str, Fence)) {
    let is_silent = read(folder, "first") == Some(fence) && task == "outside-lost";
    if is_silent {
        let is_its = engine
            .find(&name(task))
            .await
            .is_ok_and(|task| task.fence == fence && matches!(task.state, State::Leased { .. }));
        if !is_its {
            forget(folder, (task, fence));
        }
        return;
    }
    let lines = SAID.map(|text| ("stdout", text.to_owned()));
    // One whose end was heard is refused this, and has its end known all the same.
    let _ = engine.beat(&name(task), fence, Some(0), &lines).await;
    let done = Done::Succeeded { summary: "done".to_owned(), output: json!({"ok": true}) };
    match engine.end(&name(task), fence, done, false).await {
        Ok(_) | Err(EngineError::StaleFence { .. }) => forget(folder, (task, fence)),
        // It is said again.
        Err(_) => {}
    }
}

fn forget(folder: &Path, (task, fence): (&str, Fence)) {
    effect(folder, "end", (task, fence));
    let _ = fs::remove_file(folder.join(task));
}

fn read(folder: &Path, file: &str) -> Option<Fence> {
    fs::read_to_string(folder.join(file)).ok()?.parse().ok().map(Fence)
}

/// As those of the host's own work.
fn effect(folder: &Path, word: &str, (task, fence): (&str, Fence)) {
    if let Ok(mut effects) = OpenOptions::new().create(true).append(true).open(folder.join("effects")) {
        let _ = effects.write_all(format!("{word} {task} {fence} {}\n", std::process::id()).as_bytes());
    }
}
